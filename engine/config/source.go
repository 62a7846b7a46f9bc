package config

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/zclconf/go-cty/cty"
)

var contractWords = []string{"evolve", "freeze", "discard_value", "discard_row"}

var (
	streamSpec = &blockSpec{
		doc: "One table of a source: raw_<source>.<stream>.", labels: []string{"name"}, open: true,
		args: []arg{
			{name: "primary_key", typ: cty.List(cty.String), doc: "Columns that tell rows apart."},
			{name: "cursor", typ: cty.String, doc: "Column that says how new a row is; only what is newer is read."},
			{name: "mode", typ: cty.String, oneOf: []string{"incremental", "full_refresh"}, doc: "Default: incremental with a cursor, else full_refresh."},
			{name: "write", typ: cty.String, oneOf: []string{"upsert", "append", "replace", "scd2"}, doc: "What becomes of rows that are there already. Default: upsert with a primary key."},
			{name: "lag", kind: kindDuration, doc: "How far before the newest cursor to read again."},
			{name: "contract", kind: kindRaw, doc: "What happens when the source's shape changes: { columns, types }, each evolve, freeze, discard_value or discard_row."},
			{name: "columns", kind: kindRaw, doc: "Types of columns, by name: { zip = \"varchar\" }."},
			{name: "filter", kind: kindSQL, doc: "Condition over the stream's columns; other rows are not kept."},
			tagsArg,
		},
		blocks: []nested{guardBlock("stream")},
	}
	sourceSpec = &blockSpec{
		doc: "An account of an outside system to read from.", labels: []string{"connector", "name"}, open: true,
		args:   []arg{tagsArg},
		blocks: []nested{{name: "stream", spec: streamSpec}},
	}
)

func (l *loader) readSource(in *instance) {
	b := l.block(in.syntax, in.context(l.full), sourceSpec, in.addr.String())
	if !b.labelled {
		return
	}
	s := &Source{
		Block: b.base(in.addr), Connector: b.labels[0], ConnectorRange: *diag.FromHCL(in.syntax.LabelRanges[0]),
		Body: in.syntax.Body, Context: b.ctx, block: b,
	}
	l.checkConnector(b, s.Connector, &s.ConnectorRange)
	seen := map[string]*diag.Range{}
	for _, inner := range b.nested("stream") {
		if !inner.labelled {
			continue
		}
		name := inner.labels[0]
		if first := seen[strings.ToLower(name)]; first != nil {
			inner.err("config.duplicate", "Duplicate name", fmt.Sprintf("%s has a stream %q already, on line %d.", in.addr, name, first.Start.Line), inner.header)
			continue
		}
		seen[strings.ToLower(name)] = inner.header
		s.Streams = append(s.Streams, inner.stream(s, name))
	}
	l.cfg.Sources = append(l.cfg.Sources, s)
}

func (b *block) stream(s *Source, name string) *Stream {
	a := s.Addr
	a.Member = name
	b.owner, b.address, b.tags = b, a.String(), s.Tags
	b.in = fmt.Sprintf("stream %q of source %q", name, s.Addr.Name)
	for _, c := range b.children {
		c.owner, c.address, c.in = b, b.address, b.in
	}
	st := &Stream{
		Source: s, Name: name, PrimaryKey: b.strs("primary_key"), Cursor: b.str("cursor"), Mode: b.str("mode"), Write: b.str("write"),
		Lag: b.duration("lag"), Contract: b.contract(), Columns: b.pinned(), Filter: b.sql("filter"), Body: b.syntax.Body, Ranges: b.ranges(), block: b,
	}
	if b.attr("primary_key") != nil && len(st.PrimaryKey) == 0 && !b.failed["primary_key"] {
		b.err("config.invalid_value", "Invalid value", "`primary_key` names at least one column. Leave it out for a stream without a key.", b.at("primary_key"))
	}
	st.Block = b.base(a)
	st.Guards = b.guards("stream")
	return st
}

func (b *block) contract() Contract {
	c := Contract{Columns: "evolve", Types: "freeze"}
	for _, it := range b.items("contract") {
		switch it.name {
		case "columns":
			c.Columns = b.itemText("contract", it, contractWords)
		case "types":
			c.Types = b.itemText("contract", it, contractWords)
		default:
			b.err("config.unknown_key", "Unknown key", fmt.Sprintf("A contract has no %q.", it.name)+diag.Suggest(it.name, []string{"columns", "types"}), &it.at)
		}
	}
	return c
}

// pinned are the columns whose types the user gives, in the order written.
func (b *block) pinned() []schema.Column {
	var out []schema.Column
	for _, it := range b.items("columns") {
		v, at, ok := b.itemValue(it, it.name+" in `columns`")
		if !ok {
			continue
		}
		if v.IsNull() || v.Type() != cty.String {
			b.err("config.wrong_type", "Wrong type", fmt.Sprintf("%s in `columns` is the name of a type, such as \"varchar\", not %s.", it.name, valueText(v)), &at)
			continue
		}
		t, err := schema.ParseType(v.AsString())
		if err != nil {
			b.err("config.unknown_type", "Unknown type of a column", sentence(err.Error())+"."+diag.Suggest(v.AsString(), schema.TypeNames()), &at)
			continue
		}
		out = append(out, schema.Column{Name: it.name, Type: t})
	}
	return out
}

// checkConnector refuses a connector nobody knows, when the caller says which there are.
func (l *loader) checkConnector(b *block, name string, at *diag.Range) {
	if l.opts.KnownConnectors == nil || contains(l.opts.KnownConnectors, name) {
		return
	}
	if _, ok := l.cfg.Settings.Connectors[name]; ok {
		return
	}
	names := append(keysOf(l.cfg.Settings.Connectors), l.opts.KnownConnectors...)
	b.err("config.unknown_connector", "Unknown connector", fmt.Sprintf(
		"There is no connector %q.%s Known: %s. One of your own is named in required_connectors.", name, diag.Meant(name, names), strings.Join(sortedCopy(names), ", ")), at)
}
