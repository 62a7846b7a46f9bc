package config

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// variable is one declared variable.
type variable struct {
	name       string
	typ        cty.Type
	defaults   *typeexpr.Defaults
	fallback   cty.Value // NilVal: none
	sensitive  bool
	nullable   bool
	validation []*block
	header     *diag.Range
	broken     bool
}

// given is a value that came from outside: text (environment, --var) or a value (file).
type given struct {
	text  string
	value cty.Value // NilVal: text
	from  string    // for messages
	at    *diag.Range
	kept  bool // a saved plan keeps it: the command line gave it
	file  bool // a file of the folder gave it
}

// readVariables declares variables, finds their values and makes the first EvalContext.
func (l *loader) readVariables() {
	functions := l.functions()
	l.values = &hcl.EvalContext{Functions: functions, Variables: map[string]cty.Value{
		"path": cty.ObjectVal(map[string]cty.Value{"root": cty.StringVal(".")}),
	}}
	declared := map[string]*variable{}
	var order []*variable
	for _, syntax := range l.blocks["variable"] {
		v := l.declareVariable(syntax)
		if v == nil {
			continue
		}
		if first := declared[v.name]; first != nil {
			l.err("config.duplicate", "Duplicate name", fmt.Sprintf("There is a variable %q already, on line %d of %s.", v.name, first.header.Start.Line, first.header.File), v.header)
			continue
		}
		declared[v.name] = v
		order = append(order, v)
	}
	l.variableNames = keysOf(declared)
	values := l.givenValues(declared)
	all := map[string]cty.Value{}
	for _, v := range order {
		all[v.name] = l.variableValue(v, values[v.name])
		l.keep(v, values[v.name], all[v.name])
	}
	l.values.Variables["var"] = cty.ObjectVal(all)
	for _, v := range order {
		l.validateVariable(v, all[v.name])
	}
}

var variableSpec = &blockSpec{
	doc: "A value given from outside: by --var, a *.cdpvars.hcl file, or the environment variable CDP_VAR_<name>.", labels: []string{"name"},
	args: []arg{
		{name: "type", kind: kindRaw, doc: "Type of the value: string, number, bool, list(T), set(T), map(T), object({…}), any."},
		{name: "default", kind: kindRaw, doc: "Value when none is given. Without it, one must be given."},
		{name: "description", typ: cty.String, doc: "What it is for."},
		{name: "sensitive", typ: cty.Bool, doc: "The value is a secret: legal in connector arguments only, and never shown or stored."},
		{name: "nullable", typ: cty.Bool, doc: "null is a value too. Default true."},
	},
	blocks: []nested{{name: "validation", spec: &blockSpec{
		doc: "A condition the value must meet.",
		args: []arg{
			{name: "condition", kind: kindRaw, required: true, doc: "An expression over var.<name>; true: the value is good."},
			{name: "error_message", kind: kindRaw, required: true, doc: "What to tell the user otherwise."},
		},
	}}},
}

func (l *loader) declareVariable(syntax *hclsyntax.Block) *variable {
	b := l.block(syntax, l.values, variableSpec, "")
	if !b.labelled {
		return nil
	}
	v := &variable{name: b.labels[0], typ: cty.DynamicPseudoType, header: b.header, validation: b.nested("validation"), nullable: true}
	v.sensitive = b.bool("sensitive", false)
	v.nullable = b.bool("nullable", true)
	if a := b.attr("type"); a != nil {
		typ, defaults, problems := typeexpr.TypeConstraintWithDefaults(a.Expr)
		l.hcl(problems, b, "config.type")
		if v.broken = problems.HasErrors(); !v.broken {
			v.typ, v.defaults = typ, defaults
		}
	}
	if a := b.attr("default"); a != nil {
		value, problems := a.Expr.Value(&hcl.EvalContext{Functions: l.values.Functions})
		l.hcl(problems, b, "config.expression")
		if problems.HasErrors() {
			v.broken = true
			return v
		}
		v.fallback = l.convertVariable(v, value, "its default", diag.FromHCL(a.Expr.Range()))
	}
	return v
}

// givenValues collects values by name; what comes later wins: environment, *.cdpvars.hcl, a saved plan, --var-file, --var.
func (l *loader) givenValues(declared map[string]*variable) map[string]given {
	values := map[string]given{}
	for _, pair := range l.opts.Environ {
		name, text, _ := strings.Cut(pair, "=")
		if short, ok := strings.CutPrefix(name, "CDP_VAR_"); ok && declared[short] != nil {
			values[short] = given{text: text, from: "the environment variable " + name}
		}
	}
	var files []string
	if entries, err := os.ReadDir(l.cfg.Dir); err == nil {
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".cdpvars.hcl") && !strings.HasPrefix(e.Name(), ".") {
				files = append(files, e.Name())
			}
		}
	}
	sort.Strings(files)
	for _, f := range files {
		l.readVarFile(f, filepath.Join(l.cfg.Dir, f), declared, values, false)
	}
	l.keptValues(declared, values)
	for _, f := range l.opts.VarFiles {
		l.readVarFile(f, f, declared, values, true)
	}
	var names []string
	for name := range l.opts.Vars {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if declared[name] == nil {
			l.err("config.unknown_variable", "Unknown variable", fmt.Sprintf("--var gives %q a value, but no `variable` block declares it.", name)+diag.Suggest(name, keysOf(declared)), nil)
			continue
		}
		values[name] = given{text: l.opts.Vars[name], from: "--var " + name, kept: true}
	}
	l.asBefore(declared, values)
	l.missingSecrets(declared, values)
	return values
}

// readVarFile takes the values of one file. Its text is no source to show with a mistake: values may be secrets.
func (l *loader) readVarFile(name, path string, declared map[string]*variable, values map[string]given, kept bool) {
	src, err := os.ReadFile(path)
	if err != nil {
		l.err("config.no_var_file", "Variables file can not be read", fmt.Sprintf("%s can not be read. Check the path given with --var-file.", name), nil)
		return
	}
	file, problems := hclsyntax.ParseConfig(src, name, hcl.InitialPos)
	for _, p := range causes(problems) {
		l.add(fromHCL(p, "config.syntax"))
	}
	if problems.HasErrors() {
		return
	}
	body := file.Body.(*hclsyntax.Body)
	for _, b := range body.Blocks {
		l.err("config.unknown_block", "Unknown block", "A variables file has only lines of the form name = value.", diag.FromHCL(b.DefRange()))
	}
	for _, a := range sortedAttributes(body) {
		at := diag.FromHCL(a.NameRange)
		if declared[a.Name] == nil {
			l.add(diag.NewWarning("config.unknown_variable", "Unknown variable", fmt.Sprintf("No `variable` block declares %q, so its value is not used.", a.Name)+diag.Suggest(a.Name, keysOf(declared)), at))
			continue
		}
		value, problems := a.Expr.Value(&hcl.EvalContext{Functions: l.values.Functions})
		for _, p := range problems {
			l.add(fromHCL(p, "config.expression"))
		}
		if !problems.HasErrors() {
			values[a.Name] = given{value: value, from: name, at: diag.FromHCL(a.Expr.Range()), kept: kept, file: !kept}
		}
	}
}

func (l *loader) variableValue(v *variable, g given) cty.Value {
	if v.broken {
		return cty.DynamicVal
	}
	value := v.fallback
	switch {
	case g.from != "" && g.value != cty.NilVal:
		value = l.convertVariable(v, g.value, g.from, g.at)
	case g.from != "":
		value = l.variableText(v, g)
	case value == cty.NilVal && v.sensitive && l.opts.Secretless:
		return cty.UnknownVal(v.typ).Mark(secretMark("var." + v.name))
	case value == cty.NilVal:
		l.err("config.missing_variable", "Variable has no value", fmt.Sprintf(
			"var.%s has no default, so it needs a value: --var %s=…, the environment variable CDP_VAR_%s, or a line in a *.cdpvars.hcl file.", v.name, v.name, v.name), v.header)
		return cty.DynamicVal
	}
	if value.IsNull() && !v.nullable {
		l.err("config.missing_variable", "Variable has no value", fmt.Sprintf("var.%s must not be null.", v.name), v.header)
		return cty.DynamicVal
	}
	if v.sensitive {
		l.secret(value)
		value = value.Mark(secretMark("var." + v.name))
	}
	return value
}

// variableText reads the text of a flag or of the environment: as it is for a string, as an HCL value for all else.
func (l *loader) variableText(v *variable, g given) cty.Value {
	if v.typ == cty.String || v.typ == cty.DynamicPseudoType {
		return cty.StringVal(g.text)
	}
	if v.typ.IsPrimitiveType() {
		return l.convertVariable(v, cty.StringVal(g.text), g.from, nil)
	}
	expr, problems := hclsyntax.ParseExpression([]byte(g.text), g.from, hcl.InitialPos)
	if !problems.HasErrors() {
		if value, more := expr.Value(nil); !more.HasErrors() {
			return l.convertVariable(v, value, g.from, nil)
		}
	}
	l.err("config.wrong_type", "Wrong type", fmt.Sprintf("%s gives var.%s a value that is no %s. Write it as in HCL, for example [\"a\", \"b\"].", sentence(g.from), v.name, typeName(v.typ)), v.header)
	return cty.DynamicVal
}

func (l *loader) convertVariable(v *variable, value cty.Value, from string, at *diag.Range) cty.Value {
	if at == nil {
		at = v.header
	}
	if v.defaults != nil && !value.IsNull() {
		value = v.defaults.Apply(value)
	}
	out, err := convert.Convert(value, v.typ)
	if err != nil {
		detail := fmt.Sprintf("var.%s is %s, but %s gives %s.", v.name, typeName(v.typ), from, problemText(err, value))
		if v.sensitive {
			detail = fmt.Sprintf("var.%s is %s, but %s gives something else.", v.name, typeName(v.typ), from)
		}
		l.err("config.wrong_type", "Wrong type", detail, at)
		return cty.DynamicVal
	}
	return out
}

func (l *loader) validateVariable(v *variable, value cty.Value) {
	if !value.IsKnown() {
		return
	}
	for _, b := range v.validation {
		condition := b.attr("condition")
		if condition == nil {
			continue
		}
		plain, _ := value.UnmarkDeep()
		ctx := l.values.NewChild()
		ctx.Variables = map[string]cty.Value{"var": cty.ObjectVal(map[string]cty.Value{v.name: plain})}
		result, problems := condition.Expr.Value(ctx)
		l.hcl(problems, b, "config.expression")
		if problems.HasErrors() {
			continue
		}
		holds, err := convert.Convert(result, cty.Bool)
		if err != nil || holds.IsNull() || !holds.IsKnown() {
			b.err("config.wrong_type", "Wrong type", "condition must be true or false.", diag.FromHCL(condition.Expr.Range()))
			continue
		}
		if holds.False() {
			l.err("config.invalid_variable", "Invalid value for a variable", fmt.Sprintf("var.%s: %s", v.name, b.message(ctx)), v.header)
		}
	}
}

func (b *block) message(ctx *hcl.EvalContext) string {
	if a := b.attr("error_message"); a != nil {
		if v, problems := a.Expr.Value(ctx); !problems.HasErrors() && v.IsKnown() && !v.IsNull() && v.Type() == cty.String && !v.IsMarked() {
			return v.AsString()
		}
	}
	return "the value does not meet the condition of its validation block."
}
