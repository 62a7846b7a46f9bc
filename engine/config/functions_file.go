package config

import (
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

func (l *loader) fileFunc() function.Function {
	return mapText(l.readText)
}

func (l *loader) fileExistsFunc() function.Function {
	return function.New(&function.Spec{
		Params: stringParams("path"), Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			info, err := os.Stat(l.abs(args[0].AsString()))
			return cty.BoolVal(err == nil && !info.IsDir()), nil
		},
	})
}

func (l *loader) fileSetFunc() function.Function {
	return function.New(&function.Spec{
		Params: stringParams("folder", "pattern"), Type: function.StaticReturnType(cty.Set(cty.String)),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			dir := l.abs(args[0].AsString())
			found, err := filepath.Glob(filepath.Join(dir, args[1].AsString()))
			if err != nil {
				return cty.NilVal, fmt.Errorf("%q is not a pattern", args[1].AsString())
			}
			sort.Strings(found)
			var names []cty.Value
			for _, f := range found {
				if info, err := os.Stat(f); err != nil || info.IsDir() {
					continue
				}
				if rel, err := filepath.Rel(dir, f); err == nil {
					names = append(names, cty.StringVal(filepath.ToSlash(rel)))
				}
			}
			if len(names) == 0 {
				return cty.SetValEmpty(cty.String), nil
			}
			return cty.SetVal(names), nil
		},
	})
}

// templateFileFunc renders a file as a template over the given values. A template can not render another one, so that
// none can render itself.
func (l *loader) templateFileFunc(functions map[string]function.Function) function.Function {
	inner := map[string]function.Function{}
	for name, f := range functions {
		inner[name] = f
	}
	render := func(args []cty.Value) (cty.Value, error) {
		path := args[0].AsString()
		text, err := l.readText(path)
		if err != nil {
			return cty.NilVal, err
		}
		expr, problems := hclsyntax.ParseTemplate([]byte(text), path, hcl.InitialPos)
		if problems.HasErrors() {
			return cty.NilVal, problemIn(path, problems)
		}
		vars := args[1]
		if vars.IsNull() || !(vars.Type().IsObjectType() || vars.Type().IsMapType()) {
			return cty.NilVal, fmt.Errorf("the values of a template are an object")
		}
		if !vars.IsWhollyKnown() {
			return cty.DynamicVal, nil
		}
		out, problems := expr.Value(&hcl.EvalContext{Variables: vars.AsValueMap(), Functions: inner})
		if problems.HasErrors() {
			return cty.NilVal, problemIn(path, problems)
		}
		return out, nil
	}
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "path", Type: cty.String}, {Name: "values", Type: cty.DynamicPseudoType}},
		Type: func(args []cty.Value) (cty.Type, error) {
			if !args[0].IsKnown() || !args[1].IsKnown() {
				return cty.DynamicPseudoType, nil
			}
			v, err := render(args)
			if err != nil {
				return cty.NilType, err
			}
			return v.Type(), nil
		},
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) { return render(args) },
	})
}

func problemIn(path string, problems hcl.Diagnostics) error {
	for _, p := range problems {
		if p.Severity == hcl.DiagError {
			line := 0
			if p.Subject != nil {
				line = p.Subject.Start.Line
			}
			return fmt.Errorf("%s line %d: %s; %s", path, line, p.Summary, p.Detail)
		}
	}
	return fmt.Errorf("%s can not be rendered", path)
}
