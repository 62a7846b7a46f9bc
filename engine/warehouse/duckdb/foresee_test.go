package duckdb

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

// foreseeable are texts of all kinds: good ones, and each mistake that the parser or what reads its tree tells of.
func foreseeable() []warehouse.Query {
	columns := []schema.Column{{Name: "total", Type: schema.Type{Kind: schema.Double}}, {Name: "größe", Type: schema.Type{Kind: schema.String}}}
	var out []warehouse.Query
	for _, text := range []string{
		"total", "total > 1", "total > 1 -- more", "größe = 'ß' and totl > 2", "total >", "total) from x (", "1, 2", "sum(total)", "total > 1;", "(select 1)",
		"", "'open", "nothing(1)", "now()", "total + + +", "case when total then 1 end", "total in (select 1 where", "größe größe größe", strings.Repeat("(", 200),
		strings.Repeat("total + ", 300) + "1", "'" + strings.Repeat("long ", 10_000) + "' = größe",
	} {
		out = append(out, warehouse.Query{Text: diag.Text{Value: text}, Scope: []warehouse.Scope{{Columns: columns}}})
		out = append(out, warehouse.Query{Text: diag.Text{Value: text}, Scope: []warehouse.Scope{{Open: true}}, Want: &schema.Type{Kind: schema.Bool}})
	}
	for _, text := range []string{
		"select total from raw.orders", "select 1; select 2", "select", "drop table x", "insert into x select 1", "select * from raw.orders where", "select größe from nowhere", "pragma version", "",
	} {
		out = append(out, warehouse.Query{Text: diag.Text{Value: text}, Select: true, Relations: map[string][]schema.Column{"raw.orders": columns}})
	}
	for i := range 2000 {
		out = append(out, warehouse.Query{Text: diag.Text{Value: fmt.Sprintf("total > %d", i)}, Scope: []warehouse.Scope{{Columns: columns}}})
	}
	return out
}

type answered struct {
	Analysis warehouse.Analysis
	Problems []warehouse.Problem
}

func answers(t *testing.T, foresee bool) []answered {
	t.Helper()
	ctx := context.Background()
	an, err := NewAnalyzer(ctx)
	if err != nil {
		t.Fatal(err)
	}
	defer an.Close()
	queries := foreseeable()
	if foresee {
		an.(warehouse.Foresighted).Foresee(ctx, queries)
		for _, statement := range foreseen(queries) {
			if _, ok := an.(*analyzer).trees.get(statement); !ok {
				t.Errorf("not parsed beforehand: %.60s", statement)
			}
		}
	}
	var out []answered
	for _, q := range queries {
		analysis, problems := an.Analyze(ctx, q)
		out = append(out, answered{analysis, problems})
	}
	return out
}

// TestForeseen: an analyzer that was told what comes says the very same of it.
func TestForeseen(t *testing.T) {
	if diff := cmp.Diff(answers(t, false), answers(t, true)); diff != "" {
		t.Error(diff)
	}
}

// TestForesightMayFail: what could not be parsed beforehand is parsed when it is asked for.
func TestForesightMayFail(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	an, err := NewAnalyzer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer an.Close()
	queries := foreseeable()[:4]
	an.(warehouse.Foresighted).Foresee(ctx, queries)
	if n := len(an.(*analyzer).trees.of); n > 0 {
		t.Errorf("%d trees of an interrupted foresight", n)
	}
	if _, problems := an.Analyze(context.Background(), queries[2]); len(problems) > 0 {
		t.Errorf("problems: %v", problems)
	}
}

func TestPortions(t *testing.T) {
	long := strings.Repeat("x", portion)
	for _, c := range []struct {
		texts []string
		want  []int
	}{
		{nil, nil},
		{[]string{"a"}, []int{1}},
		{[]string{"a", "b"}, []int{2}},
		{[]string{long, "b"}, []int{1, 1}},
		{[]string{"a", long, "b", long}, []int{2, 2}},
	} {
		var got []int
		for _, p := range portions(c.texts) {
			got = append(got, len(p))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Error(diff)
		}
	}
}
