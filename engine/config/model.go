package config

import "github.com/zclconf/go-cty/cty"

var modelSpec = &blockSpec{
	doc: "A table made by SQL: model.<name>.", labels: []string{"name"},
	args: []arg{
		{name: "sql", kind: kindSQL, required: true, refs: []string{"source", "model"}, doc: "One SELECT. A reference in it, ${source.shop.orders}, is a table and a dependency."},
		{name: "materialize", typ: cty.String, oneOf: []string{"view", "table", "incremental"}, doc: "How it is kept. Default table."},
		tagsArg,
	},
}

func (l *loader) readModel(in *instance) {
	b := l.block(in.syntax, in.context(l.full), modelSpec, in.addr.String())
	if !b.labelled {
		return
	}
	m := &Model{SQL: b.sql("sql"), Materialize: b.strOr("materialize", "table")}
	m.Block = b.base(in.addr)
	l.cfg.Models = append(l.cfg.Models, m)
}
