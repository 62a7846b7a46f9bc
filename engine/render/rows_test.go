package render

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
)

const kinds = `select * from (values
	(1, 'a "b", c', 12345678901234567890123456.789012::decimal(38,6), -0.05::decimal(4,2), 0.1::float, 'NaN'::double, timestamp '2026-06-01 10:00:00.5', date '2026-06-01', true, [1, null], {'x': 'é<', 'y': null}, map {'k': 2}),
	(null, e'two\nlines', null, null, null, null, null, null, null, null, null, null)
) t(i, s, big, small, f, d, "at", day, ok, list, struct, map)`

func TestRows(t *testing.T) {
	ctx := context.Background()
	s, err := duckdb.Open(ctx, duckdb.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for format, want := range map[string]string{
		"csv": `i,s,big,small,f,d,at,day,ok,list,struct,map
1,"a ""b"", c",12345678901234567890123456.789012,-0.05,0.1,NaN,2026-06-01 10:00:00.5,2026-06-01,true,"[1, null]","{""x"": ""é<"", ""y"": null}","{""k"": 2}"
,"two
lines",,,,,,,,,,
`,
		"jsonl": `{"i": 1, "s": "a \"b\", c", "big": 12345678901234567890123456.789012, "small": -0.05, "f": 0.1, "d": "NaN", "at": "2026-06-01 10:00:00.5", "day": "2026-06-01", "ok": true, "list": [1, null], "struct": {"x": "é<", "y": null}, "map": {"k": 2}}
{"i": null, "s": "two\nlines", "big": null, "small": null, "f": null, "d": null, "at": null, "day": null, "ok": null, "list": null, "struct": null, "map": null}
`,
	} {
		if got := printed(t, s, kinds, format); got != want {
			t.Errorf("%s: got\n%swant\n%s", format, got, want)
		}
	}
	if got := printed(t, s, "select 1 as a union all select 2 order by 1", "json"); got != "[{\"a\": 1},\n {\"a\": 2}]\n" {
		t.Errorf("json: %s", got)
	}
	for format, want := range map[string]string{"json": "[]\n", "jsonl": "", "csv": "a\n"} {
		if got := printed(t, s, "select 1 as a where false", format); got != want {
			t.Errorf("%s of nothing: %q", format, got)
		}
	}
	want := `┌──────┬───────────┐
│ n    │ s         │
├──────┼───────────┤
│ 1    │ 東京      │
│ NULL │ two⏎lines │
└──────┴───────────┘
2 rows
`
	if got := printed(t, s, `select * from (values (1, '東京'), (null, e'two\nlines')) t(n, s)`, "table"); got != want {
		t.Errorf("table: got\n%swant\n%s", got, want)
	}
	wide := "select repeat('東', 100) as s"
	if got := printed(t, s, wide, "table"); !strings.Contains(got, strings.Repeat("東", 100)) {
		t.Errorf("a pipe does not get everything: %s", got)
	}
	narrow(t, printedFor(t, s, wide, "table", Style{Width: 64, Terminal: true}), 64)
	if got := printed(t, s, "select range as n from range(1234)", "table"); !strings.HasSuffix(got, "1,000 of 1,234 rows; --format csv, json or jsonl give all.\n") {
		t.Error(got[len(got)-100:])
	}
}

func printed(t *testing.T, s warehouse.Store, sql, format string) string {
	t.Helper()
	return printedFor(t, s, sql, format, Style{Width: 80})
}

func printedFor(t *testing.T, s warehouse.Store, sql, format string, style Style) string {
	t.Helper()
	rows, err := s.Read(context.Background(), sqlgen.Statement{Name: "test", SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Release()
	var out bytes.Buffer
	if err := Rows(&out, style, rows, format); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestPlanText(t *testing.T) {
	p := &plan.Plan{ConfigDigest: "0123456789abcdef", AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), Pins: plan.Pins{Serial: 7}, Steps: []plan.Step{
		&plan.StreamStep{Head: plan.Head{Address: "source.shop.orders", Action: plan.Load, Reason: plan.ByData, Counts: plan.Of("extracted", int64(1234567), "inserted", int64(1), "updated", int64(0))}},
		&plan.StreamStep{Head: plan.Head{Address: "source.shop.people", Action: plan.Move, Detail: "was source.old.people", Counts: plan.Of("unchanged", int64(8))}},
		&plan.IdentityStep{Head: plan.Head{Address: "identity.customer", Action: plan.Create, Counts: plan.Unknown("profiles", "created")}},
		&plan.SegmentStep{Head: plan.Head{Address: "segment.vips", Action: plan.Change, Detail: "where changed", Counts: plan.Of("members", int64(5), "entered", int64(3), "left", int64(1))}},
		&plan.DestinationStep{Head: plan.Head{Address: "destination.crm", Action: plan.None}},
		&plan.SyncStep{Head: plan.Head{Address: "sync.vips_crm", Action: plan.Sync, Reason: plan.ByUpstream, CausedBy: []string{"segment.vips"},
			Counts: plan.Of("add", int64(3), "update", int64(0), "remove", int64(20)), Notes: []string{"1 invalid: the key is empty"},
			Guards: []guard.Verdict{{Name: "max_remove_ratio", Address: "sync.vips_crm", Status: guard.Blocked, Value: 0.5, Limit: 0.2, Rows: 20, Of: 40}}},
			Destination: "destination.crm", Object: "contacts", Operations: 23, Requests: 1},
		&plan.RemovalStep{Head: plan.Head{Address: "sync.old", Action: plan.Remove, Notes: []string{"no longer managed: 2 records stay in the tool"}}},
	}}
	want := `cdp plan   config 01234567…   data as of commit 7   as_of 2026-06-01T00:00:00Z

  ↓ source.shop.orders        new data
      1,234,567 rows read   +1 new
  → source.shop.people        was source.old.people
      8 rows unchanged
  + identity.customer         new
      customers not known yet
  ~ segment.vips              where changed
      members 3 → 5   +3 enter   −1 leave
  ↑ sync.vips_crm             follows segment.vips
      crm contacts   +3 add   −20 remove   ≈ 1 request
      1 invalid: the key is empty
  − sync.old                  no longer in the code
      no longer managed: 2 records stay in the tool

  guard  max_remove_ratio  sync.vips_crm  20 of 40 (50 %) > 20 %  blocked
         let it through once with --allow guard:sync.vips_crm

Plan: 1 to create, 2 to change, 1 to remove. 23 operations would leave this
machine.
Blocked by 1 guard: apply would do nothing.
`
	var out bytes.Buffer
	Plan(&out, Style{Width: 80}, p)
	got := trailing(out.String())
	if got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	narrow(t, out.String(), 80)
}

func trailing(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	return strings.Join(lines, "\n")
}

func TestReport(t *testing.T) {
	r := &apply.Report{Command: "run", Seconds: 65, Results: []apply.Result{
		{Address: "source.shop.orders", Status: apply.Done, Counts: plan.Of("inserted", int64(1200), "updated", int64(0)), Seconds: 0.42},
		{Address: "destination.crm", Status: apply.Done},
		{Address: "sync.a", Status: apply.Partial, Counts: plan.Of("delivered", int64(3), "rejected", int64(1)), Seconds: 12, Notes: []string{"refused (upsert 422): bad address"}},
		{Address: "sync.b", Status: apply.Skipped, Detail: "segment.vips was not carried out"},
	}}
	want := `
  ✓ source.shop.orders         1,200 inserted  0.4 s
  ! sync.a                     3 delivered, 1 rejected  12 s
      refused (upsert 422): bad address
  ! sync.b                     skipped: segment.vips was not carried out
  ✓ 1 more block without rows of its own
Run: 2 done, 1 partial, 1 skipped in 1 m 05 s.
`
	var out bytes.Buffer
	if Report(&out, Style{Width: 80}, r); out.String() != want {
		t.Errorf("got\n%swant\n%s", out.String(), want)
	}
}

// Nothing is drawn where nobody looks, and not a word is said of what is quick.
func TestProgressElsewhere(t *testing.T) {
	var out bytes.Buffer
	p := NewProgress(&out, false, nil)
	p.Phase("Loading")
	p.Progress("source.a.b", 10, 100, "rows")
	if out.Len() > 0 {
		t.Errorf("at once: %q", out.String())
	}
	p.began = p.began.Add(-time.Minute)
	p.tasks["source.a.b"].began, p.tasks["source.a.b"].said = p.began, p.began
	p.Phase("Loading")
	p.Phase("Loading")
	p.Progress("source.a.b", 3000, 6000, "rows")
	p.Stop()
	p.Progress("source.a.b", 6000, 6000, "rows")
	lines := strings.Split(out.String(), "\n")
	if len(lines) != 3 || lines[0] != "Loading…" || !strings.HasPrefix(lines[1], "  source.a.b 3,000 rows  ") || !strings.HasSuffix(lines[1], "of 6,000 rows") || strings.ContainsAny(out.String(), "\x1b\r") {
		t.Errorf("%q", out.String())
	}
}
