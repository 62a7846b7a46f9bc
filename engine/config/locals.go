package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/graph"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

var localsSpec = &blockSpec{doc: "Values of the project's own, by name: local.<name>."}

// readLocals evaluates locals, each after those it uses. It goes twice: before for_each is expanded for those that
// refer to no block (references false), and after it for the rest.
func (l *loader) readLocals(references bool) {
	attrs := l.localAttributes(!references)
	ctx := l.values
	if references {
		ctx = l.full
	}
	done := map[string]cty.Value{}
	if v, ok := l.values.Variables["local"]; ok && len(attrs) > 0 {
		done = v.AsValueMap()
	}
	waits := map[string]bool{} // refers to blocks, by itself or through other locals
	l.waiting = waits
	for _, name := range l.orderLocals(attrs, !references) {
		a := attrs[name]
		waits[name] = slices.ContainsFunc(localsUsed(a.Expr), func(used string) bool { return waits[used] }) || namesBlocks(a.Expr)
		if waits[name] != references {
			continue
		}
		value, ok := l.evaluate(a.Expr, localContext(ctx, done, a.Expr), func(d diag.Diagnostic) { l.add(d.Inside("locals")) })
		if !ok {
			value = cty.DynamicVal
		}
		done[name] = value
	}
	for name := range attrs {
		if _, ok := done[name]; !ok {
			done[name] = cty.DynamicVal // waits for blocks, or depends on itself
		}
	}
	ctx.Variables["local"] = cty.ObjectVal(done)
}

// localContext has only the locals that an expression uses: an object of all, for each, would be slow.
func localContext(ctx *hcl.EvalContext, done map[string]cty.Value, expr hclsyntax.Expression) *hcl.EvalContext {
	used := map[string]cty.Value{}
	for _, name := range localsUsed(expr) {
		if v, ok := done[name]; ok {
			used[name] = v
		}
	}
	inner := ctx.NewChild()
	inner.Variables = map[string]cty.Value{"local": cty.ObjectVal(used)}
	return inner
}

func namesBlocks(expr hclsyntax.Expression) bool {
	return slices.ContainsFunc(expr.Variables(), func(t hcl.Traversal) bool { return Referable(t.RootName()) })
}

// localAttributes are the locals of all blocks. report says whether to complain of doubles.
func (l *loader) localAttributes(report bool) map[string]*hclsyntax.Attribute {
	attrs := map[string]*hclsyntax.Attribute{}
	for _, b := range l.blocks["locals"] {
		if report {
			for _, inner := range b.Body.Blocks {
				l.err("config.unknown_block", "Unknown block", "A locals block has only lines of the form name = value.", diag.FromHCL(inner.DefRange()))
			}
			if len(b.Labels) > 0 {
				l.err("config.labels", "Wrong number of labels", "A locals block has no name: locals { … }.", diag.FromHCL(b.DefRange()))
			}
		}
		for _, a := range sortedAttributes(b.Body) {
			if first := attrs[a.Name]; first != nil {
				if report {
					l.err("config.duplicate", "Duplicate name", fmt.Sprintf("There is a local %q already, on line %d of %s.", a.Name, first.NameRange.Start.Line, first.NameRange.Filename), diag.FromHCL(a.NameRange))
				}
				continue
			}
			attrs[a.Name] = a
		}
	}
	l.localNames = keysOf(attrs)
	return attrs
}

// orderLocals leaves out what is on a cycle or depends on one.
func (l *loader) orderLocals(attrs map[string]*hclsyntax.Attribute, report bool) []string {
	g := localGraph(attrs)
	cycles := g.Cycles()
	if len(cycles) > 0 {
		attrs = maps.Clone(attrs)
	}
	for _, c := range cycles {
		if report {
			l.err("config.cycle", "Locals depend on themselves", fmt.Sprintf("local.%s.", strings.Join(append(slices.Clone(c), c[0]), " → local.")), diag.FromHCL(attrs[c[0]].NameRange))
		}
		for _, name := range g.Downstream(c...) {
			delete(attrs, name)
		}
	}
	order, _ := localGraph(attrs).Order() // no cycle is left
	return order
}

func localGraph(attrs map[string]*hclsyntax.Attribute) *graph.Graph[string] {
	g := graph.New(cmp.Compare[string])
	for name, a := range attrs {
		g.Add(name)
		for _, used := range localsUsed(a.Expr) {
			if attrs[used] != nil {
				g.Connect(name, used)
			}
		}
	}
	return g
}

func localsUsed(expr hclsyntax.Expression) []string {
	var names []string
	for _, t := range expr.Variables() {
		if t.RootName() == "local" && len(t) > 1 {
			if name, ok := stepName(t[1]); ok {
				names = append(names, name)
			}
		}
	}
	return names
}
