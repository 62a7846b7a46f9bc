package ingest_test

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/plugins/schema"
)

const everything = "select * exclude (_cdp_load, _cdp_loaded_at, _cdp_deleted_at) from raw_shop.orders"

func cursored(change func(*config.Stream)) *config.Stream {
	return stream(func(s *config.Stream) {
		s.Cursor = "u"
		if change != nil {
			change(s)
		}
		s.Definition = `{"changed":true}`
	})
}

// A pin that is added later casts the rows that are there; the source may long have forgotten them.
func TestPinKeepsRows(t *testing.T) {
	tests := map[string]struct {
		from, to string
		had      []any
		then     any
		rows     []string
		changes  []string
	}{
		"number as text":   {"bigint", "varchar", []any{7, nil}, "x", []string{"1|7", "2|∅", "3|x"}, []string{"n BIGINT → VARCHAR   cast in place, as pinned"}},
		"text as number":   {"varchar", "bigint", []any{"7", "-8"}, 9, []string{"1|7", "2|-8", "3|9"}, []string{"n VARCHAR → BIGINT   cast in place, as pinned"}},
		"text as decimal":  {"varchar", "decimal(18,2)", []any{"7", "1.5"}, "9.25", []string{"1|7.00", "2|1.50", "3|9.25"}, []string{"n VARCHAR → DECIMAL(18,2)   cast in place, as pinned"}},
		"text as instants": {"varchar", "timestamp", []any{"2026-01-01T10:00:00Z", "2026-01-01 10:00:00"}, "2026-01-02 00:00:00", []string{"1|2026-01-01T10:00:00Z", "2|2026-01-01T10:00:00Z", "3|2026-01-02T00:00:00Z"}, []string{"n VARCHAR → TIMESTAMP   cast in place, as pinned"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			had := cols("id", "bigint", "n", test.from, "u", "bigint")
			w.load(cursored(nil), table(had, []any{1, test.had[0], 1}, []any{2, test.had[1], 2})...).ok(t)
			pinned := cursored(func(s *config.Stream) { s.Columns = cols("n", test.to) })
			r := w.load(pinned, table(cols("id", "bigint", "n", test.to, "u", "bigint"), []any{3, test.then, 3})...).ok(t)
			want(t, "counts", r.Counts, ingest.Counts{Extracted: 1, Inserted: 1})
			want(t, "changes", changes(r), test.changes)
			want(t, "read from the start", w.conn.request.Cursor, "")
			want(t, "rows", w.sql("select id, n from raw_shop.orders"), test.rows)
		})
	}
}

func TestPinKeepsVersions(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "n", "bigint", "u", "bigint")
	history := func(pins []schema.Column) *config.Stream {
		return cursored(func(s *config.Stream) { s.Write, s.Columns = "scd2", pins })
	}
	w.load(history(nil), table(c, []any{1, 10, 1})...).ok(t)
	w.asOf = w.asOf.AddDate(0, 0, 1)
	w.load(history(nil), table(c, []any{1, 11, 2})...).ok(t)
	w.asOf = w.asOf.AddDate(0, 0, 1)
	texts := cols("id", "bigint", "n", "varchar", "u", "bigint")
	r := w.load(history(cols("n", "varchar")), table(texts, []any{1, "11", 2})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 1, Unchanged: 1})
	want(t, "versions", w.sql("select n, typeof(n), cast(_cdp_valid_to as date) from raw_shop.orders"), []string{"10|VARCHAR|2026-06-02T00:00:00Z", "11|VARCHAR|∅"})
}

// What does not cast exactly, or belongs to a table of another shape, goes only if the source gives it again, or the user
// says so.
func TestRowsThatCannotStayBlock(t *testing.T) {
	c := cols("id", "bigint", "n", "varchar", "u", "bigint")
	tests := map[string]struct {
		had, now *config.Stream
		columns  []schema.Column
		rows     [][]any
		counts   ingest.Counts
		says     []string
		blocks   bool
		after    []string // once let through
	}{
		"another way to write": {cursored(nil), cursored(func(s *config.Stream) { s.Write = "append" }), c, [][]any{{3, "7", 3}},
			ingest.Counts{Extracted: 1, Inserted: 1, Deleted: 2}, []string{"write is append, no longer upsert", "2 of 2", "--allow guard:source.shop.orders"}, true, []string{"3|7"}},
		"another key": {cursored(nil), cursored(func(s *config.Stream) { s.PrimaryKey = []string{"n"} }), c, [][]any{{2, "oops", 2}, {3, "7", 3}},
			ingest.Counts{Extracted: 2, Inserted: 2, Deleted: 2}, []string{"told apart by n, no longer by id", "1 of 2"}, true, []string{"2|oops", "3|7"}},
		"another key, and the source has all rows": {cursored(nil), cursored(func(s *config.Stream) { s.PrimaryKey = []string{"n"} }), c, [][]any{{1, "0043", 1}, {2, "oops", 2}},
			ingest.Counts{Extracted: 2, Inserted: 2, Deleted: 2}, nil, false, []string{"1|0043", "2|oops"}},
		"a pin that does not hold what is there": {cursored(nil), cursored(func(s *config.Stream) { s.Columns = cols("n", "bigint") }), cols("id", "bigint", "n", "bigint", "u", "bigint"), [][]any{{2, 8, 2}, {3, 7, 3}},
			ingest.Counts{Extracted: 2, Inserted: 2, Deleted: 2}, []string{"2 of 2 values of column n are VARCHAR and do not print back the same as BIGINT", "1 of 2 are not in"}, true, []string{"2|8", "3|7"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.load(test.had, table(c, []any{1, "0043", 1}, []any{2, "oops", 2})...).ok(t)
			r := w.load(test.now, table(test.columns, test.rows...)...)
			want(t, "blocked", r.Blocked(), test.blocks)
			want(t, "counts", r.Counts, test.counts)
			if test.blocks {
				want(t, "code", r.ds[0].Code, "guard.rebuild")
				for _, word := range test.says {
					if !strings.Contains(r.ds[0].Detail, word) {
						t.Errorf("%q does not say %q", r.ds[0].Detail, word)
					}
				}
				want(t, "noted in the plan", strings.Contains(strings.Join(changes(r), " "), "made anew"), true)
				want(t, "rows stay", w.sql("select id, n from raw_shop.orders"), []string{"1|0043", "2|oops"})
				w.allow = true
				r = w.load(test.now, table(test.columns, test.rows...)...).ok(t)
				want(t, "verdict", r.Verdicts[0].Status, guard.Allowed)
			}
			want(t, "rows", w.sql("select id, n from raw_shop.orders"), test.after)
		})
	}
}

// Versions that ended are nowhere but in the table, also where the source is read whole.
func TestHistoryIsNotDroppedWithItsShape(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar")
	w.load(stream(func(s *config.Stream) { s.Write = "scd2" }), table(c, []any{1, "a"})...).ok(t)
	w.asOf = w.asOf.AddDate(0, 0, 1)
	w.load(stream(func(s *config.Stream) { s.Write = "scd2" }), table(c, []any{1, "b"})...).ok(t)
	r := w.load(stream(nil), table(c, []any{1, "b"})...)
	want(t, "blocked", r.Blocked(), true)
	want(t, "verdict", r.Verdicts[0].Rows, int64(1))
	want(t, "versions", w.sql("select v from raw_shop.orders"), []string{"a", "b"})
	w.allow = true
	w.load(stream(nil), table(c, []any{1, "b"})...).ok(t)
	want(t, "rows", w.sql(everything), []string{"1|b"})
}
