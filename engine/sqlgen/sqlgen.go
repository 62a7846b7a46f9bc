package sqlgen

import (
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Relation is a table or view. Catalog is empty for the database of the session (scratch while computing).
type Relation struct{ Catalog, Schema, Name string }

// Dialect is how one query engine writes what differs between engines.
type Dialect interface {
	Name() string // "duckdb": x.duckdb.sql wins over x.sql
	Ident(name string) string
	Type(t schema.Type) string
	// Literal writes a constant where an engine takes no bound value (views). Only bool, int64, float64, string, time.Time.
	Literal(v any) string
	// RecordKey is the expression of a record's key: one column as plain text, several as a JSON list.
	RecordKey(columns []schema.Column, alias string) string
}

// Statement is one rendered statement, ready to run. Name is "identity.edges"; Step, Inputs and Outputs are its header.
type Statement struct {
	Name    string
	Step    string
	Inputs  string
	Outputs string
	SQL     string
	Args    []any
	Spans   []diag.Span // user text inside SQL
}
