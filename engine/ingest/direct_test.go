package ingest_test

import (
	"context"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// direct loads as `run` does.
func (w *world) direct(s *config.Stream, messages func() []wire.Message) command {
	w.t.Helper()
	ctx := context.Background()
	store := w.open()
	defer store.Close()
	st, err := state.Load(ctx, store)
	if err != nil {
		w.t.Fatal(err)
	}
	an := analyzer(w.t)
	defer an.Close()
	spec, ds := ingest.Compile(ctx, ingest.Given{Stream: s, Columns: st.Cursors[s.Addr.String()].Columns}, an)
	if ds.HasErrors() {
		return command{ds: ds, state: st}
	}
	w.conn.messages = func(wire.ReadRequest) []wire.Message { return messages() }
	if err := store.Promote(ctx); err != nil {
		w.t.Fatal(err)
	}
	env := ingest.Env{Store: store, State: st, Connector: w.conn, AsOf: w.asOf, Allow: func(string, string) bool { return w.allow }}
	run := state.Run{ID: state.NewID(), Command: "run", AsOf: w.asOf, StartedAt: time.Now()}
	if _, loaded := st.Cursors[spec.Address]; ingest.Straight(st, spec) == loaded {
		w.t.Errorf("straight: %v, loaded before: %v", !loaded, loaded)
	}
	result, ds := ingest.Direct(ctx, env, run, spec)
	return command{result, ds, st}
}

func TestDirect(t *testing.T) {
	c := cols("id", "bigint", "v", "varchar", "at", "timestamp")
	s := stream(func(s *config.Stream) { s.Cursor = "at" })
	t.Run("into an empty table", func(t *testing.T) {
		w := newWorld(t)
		rows := func() []wire.Message {
			m := table(c, []any{1, "a", "2026-01-01 00:00:00"}, []any{2, nil, nil})
			return append([]wire.Message{m[0], m[1], &wire.Reject{Position: "f:4", Code: "type", Column: "id", Record: "x", Key: "x"}}, m[2:]...)
		}
		r := w.direct(s, rows).ok(t)
		want(t, "counts", r.Counts, ingest.Counts{Extracted: 3, Inserted: 2, Rejected: 1})
		want(t, "rows", w.sql(live), []string{"1|a", "2|∅"})
		want(t, "rejects", w.sql("select position, record from _cdp.rejects"), []string{"f:4|x"})
		want(t, "acknowledged", w.conn.committed, []int64{1})
		r = w.direct(s, func() []wire.Message { return table(c, []any{1, "b", "2026-01-02 00:00:00"}) }).ok(t)
		want(t, "since", w.conn.request.Cursor, "2026-01-01T00:00:00")
		want(t, "counts", r.Counts, ingest.Counts{Extracted: 1, Updated: 1})
		want(t, "rows", w.sql(live), []string{"1|b", "2|∅"})
		want(t, "balance", w.sql("select count(*) from _cdp.loads where extracted <> inserted + updated + unchanged + deduplicated + filtered + rejected"), []string{"0"})
	})
	t.Run("equal and null keys go through scratch", func(t *testing.T) {
		w := newWorld(t)
		r := w.direct(s, func() []wire.Message {
			return table(c, []any{1, "a", "2026-01-01 00:00:00"}, []any{1, "old", "2025-01-01 00:00:00"}, []any{nil, "x", nil})
		}).ok(t)
		want(t, "counts", r.Counts, ingest.Counts{Extracted: 3, Inserted: 1, Deduplicated: 1, Rejected: 1})
		want(t, "rows", w.sql(live), []string{"1|a"})
		want(t, "loads", w.sql("select count(*) from _cdp.loads"), []string{"1"})
	})
	t.Run("blocked by a guard", func(t *testing.T) {
		w := newWorld(t)
		r := w.direct(s, func() []wire.Message {
			m := table(c, []any{1, "a", nil})
			for range 11 {
				m = append(m, &wire.Reject{Code: "type", Column: "v"})
			}
			return m
		})
		want(t, "blocked", r.Blocked(), true)
		want(t, "told", []string{r.ds[0].Code, r.ds[0].Detail}, []string{"guard.max_reject_ratio", "11 of 12 records set aside: 11 values of column v are no VARCHAR (they would need VARCHAR). That is 91.7 % of the records, the guard max_reject_ratio allows 1 %. Nothing of the load was kept. Mend the source, or let it through once with --allow guard:source.shop.orders."})
		want(t, "tables", w.query(w.open(), "select count(*) from duckdb_tables() where database_name = 'wh'"), []string{"0"})
	})
	t.Run("a connector that fails half-way", func(t *testing.T) {
		w := newWorld(t)
		w.conn.fail = &wire.Failure{Kind: wire.FailureTransient, Message: "connection reset"}
		r := w.direct(s, func() []wire.Message { return table(c, []any{1, "a", nil}) })
		want(t, "told", r.ds, diag.Diagnostics{diag.NewError("source.transient", "Source cannot be reached", "connection reset.", &diag.Range{File: "main.cdp.hcl"}).About("source.shop.orders")})
		want(t, "tables", w.query(w.open(), "select count(*) from duckdb_tables() where database_name = 'wh'"), []string{"0"})
	})
}

func TestSQLKeepsTheRules(t *testing.T) {
	if err := ingest.CheckSQL(); err != nil {
		t.Error(err)
	}
}
