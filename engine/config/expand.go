package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// instance is one block to read: a top-level block, or one round of its for_each.
type instance struct {
	addr   addr.Address
	syntax *hclsyntax.Block
	each   map[string]cty.Value // nil: no for_each
}

// context is where the instance's expressions are evaluated.
func (in *instance) context(parent *hcl.EvalContext) *hcl.EvalContext {
	if in.each == nil {
		return parent
	}
	ctx := parent.NewChild()
	ctx.Variables = in.each
	return ctx
}

// expandAll finds the blocks with an address, in order of the source, and registers what references may name.
func (l *loader) expandAll() []*instance {
	var out []*instance
	var all []*hclsyntax.Block
	for _, typ := range referable() {
		l.registry[typ] = map[string]*entry{}
		all = append(all, l.blocks[typ]...)
	}
	slices.SortFunc(all, func(a, b *hclsyntax.Block) int {
		if c := strings.Compare(a.TypeRange.Filename, b.TypeRange.Filename); c != 0 {
			return c
		}
		return a.TypeRange.Start.Byte - b.TypeRange.Start.Byte
	})
	for _, b := range all {
		out = append(out, l.register(b)...)
	}
	l.checkIdents(out)
	return out
}

// register enters one block; a block without a good name is read all the same, for the mistakes in it.
func (l *loader) register(b *hclsyntax.Block) []*instance {
	t, _ := typeOf(b.Type)
	labels := t.spec.labels
	if len(b.Labels) != len(labels) || !namePattern.MatchString(b.Labels[len(labels)-1]) {
		l.traitLost = l.traitLost || b.Type == "trait"
		return []*instance{{addr: addr.Address{Type: b.Type}, syntax: b}}
	}
	name := b.Labels[len(labels)-1]
	a := addr.Address{Type: b.Type, Name: name}
	header := diag.FromHCL(b.DefRange())
	in := fmt.Sprintf("%s %q", b.Type, name)
	if first := l.registry[b.Type][name]; first != nil {
		l.add(diag.NewError("config.duplicate", "Duplicate name", fmt.Sprintf(
			"There is %s %q already, on line %d of %s. Names are unique per block type.", article(b.Type), name, first.header.Start.Line, first.header.File), header).About(a.String()).Inside(in))
		return nil
	}
	e := &entry{header: header, streams: map[string][]string{}}
	l.registry[b.Type][name] = e
	each := b.Body.Attributes["for_each"]
	if each == nil || !t.each {
		e.streams[""] = l.streamNames(b, l.values)
		return []*instance{{addr: a, syntax: b}}
	}
	e.keyed = true
	items, ok := l.forEach(each.Expr, func(d diag.Diagnostic) { l.add(d.About(a.String()).Inside(in)) })
	if !ok {
		e.unknown = true
		l.traitLost = l.traitLost || b.Type == "trait"
		return nil
	}
	var out []*instance
	for it := items.ElementIterator(); it.Next(); {
		key, value := it.Element()
		i := &instance{addr: a, syntax: b, each: map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}}
		i.addr.Key, i.addr.Keyed = key.AsString(), true
		e.keys = append(e.keys, i.addr.Key)
		e.streams[i.addr.Key] = l.streamNames(b, i.context(l.values))
		out = append(out, i)
	}
	return out
}

// forEach evaluates for_each: a map, an object, or a set of texts.
func (l *loader) forEach(expr hclsyntax.Expression, tell func(diag.Diagnostic)) (cty.Value, bool) {
	v, ok := l.evaluate(expr, l.values, tell)
	if !ok {
		return v, false
	}
	at := diag.FromHCL(expr.Range())
	fail := func(detail string) (cty.Value, bool) {
		tell(diag.NewError("config.for_each", "Invalid for_each", detail, at))
		return v, false
	}
	switch t := v.Type(); {
	case len(secretsIn(v)) > 0:
		return fail("for_each must hold no secret: its keys become part of addresses.")
	case !v.IsWhollyKnown():
		for _, name := range localsUsed(expr) {
			if l.waiting[name] {
				return fail(fmt.Sprintf("local.%s depends on blocks; for_each is worked out before they are known.", name))
			}
		}
		return v, false // a mistake told elsewhere made it unknown
	case v.IsNull():
		return fail("for_each is a map or a set of texts, not null.")
	case t.IsTupleType() || t.IsListType():
		return fail("for_each is a map or a set of texts. A list becomes a set with toset([…]).")
	case t.IsSetType() && t.ElementType() != cty.String && v.LengthInt() > 0, !t.IsSetType() && !t.IsMapType() && !t.IsObjectType():
		return fail("for_each is a map or a set of texts, not " + valueText(v) + ".")
	}
	for it := v.ElementIterator(); it.Next(); {
		key, _ := it.Element()
		if !key.IsKnown() || key.IsNull() || key.AsString() == "" || strings.ContainsFunc(key.AsString(), func(r rune) bool { return r < ' ' }) {
			return fail("A key of for_each is a text of at least one character, without control characters.")
		}
	}
	return v, true
}

// streamNames are the names of a source's streams, for references. Mistakes in them are told when they are read.
func (l *loader) streamNames(b *hclsyntax.Block, ctx *hcl.EvalContext) []string {
	if b.Type != "source" {
		return nil
	}
	var names []string
	only := func(typ string) bool { return typ == "stream" }
	for _, c := range l.expand(b.Body, ctx, only, func(diag.Diagnostic) {}) {
		if c.name() == "stream" && len(c.labels) == 1 {
			names = append(names, c.labels[0])
		}
	}
	return names
}

// checkIdents refuses two blocks whose names would be the same in SQL.
func (l *loader) checkIdents(all []*instance) {
	seen := map[string]*instance{}
	for _, in := range all {
		if in.addr.Name == "" {
			continue
		}
		ident := in.addr.Type + "." + strings.ToLower(in.addr.Ident())
		if first := seen[ident]; first != nil {
			at := diag.FromHCL(in.syntax.DefRange())
			l.add(diag.NewError("config.duplicate", "Duplicate name", fmt.Sprintf(
				"%s and %s would have the same name in the warehouse, where case does not count.", first.addr, in.addr), at).About(in.addr.String()))
		}
		seen[ident] = in
	}
}

func article(noun string) string {
	if strings.ContainsRune("aeiou", rune(noun[0])) {
		return "an " + noun
	}
	return "a " + noun
}
