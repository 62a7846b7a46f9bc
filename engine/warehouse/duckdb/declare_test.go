package duckdb_test

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// What reads a table that is only staged so far is written by all threads: the view has no empty side.
func TestStagedIsWrittenByAllThreads(t *testing.T) {
	ctx := context.Background()
	s, err := duckdb.Open(ctx, duckdb.Options{Path: filepath.Join(t.TempDir(), "w.duckdb"), Threads: 2})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	run := func(sql string) string {
		t.Helper()
		rows, err := warehouse.Rows(ctx, s, sqlgen.Statement{Name: "test", SQL: sql})
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, r := range rows {
			out = append(out, warehouse.Text(r[len(r)-1]))
		}
		return strings.Join(out, "\n")
	}
	table := warehouse.Table{Schema: "a", Name: "b", Key: []string{"n"}, Columns: []schema.Column{{Name: "n", Type: schema.Type{Kind: schema.Int64}}}}
	if err := s.Declare(ctx, table); err != nil {
		t.Fatal(err)
	}
	if got := run(`select count(*) from a.b`); got != "0" {
		t.Errorf("before: %s rows", got)
	}
	run(`create table delta.b as select i as n from range(1000) r(i)`)
	d := warehouse.Delta{Table: table, Insert: sqlgen.Relation{Schema: "delta", Name: "b"}}
	for _, staged := range []warehouse.Delta{d, {Table: table, Insert: d.Insert, Replace: true}} {
		if err := s.Stage(ctx, staged); err != nil {
			t.Fatal(err)
		}
		if plan := run(`explain create table work.c as select n from a.b where n > 0`); !strings.Contains(plan, "BATCH_CREATE_TABLE_AS") {
			t.Errorf("by one thread only:\n%s", plan)
		}
		if got := run(`select count(*) || ' ' || (select count(*) from was."a.b") from a.b`); got != "1000 0" {
			t.Errorf("staged: %s rows", got)
		}
	}
	if err := s.Stage(ctx, warehouse.Delta{Table: table, Drop: true}); err != nil {
		t.Fatal(err)
	}
	if got := run(`select count(*) from a.b`); got != "0" {
		t.Errorf("dropped: %s rows", got)
	}
}
