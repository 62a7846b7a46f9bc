package ingest_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func want(t *testing.T, what string, got, want any) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", what, d)
	}
}

func (c command) ok(t *testing.T) command {
	t.Helper()
	for _, d := range c.ds {
		t.Errorf("%s: %s: %s", d.Code, d.Summary, d.Detail)
	}
	if c.Result == nil {
		t.FailNow()
	}
	return c
}

const live = "select id, v from raw_shop.orders where _cdp_deleted_at is null"

func TestUpsertFullRefresh(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar")
	s := stream(nil)
	r := w.load(s, table(c, []any{1, "a"}, []any{2, "b"}, []any{3, nil})...).ok(t)
	want(t, "first counts", r.Counts, ingest.Counts{Extracted: 3, Inserted: 3})
	want(t, "acknowledged", w.conn.committed, []int64{1})

	r = w.load(s, table(c, []any{1, "a"}, []any{2, "b2"}, []any{2, "b3"}, []any{4, "d"}, []any{nil, "x"})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 5, Inserted: 1, Updated: 1, Unchanged: 1, Deduplicated: 1, Rejected: 1})
	want(t, "rows: 3 stays, because a record without a key was there", w.sql(live), []string{"1|a", "2|b3", "3|∅", "4|d"})
	want(t, "rejects", w.sql("select position, \"column\", code, record from _cdp.rejects"), []string{`record 5|id|null_key|{"id":null,"v":"x"}`})

	r = w.load(s, table(c, []any{1, "a"}, []any{2, "b3"})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 2, Unchanged: 2, Deleted: 2})
	want(t, "rows", w.sql(live), []string{"1|a", "2|b3"})
	want(t, "deleted", w.sql("select id from raw_shop.orders where _cdp_deleted_at = timestamp '2026-06-01'"), []string{"3", "4"})

	r = w.load(s, table(c, []any{1, "a"}, []any{2, "b3"}, []any{3, nil})...).ok(t)
	want(t, "back again", r.Counts, ingest.Counts{Extracted: 3, Inserted: 1, Unchanged: 2})
	r = w.load(s, table(c, []any{1, "a"}, []any{2, "b3"}, []any{3, nil})...).ok(t)
	want(t, "changed", r.Changed, false)
	want(t, "loads", w.sql("select count(*) from _cdp.loads where extracted <> inserted + updated + unchanged + deduplicated + filtered + rejected"), []string{"0"})
	want(t, "loads", w.sql("select count(*) from _cdp.loads"), []string{"5"})
}

func TestRejectKeepsItsRow(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar")
	s := stream(nil)
	w.load(s, table(c, []any{1, "a"}, []any{2, "b"}, []any{3, "c"})...)
	messages := table(c, []any{1, "a"})
	messages = append(messages[:2], append([]wire.Message{&wire.Reject{Position: "f:3", Column: "v", Code: "type", Reason: "r", Record: "2,x", Key: "2"}}, messages[2:]...)...)
	r := w.load(s, messages...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 2, Unchanged: 1, Rejected: 1, Deleted: 1})
	want(t, "rows", w.sql(live), []string{"1|a", "2|b"})
}

func TestFilterAndCursor(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar", "at", "timestamp")
	s := stream(func(s *config.Stream) {
		s.Cursor = "at"
		s.Filter = config.SQL{Parts: []config.Part{{Text: "v <> 'no'", Exact: true}}}
	})
	r := w.load(s, table(c, []any{1, "a", "2026-01-01 00:00:01"}, []any{2, "no", "2026-01-02 00:00:00"}, []any{1, "old", "2025-01-01 00:00:00"})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 3, Inserted: 1, Deduplicated: 1, Filtered: 1})
	want(t, "rows", w.sql(live), []string{"1|a"})
	want(t, "cursor", r.Cursor.Value, "2026-01-02T00:00:00")
	r = w.load(s, table(c, []any{5, "late", "2025-01-01 00:00:01"})...).ok(t)
	want(t, "request", w.conn.request.Cursor, "2026-01-02T00:00:00")
	want(t, "cursor never goes back", r.Cursor.Value, "2026-01-02T00:00:00")
	want(t, "rows: nothing is deleted by absence", w.sql(live), []string{"1|a", "5|late"})
}

func TestFilterThatCannotBeComputed(t *testing.T) {
	w := newWorld(t)
	at := diag.Range{File: "main.cdp.hcl", Start: diag.Pos{Line: 9}}
	s := stream(func(s *config.Stream) {
		s.Filter = config.SQL{Parts: []config.Part{{Text: "n <> 'zz'", Exact: true}}}
		s.Ranges = map[string]diag.Range{"filter": at}
	})
	r := w.load(s, table(cols("id", "bigint", "n", "bigint"), []any{1, 5})...)
	if len(r.ds) != 1 || r.ds[0].Code != "stream.filter_failed" || r.ds[0].Range == nil || *r.ds[0].Range != at {
		t.Fatalf("diagnostics %+v", r.ds)
	}
	for _, word := range []string{"n <> 'zz'", "n is BIGINT"} {
		if !strings.Contains(r.ds[0].Detail, word) {
			t.Errorf("%q does not say %q", r.ds[0].Detail, word)
		}
	}
}

// What a filter leaves out may lack a key: it is not for the connector to set aside.
func TestConnectorsAreToldTheKeyUnlessRowsAreFiltered(t *testing.T) {
	c := cols("id", "bigint", "v", "varchar")
	told := func(change func(*config.Stream)) []string {
		w := newWorld(t)
		s := stream(func(s *config.Stream) {
			s.Source.Call.Streams = []wire.StreamRequest{{Name: "orders", PrimaryKey: []string{"id"}}}
			change(s)
		})
		r := w.load(s, table(c, []any{1, "a"}, []any{nil, "total"})...).ok(t)
		want(t, "rejected or filtered", r.Counts.Rejected+r.Counts.Filtered, int64(1))
		want(t, "the block's own call is as it was", s.Source.Call.Streams[0].PrimaryKey, []string{"id"})
		return w.conn.request.Call.Streams[0].PrimaryKey
	}
	want(t, "told", told(func(*config.Stream) {}), []string{"id"})
	want(t, "told with a filter", told(func(s *config.Stream) {
		s.Filter = config.SQL{Parts: []config.Part{{Text: "v <> 'total'", Exact: true}}}
	}), []string(nil))
}

func TestKeyless(t *testing.T) {
	w, c := newWorld(t), cols("v", "varchar")
	s := stream(func(s *config.Stream) { s.PrimaryKey = nil })
	send := func(one, two []any) []wire.Message {
		var m []wire.Message
		m = append(m, &wire.Schema{Columns: c})
		for _, v := range one {
			m = append(m, batch(c, "1.csv", []any{v}))
		}
		for _, v := range two {
			m = append(m, batch(c, "2.csv", []any{v}))
		}
		return append(m, &wire.Status{Complete: true})
	}
	q := "select v, _cdp_scope, count(*) from raw_shop.orders where _cdp_deleted_at is null group by all"
	r := w.load(s, send([]any{"a", "a", "b"}, []any{"a"})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 4, Inserted: 4})
	r = w.load(s, send([]any{"a", "b", "b"}, []any{"a", nil})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 5, Inserted: 2, Unchanged: 3, Deleted: 1})
	want(t, "rows", w.sql(q), []string{"a|1.csv|1", "a|2.csv|1", "b|1.csv|2", "∅|2.csv|1"})
	want(t, "rows deleted", w.sql("select v, _cdp_scope from raw_shop.orders where _cdp_deleted_at is not null"), []string{"a|1.csv"})
	r = w.load(s, send([]any{"a", "b", "b"}, []any{"a", nil})...).ok(t)
	want(t, "changed", r.Changed, false)
}

func TestHistory(t *testing.T) {
	w, c := newWorld(t), cols("id", "bigint", "v", "varchar")
	s := stream(func(s *config.Stream) { s.Write = "scd2" })
	q := "select id, v, cast(_cdp_valid_from as date), cast(_cdp_valid_to as date) from raw_shop.orders"
	w.load(s, table(c, []any{1, "a"}, []any{2, "b"})...)
	w.asOf = w.asOf.AddDate(0, 0, 1)
	r := w.load(s, table(c, []any{1, "a2"})...).ok(t)
	want(t, "counts", r.Counts, ingest.Counts{Extracted: 1, Updated: 1, Deleted: 1})
	want(t, "rows", w.sql(q), []string{"1|a2|2026-06-02T00:00:00Z|∅", "1|a|2026-06-01T00:00:00Z|2026-06-02T00:00:00Z", "2|b|2026-06-01T00:00:00Z|2026-06-02T00:00:00Z"})
	q = "select id, v, strftime(_cdp_valid_from, '%d %H:%M:%S.%f'), strftime(_cdp_valid_to, '%d %H:%M:%S.%f') from raw_shop.orders"
	r = w.load(s, table(c, []any{1, "a3"})...).ok(t)
	want(t, "counts at the same clock", r.Counts, ingest.Counts{Extracted: 1, Updated: 1})
	want(t, "rows: the version of the same clock stays", w.sql(q), []string{"1|a2|02 00:00:00.000000|02 00:00:00.000001", "1|a3|02 00:00:00.000001|∅", "1|a|01 00:00:00.000000|02 00:00:00.000000",
		"2|b|01 00:00:00.000000|02 00:00:00.000000"})
	w.asOf = w.asOf.AddDate(0, 0, -1)
	r = w.load(s, table(c, []any{1, "a4"}, []any{2, "b"})...).ok(t)
	want(t, "counts of one that is back, under a clock that went back", r.Counts, ingest.Counts{Extracted: 2, Inserted: 1, Updated: 1})
	want(t, "rows: no version overlaps another", w.sql(q), []string{"1|a2|02 00:00:00.000000|02 00:00:00.000001", "1|a3|02 00:00:00.000001|02 00:00:00.000002", "1|a4|02 00:00:00.000002|∅",
		"1|a|01 00:00:00.000000|02 00:00:00.000000", "2|b|01 00:00:00.000000|02 00:00:00.000000", "2|b|02 00:00:00.000000|∅"})
	w.load(s, table(c, []any{1, "a4"})...).ok(t)
	want(t, "rows: one that is gone ends after it began", w.sql(q+" where id = 2"), []string{"2|b|01 00:00:00.000000|02 00:00:00.000000", "2|b|02 00:00:00.000000|02 00:00:00.000001"})
}
