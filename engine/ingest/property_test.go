package ingest_test

import (
	"context"
	"flag"
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func TestMain(m *testing.M) {
	_ = flag.Set("rapid.checks", "8") // each check is a warehouse on disk; the flag on the command line wins
	flag.Parse()
	os.Exit(m.Run())
}

// session is one open warehouse over several loads.
type session struct {
	t     *rapid.T
	w     *world
	store warehouse.Store
	st    *state.State
	an    warehouse.Analyzer
}

func begin(t *rapid.T, tb *testing.T, an warehouse.Analyzer) *session {
	w := newWorld(tb)
	s := &session{t: t, w: w, store: w.open(), an: an}
	var err error
	if s.st, err = state.Load(context.Background(), s.store); err != nil {
		t.Fatal(err)
	}
	if err = s.store.Promote(context.Background()); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *session) load(stream *config.Stream, direct bool, messages func() []wire.Message) *ingest.Result {
	ctx := context.Background()
	spec, ds := ingest.Compile(ctx, ingest.Given{Stream: stream, Columns: s.st.Cursors[stream.Addr.String()].Columns}, s.an)
	if ds.HasErrors() {
		s.t.Fatal(ds)
	}
	s.w.conn.messages = func(wire.ReadRequest) []wire.Message { return messages() }
	env := ingest.Env{Store: s.store, State: s.st, Connector: s.w.conn, AsOf: s.w.asOf, Allow: func(string, string) bool { return true }}
	run := state.Run{ID: state.NewID(), Command: "run", AsOf: s.w.asOf, StartedAt: time.Now()}
	var r *ingest.Result
	if direct {
		r, ds = ingest.Direct(ctx, env, run, spec)
	} else if r, ds = ingest.Compute(ctx, env, spec); r != nil {
		if err := ingest.Publish(ctx, s.store, s.st, run, r); err != nil {
			s.t.Fatal(err)
		}
	}
	if ds.HasErrors() {
		s.t.Fatal(ds)
	}
	return r
}

func (s *session) rows(sql string) []string { return s.w.query(s.store, sql) }

type record struct {
	id any
	v  any
	at int
}

var someRecords = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record {
	r := record{id: rapid.IntRange(1, 6).Draw(t, "id"), v: any(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "v")), at: rapid.IntRange(0, 3).Draw(t, "at")}
	if rapid.IntRange(0, 9).Draw(t, "null") == 0 {
		r.v = nil
	}
	return r
}), 0, 12)

// split sends records in batches of any size.
func split(t *rapid.T, columns []schema.Column, records []record, scope func(record) string, row func(record) []any) func() []wire.Message {
	cuts := make([]int, len(records))
	for i := range cuts {
		cuts[i] = rapid.IntRange(0, 2).Draw(t, "cut")
	}
	return func() []wire.Message {
		m := []wire.Message{&wire.Schema{Columns: columns}}
		var pending [][]any
		last := ""
		flush := func() {
			if len(pending) > 0 {
				m = append(m, batch(columns, last, pending...))
				pending = nil
			}
		}
		for i, r := range records {
			if cuts[i] == 0 || scope(r) != last {
				flush()
			}
			last = scope(r)
			pending = append(pending, row(r))
		}
		flush()
		return append(m, &wire.Status{Complete: true})
	}
}

func noScope(record) string { return "" }

// Full refresh: whatever was loaded before, and however rows are ordered and cut into batches, the table is what the
// source has now: of equal keys the newest by cursor, else the last.
func TestFullRefreshIsTheSource(t *testing.T) {
	an := analyzer(t)
	defer an.Close()
	columns := cols("id", "bigint", "v", "varchar", "at", "bigint")
	st := stream(func(s *config.Stream) { s.Mode, s.Cursor = "full_refresh", "at" })
	rapid.Check(t, func(rt *rapid.T) {
		s := begin(rt, t, an)
		defer s.store.Close()
		for range rapid.IntRange(1, 3).Draw(rt, "loads") {
			records := someRecords.Draw(rt, "records")
			r := s.load(st, rapid.Bool().Draw(rt, "direct"), split(rt, columns, records, noScope, func(r record) []any { return []any{r.id, r.v, r.at} }))
			newest := map[any]record{}
			for _, r := range records {
				if old, ok := newest[r.id]; !ok || r.at >= old.at {
					newest[r.id] = r
				}
			}
			expected := []string{}
			for _, r := range newest {
				expected = append(expected, fmt.Sprintf("%v|%s|%d", r.id, text(r.v), r.at))
			}
			slices.Sort(expected)
			if d := cmp.Diff(expected, s.rows("select id, v, \"at\" from wh.raw_shop.orders where _cdp_deleted_at is null")); d != "" {
				rt.Fatalf("after %v (-want +got):\n%s", r.Counts, d)
			}
			s.balanced(rt, r, len(records))
		}
	})
}

func (s *session) balanced(t *rapid.T, r *ingest.Result, records int) {
	n := r.Counts
	if !n.Balanced() || n.Extracted != int64(records) {
		t.Fatalf("%d records came: %+v", records, n)
	}
	if got := s.rows("select count(*) from wh.raw_shop.orders where id in (select id from wh.raw_shop.orders where _cdp_deleted_at is null group by id having count(*) > 1)"); got[0] != "0" {
		t.Fatalf("keys that are there twice: %s", got[0])
	}
}

// Without a key every record counts: the live rows are the records of the last full reading, copies and all.
func TestKeylessIsTheSource(t *testing.T) {
	an := analyzer(t)
	defer an.Close()
	columns := cols("id", "bigint", "v", "varchar")
	st := stream(func(s *config.Stream) { s.PrimaryKey = nil })
	rapid.Check(t, func(rt *rapid.T) {
		s := begin(rt, t, an)
		defer s.store.Close()
		for range rapid.IntRange(1, 3).Draw(rt, "loads") {
			records := someRecords.Draw(rt, "records")
			scope := func(r record) string { return fmt.Sprintf("%d.csv", r.at) }
			r := s.load(st, rapid.Bool().Draw(rt, "direct"), split(rt, columns, records, scope, func(r record) []any { return []any{r.id, r.v} }))
			expected := []string{}
			for _, r := range records {
				expected = append(expected, fmt.Sprintf("%v|%s|%d.csv", r.id, text(r.v), r.at))
			}
			slices.Sort(expected)
			if d := cmp.Diff(expected, s.rows("select id, v, _cdp_scope from wh.raw_shop.orders where _cdp_deleted_at is null")); d != "" {
				rt.Fatalf("after %v (-want +got):\n%s", r.Counts, d)
			}
			if n := r.Counts; !n.Balanced() || n.Extracted != int64(len(records)) {
				rt.Fatalf("%d records came: %+v", len(records), n)
			}
		}
	})
}

// Incremental: reading the same records again, in any order and cut in any way, changes nothing.
func TestReadingAgainChangesNothing(t *testing.T) {
	an := analyzer(t)
	defer an.Close()
	columns := cols("id", "bigint", "v", "varchar", "at", "bigint")
	for name, st := range map[string]*config.Stream{
		"upsert": stream(func(s *config.Stream) { s.Cursor = "at" }),
		"append": stream(func(s *config.Stream) { s.Cursor, s.PrimaryKey = "at", nil }),
		"scd2":   stream(func(s *config.Stream) { s.Cursor, s.Write = "at", "scd2" }),
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(rt *rapid.T) {
				s := begin(rt, t, an)
				defer s.store.Close()
				records := someRecords.Draw(rt, "records")
				for i := range records { // no ties: which of two equal ones is last would depend on the order
					records[i].at = i
				}
				row := func(r record) []any { return []any{r.id, r.v, r.at} }
				s.load(st, rapid.Bool().Draw(rt, "direct"), split(rt, columns, records, noScope, row))
				before := s.rows("select * exclude (_cdp_load, _cdp_loaded_at) from wh.raw_shop.orders")
				again := rapid.Permutation(records).Draw(rt, "again")
				r := s.load(st, rapid.Bool().Draw(rt, "direct"), split(rt, columns, again, noScope, row))
				if d := cmp.Diff(before, s.rows("select * exclude (_cdp_load, _cdp_loaded_at) from wh.raw_shop.orders")); d != "" || r.Changed && len(records) > 0 {
					rt.Fatalf("changed %v, %+v (-before +after):\n%s", r.Changed, r.Counts, d)
				}
			})
		})
	}
}

func text(v any) string {
	if v == nil {
		return "∅"
	}
	return fmt.Sprint(v)
}
