package duckdb

import (
	"context"
	"testing"

	"github.com/cdp-engine/cdp/engine/sqlgen"
)

// A step that makes a table tells how many rows it made: counts of a plan rest on it.
func TestRunCountsRowsOfNewTables(t *testing.T) {
	ctx := context.Background()
	s, err := Open(ctx, Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, step := range []struct {
		sql  string
		want int64
	}{
		{"create or replace table work.t as select 1 as a union all select 2", 2},
		{"create or replace table work.t as select * from work.t where a = ?", 1},
		{"insert into work.t select 7 union all select 8", 2},
		{"delete from work.t where a > 1", 2},
	} {
		st := sqlgen.Statement{Name: "t", SQL: step.sql}
		if step.want == 1 {
			st.Args = []any{int64(1)}
		}
		got, err := s.Run(ctx, st)
		if err != nil {
			t.Fatal(err)
		}
		if got != step.want {
			t.Errorf("%s: %d rows, want %d", step.sql, got, step.want)
		}
	}
}
