package config

import (
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/zclconf/go-cty/cty"
)

// Decode reads the connectors' own arguments against their specs, by connector name, and fills the Call of every
// source and destination. A block whose connector has no spec here is left as it is. Secrets grows by what is given to
// sensitive arguments.
func (c *Config) Decode(specs map[string]schema.Spec) diag.Diagnostics {
	l := c.loader
	l.diags = nil
	for _, s := range c.Sources {
		if spec, ok := specs[s.Connector]; ok {
			l.decodeSource(s, spec)
		}
	}
	for _, d := range c.Destinations {
		if spec, ok := specs[d.Connector]; ok {
			l.decodeDestination(d, spec)
		}
	}
	c.Secrets = nil
	return l.finish()
}

func (l *loader) decodeSource(s *Source, spec schema.Spec) {
	if spec.Source == nil {
		s.block.err("config.not_a_source", "Connector is not a source", fmt.Sprintf("Connector %q writes only; a source needs one that reads.", s.Connector), &s.ConnectorRange)
		return
	}
	settings, at := s.block.decode(spec.Source.Block, sourceSpec)
	s.Call = wire.Call{Address: s.Addr.String(), Settings: settings}
	s.Definition = at.definition
	at.inner["stream"] = &place{at: *s.block.header, inner: map[string]*place{}}
	for _, st := range s.Streams {
		settings, stAt := st.block.decode(spec.Source.Stream, streamSpec)
		s.Call.Streams = append(s.Call.Streams, wire.StreamRequest{
			Name: st.Name, Settings: settings, PrimaryKey: st.PrimaryKey, Cursor: st.Cursor, Pinned: st.Columns,
		})
		st.Definition = within(s.Definition, stAt.definition)
		at.inner["stream"].inner[st.Name] = stAt
		l.cfg.places[st.Addr.String()] = stAt
	}
	l.cfg.places[s.Addr.String()] = at
}

// within is a stream's definition together with its source's: another account gives other records.
func within(source, stream string) string {
	if stream == "{}" {
		return `{"_source":` + source + `}`
	}
	return `{"_source":` + source + `,` + strings.TrimPrefix(stream, "{")
}

// standing is a sync's definition together with where its destination is: in another place the tool holds nothing of ours.
func standing(place, sync string) string {
	if place == "" || sync == "{}" {
		return sync
	}
	return `{"_place":"` + place + `",` + strings.TrimPrefix(sync, "{")
}

func (l *loader) decodeDestination(d *Destination, spec schema.Spec) {
	if spec.Destination == nil {
		d.block.err("config.not_a_destination", "Connector is not a destination", fmt.Sprintf("Connector %q reads only; a destination needs one that writes.", d.Connector), &d.ConnectorRange)
		return
	}
	settings, at := d.block.decode(spec.Destination.Block, destinationSpec)
	d.Call = wire.Call{Address: d.Addr.String(), Settings: settings}
	d.Definition = at.definition
	if objects := at.inner["object"]; objects != nil {
		d.Declared = objects.labelled
	}
	l.cfg.places[d.Addr.String()] = at
	for _, s := range l.cfg.Syncs {
		if s.Destination.Addr != d.Addr {
			continue
		}
		object := wire.ObjectRequest{Name: s.Object}
		s.Definition = standing(at.whereabouts, s.Definition)
		for _, k := range s.Key {
			object.Key = append(object.Key, k.Name)
		}
		for _, f := range s.Fields {
			object.Fields = append(object.Fields, f.Name)
		}
		d.Call.Objects = append(d.Call.Objects, object)
	}
}

// decode reads a connector's part of a block that the engine's own part was read of before.
func (b *block) decode(spec schema.Block, ours *blockSpec) (wire.Settings, *place) {
	merged := specOf(spec, b.spec.labels)
	for _, a := range ours.args {
		if merged.arg(a.name) == nil {
			merged.args = append(merged.args, arg{name: a.name, kind: a.kind, typ: a.typ, refs: a.refs, doc: a.doc})
		}
	}
	for _, n := range ours.blocks {
		merged.blocks = append(merged.blocks, nested{name: n.name, spec: n.spec, skip: true})
	}
	inner := *b
	inner.spec, inner.children = merged, nil
	if inner.owner == b {
		inner.owner = &inner
	}
	inner.open()
	at := &place{at: *b.header, inner: map[string]*place{}}
	out := inner.settings(spec, at)
	whole := inner.definition(nil)
	for name, v := range b.definition(func(name string) bool { return ours.block(name) != nil && name != "stream" }) {
		whole[name] = v
	}
	at.definition, at.whereabouts = canonicalJSON(b.tagged(whole)), inner.whereabouts(spec)
	return wire.Settings(canonicalJSON(out)), at
}

// specOf is a connector's block in our terms.
func specOf(spec schema.Block, labels []string) *blockSpec {
	out := &blockSpec{doc: spec.Doc, labels: labels, free: true}
	for _, a := range spec.Args {
		out.args = append(out.args, arg{
			name: a.Name, typ: a.Type, required: a.Required, oneOf: a.OneOf, doc: a.Doc,
			sensitive: a.Sensitive, path: a.Path, fallback: a.Default, deprecated: a.Deprecated,
		})
	}
	for _, n := range spec.Blocks {
		out.blocks = append(out.blocks, nested{name: n.Name, spec: specOf(n.Block, n.Labels), min: n.Min, max: n.Max})
	}
	return out
}

// settings are the values of a connector's arguments and nested blocks as JSON has them, and in at their places.
func (b *block) settings(spec schema.Block, at *place) map[string]any {
	out := map[string]any{}
	for _, a := range spec.Args {
		if v, ok := b.setting(a.Name, at); ok {
			out[a.Name] = v
		}
	}
	for _, n := range spec.Blocks {
		list := []any{}
		where := &place{at: *b.header, inner: map[string]*place{}}
		for i, c := range b.nested(n.Name) {
			inner := &place{at: *c.header, inner: map[string]*place{}}
			values := c.settings(n.Block, inner)
			if len(c.labels) > 0 {
				name := strings.Join(c.labels, ".")
				values["_labels"] = c.labels
				where.inner[name] = inner
				where.labelled = append(where.labelled, name)
			}
			where.inner[strconv.Itoa(i)] = inner
			list = append(list, values)
		}
		if len(list) > 0 {
			out[n.Name] = list
			at.inner[n.Name] = where
		}
	}
	return out
}

// setting is one argument's value; ok is false when there is none to send.
func (b *block) setting(name string, at *place) (any, bool) {
	a := b.spec.arg(name)
	attr := b.attr(name)
	if attr == nil {
		if a.fallback == cty.NilVal || a.fallback.IsNull() {
			return nil, false
		}
		return jsonValue(a.fallback), true
	}
	at.inner[name] = b.l.placeOf(attr.Expr, b.ctx)
	if a.deprecated != "" {
		b.tell(diag.NewWarning("config.deprecated", "Deprecated argument", fmt.Sprintf("`%s` is deprecated. %s", name, a.deprecated), diag.FromHCL(attr.NameRange)))
	}
	v, ok := b.raw(name)
	if !ok {
		return nil, false
	}
	if refs := refsIn(v); len(refs) > 0 {
		b.err("config.reference_not_here", "Reference is not possible here", fmt.Sprintf("`%s` is a connector's argument; it can not name %s.", name, refs[0]), b.at(name))
		return nil, false
	}
	plain, _ := v.UnmarkDeep()
	if !plain.IsWhollyKnown() {
		b.lacks()
		return nil, false
	}
	if plain.IsNull() {
		if a.required {
			b.missing(*a)
		}
		return nil, false
	}
	switch {
	case a.sensitive:
		b.l.sensitiveSetting(plain)
	case named[a.name] && plain.CanIterateElements() && !plain.Type().IsTupleType():
		for it := plain.ElementIterator(); it.Next(); {
			if name, e := it.Element(); name.Type() == cty.String && credential.MatchString(name.AsString()) {
				b.l.sensitiveSetting(e)
			}
		}
	}
	plain, ok = b.converted(a, plain, attr.Expr)
	if !ok {
		return nil, false
	}
	return jsonValue(b.l.absolute(a, plain)), true
}

// sensitiveSetting remembers what was given to a sensitive argument. Its short texts are names of algorithms and the
// like; a password inside a URL is a secret of its own.
func (l *loader) sensitiveSetting(v cty.Value) {
	for _, text := range texts(v) {
		if len(text) >= 8 {
			l.secret(cty.StringVal(text))
		}
		if u, err := url.Parse(text); err == nil && u.User != nil {
			if password, ok := u.User.Password(); ok {
				l.secret(cty.StringVal(password))
			}
		}
	}
}

// absolute makes paths absolute: they are relative to the folder of the file that says them.
func (l *loader) absolute(a *arg, v cty.Value) cty.Value {
	if !a.path {
		return v
	}
	out, _ := cty.Transform(v, func(_ cty.Path, e cty.Value) (cty.Value, error) {
		if e.IsNull() || e.Type() != cty.String || e.AsString() == "" || strings.Contains(e.AsString(), "://") {
			return e, nil
		}
		return cty.StringVal(l.abs(e.AsString())), nil
	}) // the function fails never
	return out
}

// jsonValue is a value as JSON has it; what is null in an object is left out.
func jsonValue(v cty.Value) any {
	t := v.Type()
	switch {
	case v.IsNull():
		return nil
	case t == cty.String:
		return v.AsString()
	case t == cty.Number:
		return json.Number(numberText(v))
	case t == cty.Bool:
		return v.True()
	case t.IsObjectType() || t.IsMapType():
		out := map[string]any{}
		for name, e := range v.AsValueMap() {
			if !e.IsNull() {
				out[name] = jsonValue(e)
			}
		}
		return out
	}
	out := []any{}
	for it := v.ElementIterator(); it.Next(); {
		_, e := it.Element()
		out = append(out, jsonValue(e))
	}
	return out
}
