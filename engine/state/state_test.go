package state_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

func open(t *testing.T, dir string) warehouse.Store {
	t.Helper()
	store, err := duckdb.Open(context.Background(), duckdb.Options{Path: filepath.Join(dir, "w.duckdb"), Threads: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	return store
}

func load(t *testing.T, store warehouse.Store) *state.State {
	t.Helper()
	st, err := state.Load(context.Background(), store)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

func TestStateComesBack(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	store := open(t, dir)
	st := load(t, store)
	if st.Exists || st.UUID == "" {
		t.Fatalf("a new warehouse: %+v", st)
	}
	if err := store.Promote(ctx); err != nil {
		t.Fatal(err)
	}
	run := state.Run{ID: state.NewID(), Command: "apply", AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), StartedAt: time.Now(), PlanID: "p1", Allowed: []string{"guard:sync.x", "check:c"},
		Overridden: []string{"sync.x max_remove_ratio: a sale", "sync.y empty_result: over"}}
	publish := func(deltas ...warehouse.Delta) {
		t.Helper()
		if err := store.Publish(ctx, warehouse.Publication{Deltas: deltas}); err != nil {
			t.Fatal(err)
		}
	}
	publish(st.RunStarted(run)...)
	cursor := state.Cursor{Stream: "source.shop.orders", Value: "2026-01-01", State: json.RawMessage(`{"a": 1}`), Shape: "s", LoadID: "l",
		LoadedAt: time.Date(2026, 6, 2, 0, 0, 0, 5000, time.UTC), Columns: []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.Int64}},
			{Name: "none"}, {Name: "Ä \"x", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}}}}
	applied := state.Applied{Address: "segment.vip", Fingerprint: "f", Definition: "{}", Salt: "x", ConfigDigest: "c", AppliedRun: run.ID, AsOf: run.AsOf}
	deltas := append(st.Commit(run, cursor.Stream, "raw_shop.orders"), st.SetCursor(cursor)...)
	publish(append(deltas, st.SetApplied(applied, state.Applied{Address: "segment.gone", Fingerprint: "g", Definition: "{}"})...)...)
	publish(append(st.Commit(run, "segment.vip"), st.RemoveApplied("segment.gone")...)...)
	use := state.PlanUse{PlanID: "p1", Serial: 2, RunID: run.ID, BegunAt: run.AsOf, ApprovedBy: "ann", Drift: "sync.x add: approved 1, now 2"}
	publish(st.UsePlan(use)...)
	use.DoneAt = run.AsOf.Add(time.Minute)
	publish(append(st.UsePlan(use), st.RunEnded(run, "done", 0, time.Now())...)...)
	_ = store.Close()

	got := load(t, open(t, dir))
	if !got.Exists || got.UUID != st.UUID || got.Format != state.Format {
		t.Errorf("identity: %v %v %v, want %v", got.Exists, got.UUID, got.Format, st.UUID)
	}
	cursor.Types = map[string]string{"id": "BIGINT", "Ä \"x": "DECIMAL(18,2)"}
	for what, pair := range map[string][2]any{
		"cursors": {got.Cursors, map[string]state.Cursor{cursor.Stream: cursor}},
		"applied": {got.Applied, map[string]state.Applied{"segment.vip": applied}},
		"serial":  {got.Serial, int64(2)},
		"serials": {got.Serials["raw_shop.orders"], int64(1)},
		"plans":   {got.Plans, map[string]state.PlanUse{"p1": use}},
	} {
		if d := cmp.Diff(pair[1], pair[0]); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	if r := got.LastRun; r == nil || r.Allowed != "guard:sync.x, check:c" || r.Overridden != "sync.x max_remove_ratio: a sale\nsync.y empty_result: over" || r.ExitCode != 0 {
		t.Errorf("what the last run was let through: %+v", r)
	}
	if r := got.LastRun; r == nil || r.RunID != run.ID || r.Status != "done" || r.PlanID != "p1" || !r.AsOf.Equal(run.AsOf) || r.EndedAt.IsZero() {
		t.Errorf("last run: %+v", r)
	}
}

// How a block was defined that was let go is known until it is in force again, or gone for good.
func TestLetGoComesBack(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	again := func(change func(*state.State) []warehouse.Delta) (*state.State, map[string]string) {
		t.Helper()
		store := open(t, dir)
		defer store.Close()
		st := load(t, store)
		if err := store.Promote(ctx); err != nil {
			t.Fatal(err)
		}
		if err := store.Publish(ctx, warehouse.Publication{Deltas: append(st.Commit(state.Run{ID: "r"}, ""), change(st)...)}); err != nil {
			t.Fatal(err)
		}
		_ = store.Close()
		other := open(t, dir)
		defer other.Close()
		got := load(t, other)
		if d := cmp.Diff(st.LetGo, got.LetGo); d != "" {
			t.Errorf("what comes back differs (-was +is):\n%s", d)
		}
		return got, got.LetGo
	}
	again(func(st *state.State) []warehouse.Delta {
		return st.SetApplied(state.Applied{Address: "sync.a", Definition: "A"}, state.Applied{Address: "sync.b", Definition: "B"})
	})
	got, letGo := again(func(st *state.State) []warehouse.Delta {
		return st.Release(state.Run{ID: "r", StartedAt: time.Now()}, "sync.a", "sync.b")
	})
	if d := cmp.Diff(map[string]string{"sync.a": "A", "sync.b": "B"}, letGo); d != "" || len(got.Applied) > 0 {
		t.Errorf("still in force: %v; let go (-want +got):\n%s", got.Applied, d)
	}
	got, letGo = again(func(st *state.State) []warehouse.Delta {
		return append(st.SetApplied(state.Applied{Address: "sync.a", Definition: "A2"}), st.RemoveApplied("sync.b")...)
	})
	if len(letGo) > 0 || got.Applied["sync.a"].Definition != "A2" || len(got.Applied) != 1 {
		t.Errorf("in force: %v; let go: %v", got.Applied, letGo)
	}
}

func TestSQLKeepsTheRules(t *testing.T) {
	if err := state.CheckSQL(); err != nil {
		t.Error(err)
	}
}

// A catalogue's own number counts deleted rows that still take space.
func TestRowsAreExact(t *testing.T) {
	ctx, dir := context.Background(), t.TempDir()
	store := open(t, dir)
	st := load(t, store)
	if err := store.Promote(ctx); err != nil {
		t.Fatal(err)
	}
	table := warehouse.Table{Schema: "customer", Name: "profiles", Key: []string{"id"}, Columns: []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.Int64}}}}
	all, some := warehouse.Delta{Table: table}, warehouse.Delta{Table: table}
	for i := range int64(5000) {
		all.Rows = append(all.Rows, []any{i})
		if i < 1000 {
			some.Gone = append(some.Gone, []any{i})
		}
	}
	run := state.Run{ID: state.NewID(), Command: "apply", AsOf: time.Now(), StartedAt: time.Now()}
	for _, deltas := range [][]warehouse.Delta{append(st.RunStarted(run), all), {some}} {
		if err := store.Publish(ctx, warehouse.Publication{Deltas: deltas}); err != nil {
			t.Fatal(err)
		}
	}
	_ = store.Close()

	store = open(t, dir)
	for name, want := range map[string]int64{"customer.profiles": 4000, "customer.none": 0} {
		if got, err := load(t, store).Rows(ctx, store, name); err != nil || got != want {
			t.Errorf("%s: %d rows (%v), want %d", name, got, err, want)
		}
	}
}
