package duckdb_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// A reader that is released before its end must not keep the warehouse attached.
func TestPromoteAfterAnUnfinishedRead(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "w.duckdb")
	table := warehouse.Table{Schema: "a", Name: "b", Columns: []schema.Column{{Name: "n", Type: schema.Type{Kind: schema.Int64}}}}
	for round := range 2 {
		s, err := duckdb.Open(ctx, duckdb.Options{Path: path, Threads: 2})
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Declare(ctx, table); err != nil {
			t.Fatal(err)
		}
		for _, read := range []int{0, 1} {
			r, err := s.Read(ctx, sqlgen.Statement{Name: "test", SQL: `select n from "a"."b"`})
			if err != nil {
				t.Fatal(err)
			}
			for range read {
				r.Next()
			}
			r.Release()
		}
		if err := s.Promote(ctx); err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		rows := make([][]any, 300000)
		for i := range rows {
			rows[i] = []any{int64(i)}
		}
		if err := s.Publish(ctx, warehouse.Publication{Deltas: []warehouse.Delta{{Table: table, Rows: rows}}}); err != nil {
			t.Fatal(err)
		}
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
