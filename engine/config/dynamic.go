package config

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// child is a block inside a block, as written or made by `dynamic`.
type child struct {
	syntax *hclsyntax.Block // of dynamic: its content block
	typ    string           // of dynamic: the type it makes
	labels []string
	ctx    *hcl.EvalContext
	header hcl.Range
}

// name is the type of the block.
func (c child) name() string {
	if c.typ != "" {
		return c.typ
	}
	return c.syntax.Type
}

// expand lists the blocks of a body in order, `dynamic` ones as often as their for_each says. wants says which types
// are this reader's: others' dynamic blocks are left to theirs.
func (l *loader) expand(body *hclsyntax.Body, ctx *hcl.EvalContext, wants func(typ string) bool, tell func(diag.Diagnostic)) []child {
	var out []child
	for _, b := range body.Blocks {
		if b.Type != "dynamic" {
			out = append(out, child{syntax: b, labels: b.Labels, ctx: ctx, header: b.DefRange()})
			continue
		}
		if len(b.Labels) != 1 {
			tell(diag.NewError("config.labels", "Wrong number of labels", "A dynamic block names the type of block it makes: dynamic \"stream\" { … }.", diag.FromHCL(b.DefRange())))
			continue
		}
		if wants(b.Labels[0]) {
			out = append(out, l.expandDynamic(b, ctx, tell)...)
		}
	}
	return out
}

func (l *loader) expandDynamic(b *hclsyntax.Block, ctx *hcl.EvalContext, tell func(diag.Diagnostic)) []child {
	fail := func(code, summary, detail string, at hcl.Range) []child {
		tell(diag.NewError(code, summary, detail, diag.FromHCL(at)))
		return nil
	}
	var content *hclsyntax.Block
	for _, inner := range b.Body.Blocks {
		if inner.Type != "content" || content != nil {
			return fail("config.unknown_block", "Unknown block", "A dynamic block has one block, `content`.", inner.DefRange())
		}
		content = inner
	}
	for _, a := range sortedAttributes(b.Body) {
		if names := []string{"for_each", "iterator", "labels"}; !contains(names, a.Name) {
			return fail("config.unknown_argument", "Unknown argument", fmt.Sprintf("A dynamic block takes no argument %q.", a.Name)+diag.Suggest(a.Name, names), a.NameRange)
		}
	}
	each := b.Body.Attributes["for_each"]
	if content == nil || each == nil {
		return fail("config.missing_argument", "Missing argument", "A dynamic block needs `for_each` and a block `content`.", b.DefRange())
	}
	iterator := b.Labels[0]
	if a := b.Body.Attributes["iterator"]; a != nil {
		iterator = hcl.ExprAsKeyword(a.Expr)
		if iterator == "" {
			return fail("config.wrong_type", "Wrong type", "iterator is a bare name: iterator = item.", a.Expr.Range())
		}
	}
	items, ok := l.evaluate(each.Expr, ctx, tell)
	if !ok {
		l.vanished++
		return nil
	}
	items, _ = items.Unmark()
	if !items.IsKnown() {
		l.vanished++
		return nil
	}
	if items.IsNull() || !items.CanIterateElements() {
		return fail("config.wrong_type", "Wrong type", "for_each is a list, a set, a map or an object, not "+valueText(items)+".", each.Expr.Range())
	}
	return l.repeat(b, content, iterator, items, ctx, tell)
}

func (l *loader) repeat(b, content *hclsyntax.Block, iterator string, items cty.Value, ctx *hcl.EvalContext, tell func(diag.Diagnostic)) []child {
	var out []child
	for it := items.ElementIterator(); it.Next(); {
		key, value := it.Element()
		if items.Type().IsSetType() {
			key = value
		}
		inner := ctx.NewChild()
		inner.Variables = map[string]cty.Value{iterator: cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
		c := child{syntax: content, typ: b.Labels[0], ctx: inner, header: b.DefRange()}
		if a := b.Body.Attributes["labels"]; a != nil {
			labels, ok := l.evaluate(a.Expr, inner, tell)
			if !ok {
				continue
			}
			if c.labels, ok = stringList(labels); !ok {
				tell(diag.NewError("config.wrong_type", "Wrong type", "labels is a list of names.", diag.FromHCL(a.Expr.Range())))
				continue
			}
		}
		out = append(out, c)
	}
	return out
}

// stringList reads a list of texts without secrets or references.
func stringList(v cty.Value) ([]string, bool) {
	if v.ContainsMarked() || !v.IsWhollyKnown() || v.IsNull() || !v.CanIterateElements() {
		return nil, false
	}
	out := []string{}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if e.IsNull() || e.Type() != cty.String {
			return nil, false
		}
		out = append(out, e.AsString())
	}
	return out, true
}
