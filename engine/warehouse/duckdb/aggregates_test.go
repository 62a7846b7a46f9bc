package duckdb

import "testing"

func TestAggregateCalls(t *testing.T) {
	for text, want := range map[string][]string{
		"sum(total)":                         {"sum(total)"},
		"round(sum(a) / count(*), 2)":        {"sum(a)", "count(*)"},
		"max(x) filter (where y) - MIN (x)":  {"max(x)", "MIN (x)"},
		"count(distinct \"sum(x)\")":         {"count(distinct \"sum(x)\")"},
		"(select max(v) from t) + sum('a)')": {"sum('a)')"},
		"total":                              nil,
	} {
		var got []string
		for _, c := range aggregateCalls(text) {
			got = append(got, text[c.Start:c.End])
		}
		if len(got) != len(want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
			continue
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: got %q, want %q", text, got, want)
			}
		}
	}
	if calls := aggregateCalls("sum(x) filter (where y)"); !calls[0].Filtered {
		t.Error("a call with a filter of its own is not seen to have one")
	}
}
