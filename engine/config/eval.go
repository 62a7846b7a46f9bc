package config

import (
	"fmt"
	"sort"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// secretMark is on every value that a secret went into; it says where the secret came from: "var.crm_token".
type secretMark string

// refMark is on every text that a reference to a block went into.
type refMark struct{ addr addr.Address }

// In values a reference is its address between two of these, so that it survives format, join and templates.
const refQuote = "\x00"

func refValue(a addr.Address) cty.Value {
	return cty.StringVal(refQuote + a.String() + refQuote).Mark(refMark{a})
}

// secretsIn are the names of the secrets in a value, sorted.
func secretsIn(v cty.Value) []string {
	_, marks := v.UnmarkDeep()
	var names []string
	for m := range marks {
		if s, ok := m.(secretMark); ok {
			names = append(names, string(s))
		}
	}
	sort.Strings(names)
	return names
}

func refsIn(v cty.Value) []addr.Address {
	_, marks := v.UnmarkDeep()
	var refs []addr.Address
	for m := range marks {
		if r, ok := m.(refMark); ok {
			refs = append(refs, r.addr)
		}
	}
	sort.Slice(refs, func(i, j int) bool { return addr.Compare(refs[i], refs[j]) < 0 })
	return refs
}

// evaluate gives the value of an expression; ok is false when a diagnostic was told instead.
func (l *loader) evaluate(expr hclsyntax.Expression, ctx *hcl.EvalContext, tell func(diag.Diagnostic)) (cty.Value, bool) {
	good := true
	for _, t := range expr.Variables() {
		if d, bad := l.checkTraversal(t, ctx); bad {
			if d.Summary != "" {
				tell(d)
			}
			good = false
		}
	}
	if !good {
		return cty.DynamicVal, false
	}
	v, problems := expr.Value(ctx)
	for _, p := range problems {
		tell(fromHCL(p, "config.expression"))
	}
	if problems.HasErrors() {
		return cty.DynamicVal, false
	}
	if infinite(v) {
		tell(diag.NewError("config.expression", "Number without end", "This divides by zero, or gives a number that has no end: nothing can be done with it.", diag.FromHCL(expr.Range())))
		return cty.DynamicVal, false
	}
	return v, true
}

// infinite reports whether there is a number in a value that HCL takes for one and nobody else does: 1/0.
func infinite(v cty.Value) bool {
	plain, _ := v.UnmarkDeep()
	found := false
	_ = cty.Walk(plain, func(_ cty.Path, e cty.Value) (bool, error) {
		if e.IsKnown() && !e.IsNull() && e.Type() == cty.Number && e.AsBigFloat().IsInf() {
			found = true
		}
		return !found, nil
	}) // the visitor fails never
	return found
}

// checkTraversal looks up what an expression names, so that a wrong name is told with what was meant. The zero
// diagnostic says that the mistake was told elsewhere.
func (l *loader) checkTraversal(t hcl.Traversal, ctx *hcl.EvalContext) (diag.Diagnostic, bool) {
	root := t.RootName()
	at := diag.FromHCL(t.SourceRange())
	switch {
	case root == "var" || root == "local":
		return l.checkValueName(root, t, at)
	case Referable(root) && !known(ctx, root):
		return diag.NewError("config.reference_not_here", "Reference is not possible here", fmt.Sprintf(
			"%s names a block; this is evaluated before blocks are known. Use variables and locals only.", traversalText(t)), at), true
	case Referable(root):
		return l.checkReference(t)
	case known(ctx, root):
		return diag.Diagnostic{}, false
	case root == "each":
		return diag.NewError("config.unknown_reference", "Reference to nothing", "each.key and each.value are there only in a block with for_each.", at), true
	}
	if len(t) == 1 {
		return diag.NewError("config.unknown_reference", "Reference to nothing", fmt.Sprintf(
			"%s is not known here. Text is written in quotes: %q.", root, root), at), true
	}
	roots := append([]string{"var", "local", "each"}, referable()...)
	return diag.NewError("config.unknown_reference", "Reference to nothing", fmt.Sprintf(
		"%s: nothing is called %q here.", traversalText(t), root)+diag.Suggest(root, roots), at), true
}

func (l *loader) checkValueName(root string, t hcl.Traversal, at *diag.Range) (diag.Diagnostic, bool) {
	names, what, block := l.variableNames, "variable", `variable "%s" { … }`
	if root == "local" {
		names, what, block = l.localNames, "local", `a line %s = … in locals { … }`
	}
	if len(t) < 2 {
		return diag.NewError("config.unknown_reference", "Reference to nothing", fmt.Sprintf("%s is followed by a name: %s.name.", root, root), at), true
	}
	name, ok := stepName(t[1])
	if !ok {
		return diag.Diagnostic{}, false
	}
	for _, n := range names {
		if n == name {
			return diag.Diagnostic{}, false
		}
	}
	hint := diag.Meant(name, names)
	if hint == "" {
		hint = fmt.Sprintf(" Declare it: "+block+".", name)
	}
	return diag.NewError("config.unknown_"+what, "Unknown "+what, fmt.Sprintf("There is no %s %q.", what, name)+hint, at), true
}

func known(ctx *hcl.EvalContext, name string) bool {
	for ; ctx != nil; ctx = ctx.Parent() {
		if _, ok := ctx.Variables[name]; ok {
			return true
		}
	}
	return false
}

// stepName is the name or key of one step of a traversal.
func stepName(step hcl.Traverser) (string, bool) {
	switch s := step.(type) {
	case hcl.TraverseAttr:
		return s.Name, true
	case hcl.TraverseIndex:
		if s.Key.Type() == cty.String && s.Key.IsKnown() && !s.Key.IsNull() {
			return s.Key.AsString(), true
		}
	}
	return "", false
}

func traversalText(t hcl.Traversal) string {
	var out strings.Builder
	out.WriteString(t.RootName())
	for _, step := range t[1:] {
		switch s := step.(type) {
		case hcl.TraverseAttr:
			out.WriteString("." + s.Name)
		case hcl.TraverseIndex:
			if name, ok := stepName(s); ok {
				fmt.Fprintf(&out, "[%q]", name)
			} else {
				out.WriteString("[…]")
			}
		}
	}
	return out.String()
}
