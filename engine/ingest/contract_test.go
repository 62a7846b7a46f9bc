package ingest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func contract(columns, types string) *config.Stream {
	return stream(func(s *config.Stream) { s.Contract = config.Contract{Columns: columns, Types: types} })
}

func changes(r command) []string {
	out := []string{}
	for _, c := range r.SchemaChanges {
		out = append(out, c.String())
	}
	return out
}

const all = "select * exclude (_cdp_load, _cdp_loaded_at, _cdp_deleted_at) from raw_shop.orders where _cdp_deleted_at is null"

func TestContract(t *testing.T) {
	ints := cols("id", "bigint", "n", "bigint")
	texts := cols("id", "bigint", "n", "varchar")
	more := cols("id", "bigint", "n", "bigint", "note", "varchar")
	first := func(w *world) {
		w.load(contract("", ""), table(ints, []any{1, 10}, []any{2, 20})...).ok(w.t.(*testing.T))
	}
	tests := map[string]struct {
		stream   *config.Stream
		messages []wire.Message
		counts   ingest.Counts
		changes  []string
		rows     []string
		code     string // of the error
		says     []string
	}{
		"a new column": {contract("", ""), table(more, []any{1, 10, "hello"}, []any{2, 20, nil}), ingest.Counts{Extracted: 2, Updated: 1, Unchanged: 1},
			[]string{"note VARCHAR added"}, []string{"1|10|hello", "2|20|∅"}, "", nil},
		"a new column, frozen": {contract("freeze", ""), table(more, []any{1, 10, "hello"}), ingest.Counts{}, []string{"note VARCHAR is new, contract freeze"},
			[]string{"1|10", "2|20"}, "contract.broken", []string{"note", "VARCHAR", "raw_shop.orders"}},
		"a new column, its values left out": {contract("discard_value", ""), table(more, []any{1, 11, "hello"}, []any{2, 20, nil}),
			ingest.Counts{Extracted: 2, Updated: 1, Unchanged: 1}, []string{"note VARCHAR is new and left out by contract"}, []string{"1|11", "2|20"}, "", nil},
		"a new column, its rows left out": {contract("discard_row", ""), table(more, []any{1, 11, "hello"}, []any{2, 21, nil}),
			ingest.Counts{Extracted: 2, Updated: 1, Rejected: 1}, []string{"note VARCHAR is new and left out by contract"}, []string{"1|10", "2|21"}, "", nil},
		"another type, frozen": {contract("", ""), table(texts, []any{1, "x"}), ingest.Counts{}, []string{"n BIGINT → VARCHAR, contract freeze"},
			[]string{"1|10", "2|20"}, "contract.broken", []string{"BIGINT", "VARCHAR", "raw_shop.orders"}},
		"a wider type": {contract("", "evolve"), table(cols("id", "bigint", "n", "decimal(18,2)"), []any{1, "10.00"}, []any{2, "20.50"}),
			ingest.Counts{Extracted: 2, Updated: 1, Unchanged: 1}, []string{"n BIGINT → DECIMAL(21,2)   widened, contract evolve"}, []string{"1|10.00", "2|20.50"}, "", nil},
		"text for numbers": {contract("", "evolve"), table(texts, []any{1, "10"}, []any{2, "twenty"}),
			ingest.Counts{Extracted: 2, Updated: 1, Unchanged: 1}, []string{"n BIGINT → VARCHAR   widened, contract evolve"}, []string{"1|10", "2|twenty"}, "", nil},
		"another type, values left out": {contract("", "discard_value"), table(texts, []any{1, "11"}, []any{2, "x"}),
			ingest.Counts{Extracted: 2, Updated: 2}, []string{"n stays BIGINT by contract; the source gives VARCHAR"}, []string{"1|11", "2|∅"}, "", nil},
		"another type, rows left out": {contract("", "discard_row"), table(texts, []any{1, "11"}, []any{2, "x"}),
			ingest.Counts{Extracted: 2, Updated: 1, Rejected: 1}, []string{"n stays BIGINT by contract; the source gives VARCHAR"}, []string{"1|11", "2|20"}, "", nil},
		"a column that is gone keeps what it had": {contract("", ""), table(cols("id", "bigint"), []any{1}, []any{3}), ingest.Counts{Extracted: 2, Inserted: 1, Unchanged: 1, Deleted: 1},
			[]string{"n BIGINT is no longer in the source; what the table has stays"}, []string{"1|10", "3|∅"}, "", nil},
		"a column that is gone, frozen": {contract("freeze", ""), table(cols("id", "bigint"), []any{1}), ingest.Counts{}, []string{"n BIGINT is gone, contract freeze"},
			[]string{"1|10", "2|20"}, "contract.broken", []string{"n (BIGINT)"}},
		"a column that has only nulls now": {contract("freeze", ""), table(cols("id", "bigint", "n", "null"), []any{1, nil}, []any{2, nil}), ingest.Counts{Extracted: 2, Updated: 2},
			[]string{}, []string{"1|∅", "2|∅"}, "", nil},
		"names that differ by case": {contract("", ""), table(cols("id", "bigint", "N", "bigint"), []any{1, 1}), ingest.Counts{}, nil, []string{"1|10", "2|20"},
			"stream.case_collision", []string{`"n"`, `"N"`}},
		"a name of the engine's": {contract("", ""), table(cols("id", "bigint", "_cdp_load", "bigint"), []any{1, 1}), ingest.Counts{}, nil, []string{"1|10", "2|20"},
			"stream.reserved_column", []string{"_cdp_load"}},
		"a key that is gone": {contract("", ""), table(cols("ids", "bigint"), []any{1}), ingest.Counts{}, nil, []string{"1|10", "2|20"},
			"stream.unknown_column", []string{`"id"`, `Did you mean "ids"?`}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			first(w)
			r := w.load(test.stream, test.messages...)
			if test.code == "" {
				r.ok(t)
			} else {
				if len(r.ds) == 0 || r.ds[0].Code != test.code {
					t.Fatalf("diagnostics %+v, want %s", r.ds, test.code)
				}
				for _, word := range test.says {
					if !strings.Contains(r.ds[0].Detail, word) {
						t.Errorf("%q does not name %s", r.ds[0].Detail, word)
					}
				}
			}
			if r.Result != nil {
				want(t, "counts", r.Counts, test.counts)
				want(t, "changes", changes(r), test.changes)
				want(t, "blocked", r.Blocked(), test.code != "")
			}
			want(t, "rows", w.sql(all), test.rows)
		})
	}
}

func TestColumnWithoutType(t *testing.T) {
	w := newWorld(t)
	s := stream(nil)
	w.load(s, table(cols("id", "bigint", "n", "null"), []any{1, nil})...).ok(t)
	want(t, "rows", w.sql(all), []string{"1|∅"})
	r := w.load(s, table(cols("id", "bigint", "n", "bigint"), []any{1, 5}, []any{2, nil})...).ok(t)
	want(t, "changes", changes(r), []string{"n is BIGINT, by its first values"})
	want(t, "rows", w.sql(all), []string{"1|5", "2|∅"})
	want(t, "type", w.sql("select typeof(n) from raw_shop.orders limit 1"), []string{"BIGINT"})
}

func TestHeaderOnly(t *testing.T) {
	w := newWorld(t)
	s := stream(nil)
	r := w.load(s, table(cols("id", "null", "v", "null"))...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{})
	want(t, "rows", w.sql("select count(*) from raw_shop.orders"), []string{"0"})
	w.load(s, table(cols("id", "bigint", "v", "null"), []any{1, nil})...).ok(t)
	want(t, "rows", w.sql(all), []string{"1|∅"})
	r = w.load(s, table(cols("id", "null", "v", "null"))...)
	want(t, "blocked", r.Verdicts, []guard.Verdict{{Name: "empty_result", Address: "source.shop.orders", Status: guard.Blocked, Of: 1, Detail: "source.shop.orders had 1 rows, now none"}})
	want(t, "rows", w.sql(all), []string{"1|∅"})
	w.allow = true
	r = w.load(s, table(cols("id", "null", "v", "null"))...).ok(t)
	want(t, "let through", r.Counts, ingest.Counts{Deleted: 1})
}

func TestAnotherKeyIsAnotherTable(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar")
	w.load(stream(nil), table(c, []any{1, "a"}, []any{2, "b"})...).ok(t)
	byV := stream(func(s *config.Stream) { s.PrimaryKey = []string{"v"}; s.Definition = `{"other":1}` })
	r := w.load(byV, table(c, []any{1, "a"}, []any{2, "a"})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 2, Inserted: 1, Deduplicated: 1, Deleted: 2})
	want(t, "read from the start", w.conn.request.State == nil, true)
	want(t, "rows", w.sql("select id, v from raw_shop.orders"), []string{"2|a"})
	pinned := stream(func(s *config.Stream) { s.PrimaryKey, s.Columns = []string{"v"}, cols("id", "varchar") })
	w.load(pinned, table(cols("id", "varchar", "v", "varchar"), []any{"007", "a"})...).ok(t)
	want(t, "rows of a pinned type", w.sql("select id, v from raw_shop.orders"), []string{"007|a"})
}

func TestReplaceLeavesNothing(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar")
	for _, key := range [][]string{{"id"}, nil} {
		s := stream(func(s *config.Stream) { s.Write, s.PrimaryKey = "replace", key })
		w.load(s, table(c, []any{1, "a"}, []any{2, "b"})...).ok(t)
		r := w.load(s, table(c, []any{1, "a"})...).ok(t)
		want(t, "counts", r.Counts, ingest.Counts{Extracted: 1, Unchanged: 1, Deleted: 1})
		want(t, "rows", w.sql("select id, v from raw_shop.orders"), []string{"1|a"})
		w = newWorld(t)
	}
}

func TestUnchanged(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar")
	w.load(stream(nil), table(c, []any{1, "a"})...).ok(t)
	r := w.load(stream(nil), &wire.Status{Complete: true, Unchanged: true}).ok(t)
	want(t, "state", string(w.conn.request.State), `{"n":1}`)
	want(t, "unchanged", []bool{r.Unchanged, r.Changed, r.Empty()}, []bool{true, false, true})
	want(t, "rows", w.sql(all), []string{"1|a"})
	want(t, "loads", w.sql("select count(*) from _cdp.loads"), []string{"1"})
}

func TestMaxAge(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "at", "timestamp")
	s := stream(func(s *config.Stream) {
		s.Cursor = "at"
		s.Guards = []config.Guard{{Name: "max_age", Limit: (24 * time.Hour).Seconds(), Floor: -1}}
	})
	r := w.load(s, table(c, []any{1, "2026-05-30 00:00:00"})...)
	want(t, "blocked", r.Blocked(), true)
	want(t, "code", r.ds[0].Code, "guard.max_age")
	w.load(s, table(c, []any{1, "2026-05-31 12:00:00"})...).ok(t)
}

func TestConnectorFailures(t *testing.T) {
	c := cols("id", "bigint", "v", "varchar")
	for name, test := range map[string]struct {
		messages []wire.Message
		code     string
	}{
		"rows first":       {[]wire.Message{batch(c, "", []any{1, "a"})}, "source.protocol"},
		"two schemas":      {[]wire.Message{&wire.Schema{Columns: c}, &wire.Schema{Columns: c}}, "source.protocol"},
		"other columns":    {[]wire.Message{&wire.Schema{Columns: c}, batch(c[:1], "", []any{1})}, "source.protocol"},
		"another type":     {[]wire.Message{&wire.Schema{Columns: c}, batch(cols("id", "varchar", "v", "varchar"), "", []any{"1", "a"})}, "source.protocol"},
		"rows, then equal": {[]wire.Message{&wire.Status{Unchanged: true}, batch(c, "", []any{1, "a"})}, "source.protocol"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			r := w.load(stream(nil), test.messages...)
			if len(r.ds) != 1 || r.ds[0].Code != test.code {
				t.Errorf("diagnostics %+v", r.ds)
			}
			want(t, "closed", w.conn.closed, true)
		})
	}
}
