package duckdb

import (
	"context"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/google/go-cmp/cmp"
)

// outline writes a condition as and(a, or(b, c)).
func outline(c warehouse.Condition) string {
	if c.Op == "" {
		return c.Text
	}
	var parts []string
	for _, p := range c.Parts {
		parts = append(parts, outline(p))
	}
	return c.Op + "(" + strings.Join(parts, "; ") + ")"
}

func TestSplit(t *testing.T) {
	an, err := NewAnalyzer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer an.Close()
	for text, want := range map[string]string{
		"a > 1":                                  "a > 1",
		"a > 1 and b":                            "and(a > 1; b)",
		" (a > 1 AND b = 'x and y') ":            "and(a > 1; b = 'x and y')",
		"a and b or c and d":                     "or(and(a; b); and(c; d))",
		"a and (b or c) and d":                   "and(a; or(b; c); d)",
		"a and (b and c)":                        "and(a; b; c)",
		"x between 1 and 2 and y":                "and(x between 1 and 2; y)",
		"not (a or b) and c":                     "and(not (a or b); c)",
		"case when a and b then c else d end":    "case when a and b then c else d end",
		"case when a or b then c end or d":       "or(case when a or b then c end; d)",
		"(a) or (b)":                             "or(a; b)",
		"f(a and b) and \"and\" = 1":             "and(f(a and b); \"and\" = 1)",
		"list_filter(l, x -> x > 1 and y) = [1]": "list_filter(l, x -> x > 1 and y) = [1]",
		"a and b -- or c":                        "and(a; b -- or c)",
		"a and":                                  "a and",
	} {
		got := an.(warehouse.Splitter).Split(context.Background(), text)
		if diff := cmp.Diff(want, outline(got)); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", text, diff)
		}
		for _, p := range got.Parts {
			if text[p.Offset:p.Offset+len(p.Text)] != p.Text {
				t.Errorf("%s: %q is not at %d", text, p.Text, p.Offset)
			}
		}
	}
}
