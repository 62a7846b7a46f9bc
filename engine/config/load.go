package config

import (
	"context"
	"path/filepath"
	"slices"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// LoadOptions is what comes from outside the folder.
type LoadOptions struct {
	Vars            map[string]string // --var
	VarFiles        []string          // --var-file, in order
	Kept            Kept              // what a saved plan brings
	Environ         []string          // "NAME=value", as os.Environ gives it
	KnownConnectors []string          // connectors built in; nil: any name will do
	Version         string            // of cdp, for required_version; empty: not checked
	Secretless      bool              // secrets without a value are not known, instead of a mistake; no command is asked for one
	Files           map[string][]byte // HCL to read instead of the folder's, by name: a config that was in force; nil: the folder's
	Folder          Kept              // values of the *.cdpvars.hcl files that belonged to Files
}

// Load reads every *.cdp.hcl of a folder. The Config is never nil: with errors it holds what could be read, and the
// sources of all files, so that errors can be shown with their lines.
func Load(ctx context.Context, dir string, opts LoadOptions) (*Config, diag.Diagnostics) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		abs = dir
	}
	l := &loader{
		ctx: ctx,
		cfg: &Config{
			Dir: abs, Files: map[string][]byte{}, places: map[string]*place{},
			Settings: Settings{Connectors: map[string]RequiredConnector{}, Plan: PlanSettings{Tolerance: -1}},
		},
		opts: opts, blocks: map[string][]*hclsyntax.Block{}, registry: map[string]map[string]*entry{},
		broken: map[string]bool{}, open: map[string]bool{},
	}
	l.cfg.loader = l
	l.load()
	return l.cfg, l.finish()
}

// loader is one Load under way.
type loader struct {
	ctx      context.Context // commands that say secrets end with it
	cfg      *Config
	opts     LoadOptions
	diags    diag.Diagnostics
	blocks   map[string][]*hclsyntax.Block // top-level blocks by type
	names    []string                      // files in order
	registry map[string]map[string]*entry  // what references may name: type → name
	secrets  map[string]bool
	values   *hcl.EvalContext // functions, var, local: what for_each may use
	full     *hcl.EvalContext // and references to blocks

	localNames    []string
	waiting       map[string]bool // locals that refer to blocks
	variableNames []string

	unusable  bool            // there is nothing to go on with
	broken    map[string]bool // addresses of blocks with a mistake
	open      map[string]bool // addresses of blocks that may lack names
	traitLost bool            // a trait could not be read at all
	vanished  int             // dynamic blocks that a mistake elsewhere left out
}

func (l *loader) load() {
	if !l.readFolder() {
		l.unusable = true
		return
	}
	l.readTopLevel()
	l.readVariables()
	l.readLocals(false)
	l.readSettings()
	instances := l.expandAll()
	l.buildReferences()
	l.readLocals(true)
	for _, in := range instances {
		if t, _ := typeOf(in.addr.Type); t.read != nil {
			t.read(l, in)
		}
	}
	l.checkAll()
	for _, t := range blockTypes() {
		if t.rest != nil {
			t.rest(l)
		}
	}
}

func (l *loader) finish() diag.Diagnostics {
	for s := range l.secrets {
		l.cfg.Secrets = append(l.cfg.Secrets, s)
	}
	slices.Sort(l.cfg.Secrets)
	return redact(l.diags, l.cfg.Secrets).Sort()
}

func (l *loader) err(code, summary, detail string, at *diag.Range) {
	l.add(diag.NewError(code, summary, detail, at))
}

// secret remembers a value to redact. Values shorter than four characters are no secrets, and would redact half of
// every text.
func (l *loader) secret(v cty.Value) {
	if l.secrets == nil {
		l.secrets = map[string]bool{}
	}
	for _, text := range texts(v) {
		if len(text) >= 4 {
			l.secrets[text] = true
		}
	}
}
