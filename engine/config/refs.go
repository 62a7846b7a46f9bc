package config

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
)

// entry is one name that references may use: a block, or its instances with for_each, and a source's streams.
type entry struct {
	header  *diag.Range
	keyed   bool
	unknown bool // its for_each is wrong: any key may be one
	keys    []string
	streams map[string][]string // by key; without for_each, under ""
}

// buildReferences makes the EvalContext in which every block is a value.
func (l *loader) buildReferences() {
	l.full = &hcl.EvalContext{Functions: l.values.Functions, Variables: map[string]cty.Value{}}
	for name, v := range l.values.Variables {
		l.full.Variables[name] = v
	}
	for _, typ := range referable() {
		all := map[string]cty.Value{}
		for name, e := range l.registry[typ] {
			all[name] = e.value(addr.Address{Type: typ, Name: name})
		}
		l.full.Variables[typ] = cty.ObjectVal(all)
	}
}

func (e *entry) value(a addr.Address) cty.Value {
	if e.unknown {
		return cty.DynamicVal
	}
	if !e.keyed {
		return e.instance(a)
	}
	all := map[string]cty.Value{}
	for _, key := range e.keys {
		a.Key, a.Keyed = key, true
		all[key] = e.instance(a)
	}
	return cty.ObjectVal(all)
}

func (e *entry) instance(a addr.Address) cty.Value {
	if a.Type != "source" {
		return refValue(a)
	}
	all := map[string]cty.Value{}
	for _, name := range e.streams[a.Key] {
		a.Member = name
		all[name] = refValue(a)
	}
	return cty.ObjectVal(all)
}

// checkReference finds what a traversal names: type, name, for_each key, stream.
func (l *loader) checkReference(t hcl.Traversal) (diag.Diagnostic, bool) {
	typ, at := t.RootName(), diag.FromHCL(t.SourceRange())
	unknown := func(detail string) (diag.Diagnostic, bool) {
		return diag.NewError("config.unknown_reference", "Reference to nothing", detail, at), true
	}
	if len(t) < 2 {
		return unknown(fmt.Sprintf("%s is followed by a name: %s.name.", typ, typ))
	}
	name, ok := stepName(t[1])
	if !ok {
		return diag.Diagnostic{}, false
	}
	e := l.registry[typ][name]
	if e == nil {
		detail := fmt.Sprintf("There is no %s %q.", typ, name) + diag.Suggest(name, keysOf(l.registry[typ]))
		if other := l.otherType(name, typ); other != "" && diag.DidYouMean(name, keysOf(l.registry[typ])) == "" {
			detail = fmt.Sprintf("There is no %s %q; there is %s.%s.", typ, name, other, name)
		}
		return unknown(detail)
	}
	if e.unknown {
		return diag.Diagnostic{}, false
	}
	rest, base, key := t[2:], typ+"."+name, ""
	if e.keyed && len(rest) > 0 {
		key, ok = stepName(rest[0])
		if !ok {
			return diag.Diagnostic{}, false
		}
		if !contains(e.keys, key) {
			return unknown(fmt.Sprintf("%s has no instance %q.", base, key) + diag.Suggest(key, e.keys))
		}
		rest, base = rest[1:], fmt.Sprintf("%s[%q]", base, key)
	}
	if typ == "source" && len(rest) > 0 {
		stream, ok := stepName(rest[0])
		if ok && !contains(e.streams[key], stream) {
			return unknown(fmt.Sprintf("%s has no stream %q.", base, stream) + diag.Suggest(stream, e.streams[key]))
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return unknown(fmt.Sprintf("%s has no parts to name: a reference stands for the block as a whole.", traversalText(t[:len(t)-len(rest)])))
	}
	return diag.Diagnostic{}, false
}

// otherType is another block type that has a block of this name.
func (l *loader) otherType(name, not string) string {
	for _, typ := range referable() {
		if typ != not && l.registry[typ][name] != nil {
			return typ
		}
	}
	return ""
}

// toRef reads a value as a reference to a block of one of the given types. "source" means one of its streams.
func (b *block) toRef(v cty.Value, types []string, at diag.Range, what string) (Ref, bool) {
	plain, _ := v.Unmark()
	if !plain.IsKnown() {
		b.lacks()
		return Ref{}, false
	}
	wanted := fmt.Sprintf("a reference to %s, as in %s", oneOfTypes(types), example(types[0]))
	wrong := func(got string) (Ref, bool) {
		b.err("config.wrong_reference", "Wrong kind of reference", fmt.Sprintf("%s is %s, not %s.", what, wanted, got), &at)
		return Ref{}, false
	}
	switch {
	case plain.IsNull():
		return wrong("null")
	case plain.Type().IsObjectType() && len(refsIn(v)) > 0:
		return wrong("several blocks at once: name one of " + joinRefs(refsIn(v)))
	case plain.Type() != cty.String || len(refsIn(v)) == 0:
		return wrong(valueText(plain))
	}
	// A choice between references is marked with all of them; the text says which one it is.
	for _, a := range refsIn(v) {
		if plain.AsString() != refQuote+a.String()+refQuote {
			continue
		}
		if !contains(types, a.Type) {
			return wrong(a.String())
		}
		r := Ref{Addr: a, Range: at}
		b.depend(r)
		return r, true
	}
	return wrong("a text with references in it")
}

// oneOfTypes says block types in words: a segment, a model or an identity.
func oneOfTypes(types []string) string {
	var words []string
	for _, t := range types {
		if t == "source" {
			t = "stream"
		}
		words = append(words, article(t))
	}
	if len(words) == 1 {
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}

func joinRefs(refs []addr.Address) string {
	var names []string
	for _, r := range refs {
		names = append(names, r.String())
	}
	return strings.Join(names, ", ")
}

func example(typ string) string {
	switch typ {
	case "source":
		return "source.shop.orders"
	case "identity":
		return "identity.customer"
	case "segment":
		return "segment.vips"
	case "destination":
		return "destination.crm"
	}
	return typ + ".name"
}
