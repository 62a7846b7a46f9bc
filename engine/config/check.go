package config

import (
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/zclconf/go-cty/cty"
)

// Severities of checks and policies.
const (
	SeverityError   = "error"
	SeverityWarning = "warning"
)

var severities = []string{SeverityError, SeverityWarning}

var checkSpec = &blockSpec{
	doc: "A question to the data that must be answered yes, before anything that reads it goes on.", labels: []string{"name"},
	args: []arg{
		{name: "sql", kind: kindSQL, required: true, refs: []string{"source", "model", "identity"}, doc: "One SELECT; the first column of its first row is true where all is well."},
		{name: "severity", typ: cty.String, oneOf: severities, doc: "error blocks what follows; warning only tells. Default error."},
	},
}

// Check is SQL over the data as the plan would leave it, which is true where all is well.
type Check struct {
	Block
	Name     string
	SQL      SQL
	Severity string
}

func (l *loader) readChecks() {
	names := map[string]*block{}
	for _, syntax := range l.blocks["check"] {
		b := l.block(syntax, l.full, checkSpec, "check."+strings.Join(syntax.Labels, "."))
		if !b.labelled || !b.named(names) {
			continue
		}
		a := addr.Address{Type: "check", Name: b.labels[0]}
		c := &Check{Name: a.Name, SQL: b.sql("sql"), Severity: b.strOr("severity", SeverityError)}
		c.Block = b.base(a)
		l.cfg.Checks = append(l.cfg.Checks, c)
	}
}
