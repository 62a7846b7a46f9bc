package ingest

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

//go:embed all:sql
var files embed.FS

var statements = sqlgen.MustParse(files, "sql")

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

func run(ctx context.Context, store warehouse.Store, name string, data any) (int64, error) {
	st, err := statements.Render(store.Dialect(), name, data)
	if err != nil {
		return 0, err
	}
	n, err := store.Run(ctx, st)
	if err != nil {
		return 0, fmt.Errorf("running %s: %w", st.Name, err)
	}
	return n, nil
}

// numbers reads a query's only row of counts.
func numbers(ctx context.Context, from warehouse.Reader, d sqlgen.Dialect, name string, data any, into ...*int64) error {
	st, err := statements.Render(d, name, data)
	if err != nil {
		return err
	}
	rows, err := warehouse.Rows(ctx, from, st)
	if err != nil {
		return fmt.Errorf("reading %s: %w", st.Name, err)
	}
	if len(rows) != 1 || len(rows[0]) != len(into) {
		return fmt.Errorf("reading %s: not one row of %d counts", st.Name, len(into))
	}
	for i, target := range into {
		n, ok := warehouse.Int(rows[0][i])
		if !ok {
			return fmt.Errorf("reading %s: %v is no count", st.Name, rows[0][i])
		}
		*target = n
	}
	return nil
}
