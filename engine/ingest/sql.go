package ingest

import (
	"embed"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

//go:embed all:sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// step is what the templates of one load are rendered with.
type step struct {
	AsOf time.Time

	In, Parsed, Twice, Winners, Kept, Rejects, Changes, Insert, Delete sqlgen.Relation
	Was, Published                                                     sqlgen.Relation

	Incoming   []incoming      // everything that arrives
	Own        []string        // of it, what the table has a column for
	Typed      []string        // of that, what has a type
	Compared   []string        // of that, what is not key
	Match      []string        // without key: what makes two rows equal
	Gone       []schema.Column // columns of the table that did not arrive
	Stored     []string        // Typed and Gone
	Key        []string
	KeyColumns []schema.Column
	FirstKey   string
	TableKey   []string

	Filter     diag.Text
	Cursor     string
	CursorType schema.Type
	Since      string // cursor of the last load

	Scoped, Misfits, Doubled, Absent, History, Hard bool

	AsideColumn, AsideCode, AsideReason string
	AsideRecord                         []schema.Column
	AsideMisfit                         bool

	Aside                              sqlgen.Relation
	Source, Stream                     string
	LoadID                             string
	LoadColumn, ScopeColumn, SeqColumn string
}

// work is a relation of a stream in scratch.
func work(schemaName, address, what string) sqlgen.Relation {
	return sqlgen.Relation{Schema: schemaName, Name: address + what}
}
