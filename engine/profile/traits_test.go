package profile_test

import (
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

func trait(name string) *config.Trait {
	return &config.Trait{Block: config.Block{Addr: addr.Address{Type: "trait", Name: name}, Range: diag.Range{File: name + ".hcl"}}}
}

// over is a trait over the orders.
func over(name, value, where string) *config.Trait {
	t := trait(name)
	t.Input, t.Value = "orders", expr(value)
	if where != "" {
		t.Where = expr(where)
	}
	return t
}

// derived is a trait over the profile.
func derived(name, sql string) *config.Trait {
	t := trait(name)
	t.SQL = expr(sql)
	return t
}

func windowed(t *config.Trait, w config.Window) *config.Trait {
	t.Window = w
	return t
}

func defaulted(t *config.Trait, text string) *config.Trait {
	t.Default = &text
	return t
}

const day = 24 * time.Hour

// bought is the orders of two customers; a third has none. as_of is 2026-06-01.
var bought = []order{
	{"c1", "1", "10.50", "paid", "2026-06-01 00:00:00"},         // as_of itself: inside every window
	{"c1", "2", "20", "paid", "2026-05-25 00:00:00"},            // exactly seven days: outside of seven
	{"c1", "3", "40", "refunded", "2026-05-25 00:00:00.000001"}, // just inside
	{"c1", "4", "80", "paid", "2026-06-01 00:00:00.000001"},     // after as_of: never inside
	{"c1", "5", "160", "paid", "2026-05-01 00:00:00"},           // exactly one month
	{"c1", "6", "320", "paid", "2026-05-01 00:00:01"},
	{"c2", "7", "5", "refunded", "2026-05-31 00:00:00"},
	{"c2", "8", "", "paid", ""},
}

func shop(t *testing.T, traits ...*config.Trait) *project {
	p := newProject(t, &config.Attribute{Name: "name"})
	p.traits, p.orders = traits, bought
	for _, c := range []string{"c1", "c2", "c3"} {
		p.records = append(p.records, record{input: "crm", key: c, customer: c, at: "2026-01-01", text: "N" + c})
	}
	return p
}

func TestTraits(t *testing.T) {
	week := config.Window{Duration: 7 * day}
	for _, c := range []struct {
		name  string
		trait *config.Trait
		want  []string // of c1, c2, c3
	}{
		{"plain", over("x", "count(*)", ""), []string{"6", "2", "-"}},
		{"where", over("x", "sum(total)", "status = 'paid'"), []string{"590.50", "-", "-"}},
		{"where and default", defaulted(over("x", "sum(total)", "status = 'paid'"), "0"), []string{"590.50", "0.00", "0.00"}},
		{"a filter of its own", over("x", "count(*) filter (where total > 15)", "status = 'paid'"), []string{"4", "0", "-"}},
		{"own filter and window", windowed(over("x", "sum(total) filter (where status = 'refunded')", ""), week), []string{"40.00", "5.00", "-"}},
		{"two aggregates", over("x", "sum(total) / count(*)", "status = 'refunded'"), []string{"40.0", "5.0", "-"}},
		{"distinct", over("x", "count(distinct status)", ""), []string{"2", "2", "-"}},
		{"distinct with where", over("x", "count(distinct status)", "total > 5"), []string{"2", "0", "-"}},
		{"where with or", over("x", "count(*)", "status = 'paid' or true"), []string{"6", "2", "-"}},
		{"where with or, in a window", windowed(over("x", "count(*)", "status = 'paid' or true"), week), []string{"2", "1", "-"}},
		{"days", windowed(over("x", "count(*)", ""), week), []string{"2", "1", "-"}},
		{"a month", windowed(over("x", "sum(total)", ""), config.Window{Months: 1}), []string{"390.50", "5.00", "-"}},
		{"the clock", over("x", "max(date_diff('day', \"at\", as_of))", ""), []string{"31", "1", "-"}},
		{"over the profile", derived("x", "upper(name) || '!'"), []string{"NC1!", "NC2!", "NC3!"}},
		{"default over the profile", defaulted(derived("x", "nullif(name, 'Nc2')"), "'nobody'"), []string{"Nc1", "nobody", "Nc3"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, row := range shop(t, c.trait).compute() {
				got = append(got, row[2])
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Traits of one input share one scan; those with filters of their own get a scan each.
func TestScansAreShared(t *testing.T) {
	p := shop(t, over("a", "count(*)", "status = 'paid'"), over("b", "sum(total)", ""), over("c", "count(*) filter (where total > 1)", ""), windowed(over("d", "max(total)", ""), config.Window{Months: 2}))
	spec := p.compile()
	if len(spec.Scans) != 2 || len(spec.Scans[0].Traits) != 3 {
		t.Errorf("%+v", spec.Scans)
	}
	if diff := cmp.Diff([][]string{{"c1", "Nc1", "5", "630.50", "6", "320.00"}, {"c2", "Nc2", "1", "5.00", "1", "5.00"}, {"c3", "Nc3", "-", "-", "-", "-"}}, p.compute()); diff != "" {
		t.Error(diff)
	}
}

func TestLayers(t *testing.T) {
	// Declared before what they use.
	p := shop(t, derived("top", "upper(tier)"), derived("tier", "case when ltv * 2 > 100 then 'gold' else 'tin' end"), defaulted(over("ltv", "sum(total)", "status = 'paid'"), "0"), derived("other", "length(name)"))
	spec := p.compile()
	if len(spec.Layers) != 2 || len(spec.Layers[0]) != 2 {
		t.Errorf("layers %+v", spec.Layers)
	}
	if diff := cmp.Diff([][]string{{"c1", "Nc1", "GOLD", "gold", "590.50", "3"}, {"c2", "Nc2", "TIN", "tin", "0.00", "3"}, {"c3", "Nc3", "TIN", "tin", "0.00", "3"}}, p.compute()); diff != "" {
		t.Error(diff)
	}
}

func TestTraitMistakes(t *testing.T) {
	for _, c := range []struct {
		name   string
		traits []*config.Trait
		blind  bool     // the input has no occurred_at
		want   []string // code and address
	}{
		{name: "a circle", traits: []*config.Trait{derived("a", "b + 1"), derived("b", "c"), derived("c", "a"), derived("d", "1")},
			want: []string{"trait.cycle trait.a", "trait.cycle trait.b", "trait.cycle trait.c"}},
		{name: "itself", traits: []*config.Trait{derived("a", "a + 1")}, want: []string{"sql.unknown_column trait.a"}},
		{name: "no aggregate", traits: []*config.Trait{over("a", "total", "")}, want: []string{"trait.not_aggregate trait.a"}},
		{name: "no event time", traits: []*config.Trait{windowed(over("a", "count(*)", ""), config.Window{Months: 1})}, blind: true, want: []string{"trait.no_event_time trait.a"}},
		{name: "no condition", traits: []*config.Trait{over("a", "count(*)", "at")}, want: []string{"sql.not_a_condition trait.a"}},
		{name: "several at once", traits: []*config.Trait{over("a", "sum(totl)", "stat = 1"), derived("b", "nam")},
			want: []string{"sql.unknown_column trait.a", "sql.unknown_column trait.a", "sql.unknown_column trait.b"}},
		{name: "only the first of a chain", traits: []*config.Trait{derived("b", "a + 1"), derived("a", "nam")}, want: []string{"sql.unknown_column trait.a"}},
		{name: "only the aggregate", traits: []*config.Trait{derived("b", "a + 1"), over("a", "sum(nam)", "")}, want: []string{"sql.unknown_column trait.a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := shop(t, c.traits...)
			if c.blind {
				p.id.Inputs[len(p.id.Inputs)-1].OccurredAt = config.SQL{}
			}
			_, ds := compile(t, p.source())
			var got []string
			for _, d := range ds {
				got = append(got, d.Code+" "+d.Address)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Where columns are not known yet, nothing is refused for it, and nothing is promised.
func TestUnknownColumns(t *testing.T) {
	p := shop(t, over("a", "sum(whatever)", "who = 1"), derived("b", "something + 1"))
	src := p.source()
	src.Streams, src.Records = nil, nil
	spec, ds := compile(t, src)
	if len(ds) > 0 || spec.Complete {
		t.Errorf("%v %+v", spec.Complete, ds)
	}
	src.Streams, src.Records = schema.Catalog{}, p.source().Records
	if spec, ds := compile(t, src); len(ds) > 0 || spec.Complete {
		t.Errorf("%v %+v", spec.Complete, ds)
	}
}

// The fingerprint is of the meaning: spaces and comments leave it alone, what counts moves it.
func TestFingerprint(t *testing.T) {
	of := func(traits ...*config.Trait) string { return shop(t, traits...).compile().Fingerprint }
	base := of(over("a", "sum(total)", "status = 'paid'"))
	for name, same := range map[string]*config.Trait{"spaces": over("a", "SUM( total )", "status   = 'paid'"), "a comment": over("a", "sum(total) -- all", "status = 'paid'")} {
		if of(same) != base {
			t.Errorf("%s move the fingerprint", name)
		}
	}
	for name, other := range map[string]*config.Trait{"value": over("a", "max(total)", "status = 'paid'"), "where": over("a", "sum(total)", "status = 'PAID'"), "name": over("b", "sum(total)", "status = 'paid'")} {
		if of(other) == base {
			t.Errorf("another %s leaves the fingerprint", name)
		}
	}
	if p := shop(t, windowed(over("a", "count(*)", ""), config.Window{Months: 1})).compile(); !p.Clock {
		t.Error("a window does not depend on the clock")
	}
}
