package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// Kept are the variables that a command line gave, for a saved plan to bring along: values with their types, and of those
// that are secrets only the names.
type Kept struct {
	Values  map[string]json.RawMessage `json:"values,omitempty"`
	Secrets []string                   `json:"secrets,omitempty"`
}

// keep notes a variable whose value the command line gave, or a saved plan for it, or a file of the folder.
func (l *loader) keep(v *variable, g given, value cty.Value) {
	if !g.kept && !g.file || v.broken || !value.IsWhollyKnown() {
		return
	}
	into := &l.cfg.Given
	if g.file {
		into = &l.cfg.Folder
	}
	if v.sensitive || value.ContainsMarked() {
		into.Secrets = append(into.Secrets, v.name)
		return
	}
	text, err := ctyjson.Marshal(value, cty.DynamicPseudoType)
	if err != nil {
		return // a value that has no JSON has to be given again
	}
	if into.Values == nil {
		into.Values = map[string]json.RawMessage{}
	}
	into.Values[v.name] = text
}

// keptValues brings the values of a saved plan: they win over the environment and the folder's own files, as they did when
// the plan was made.
func (l *loader) keptValues(declared map[string]*variable, values map[string]given) {
	bring(l.opts.Kept, declared, values, given{from: "the plan", kept: true})
}

func bring(k Kept, declared map[string]*variable, values map[string]given, as given) {
	for _, name := range slices.Sorted(maps.Keys(k.Values)) {
		if declared[name] == nil {
			continue // the config is another, which is what will be told
		}
		value, err := ctyjson.Unmarshal(k.Values[name], cty.DynamicPseudoType)
		if err != nil {
			continue // the plan was edited, which is what will be told
		}
		as.value = value
		values[name] = as
	}
}

// asBefore gives a config that was in force the values it had. What the folder's files and the command line say now is of the
// config now: only secrets, which nobody kept, and what would have no value at all are taken from there.
func (l *loader) asBefore(declared map[string]*variable, values map[string]given) {
	if l.opts.Files == nil {
		return
	}
	for name, g := range values {
		if v := declared[name]; (g.kept || g.file) && !v.sensitive && v.fallback != cty.NilVal {
			delete(values, name)
		}
	}
	bring(l.opts.Folder, declared, values, given{from: "the config before", file: true})
	l.keptValues(declared, values)
}

// missingSecrets asks for the secrets that a plan was made with: it keeps none. Their defaults would be other values.
func (l *loader) missingSecrets(declared map[string]*variable, values map[string]given) {
	for _, name := range l.opts.Kept.Secrets {
		v := declared[name]
		if _, there := values[name]; v == nil || there {
			continue
		}
		v.broken = true // told once
		l.add(diag.NewError("config.missing_variable", "Variable has no value", fmt.Sprintf(
			"The plan was made with a value of var.%s, which is sensitive: a plan keeps no secrets. Give it again: --var %s=…, or the environment variable CDP_VAR_%s.", name, name, name), v.header))
	}
}
