package engine

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// TestParallelism: what the cdp block says holds for the warehouse, in commands and in queries; the flag wins over it.
func TestParallelism(t *testing.T) {
	const ask = "select cast(current_setting('threads') as bigint) as n"
	ctx, dir := context.Background(), t.TempDir()
	text := "cdp {\n  parallelism = 3\n  warehouse \"duckdb\" { path = \"w.duckdb\" }\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "main.cdp.hcl"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[int]int64{0: 3, 2: 2} {
		p, ds := Open(ctx, dir, Options{Parallelism: flag})
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		defer p.Close()
		s, err := p.session(ctx)
		if err != nil {
			t.Fatal(err)
		}
		got, err := warehouse.Value[int64](ctx, s.store, sqlgen.Statement{Name: "test", SQL: ask})
		if err != nil || got != want {
			t.Errorf("--parallelism %d: a command has %d threads (%v), want %d", flag, got, err, want)
		}
		if err = s.store.Promote(ctx); err == nil {
			err = s.store.Publish(ctx, warehouse.Publication{Deltas: s.state.RunStarted(state.Run{ID: state.NewID(), Command: "apply"})})
		}
		if s.close(); err != nil {
			t.Fatal(err)
		}
		rows, ds := p.Query(ctx, ask)
		if ds.HasErrors() {
			t.Fatal(ds)
		}
		_ = warehouse.EachRow(rows, func(r warehouse.Row) error {
			if got, _ := warehouse.Int(r[0]); got != want {
				t.Errorf("--parallelism %d: a query has %d threads, want %d", flag, got, want)
			}
			return nil
		})
		rows.Release()
	}
}
