package profile_test

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

// crowd is the records of most tests: three inputs, nulls among the newest, equals in time.
var crowd = []record{
	{input: "crm", key: "1", customer: "c1", at: "2026-01-01", trust: 50, text: "Ann", number: "10", flag: "true"},
	{input: "crm", key: "2", customer: "c1", at: "2026-03-01", trust: 50, text: "Anna-Maria", number: "30", flag: "false"},
	{input: "shop", key: "3", customer: "c1", at: "2026-04-01", trust: 50, text: "Ann", number: "20", flag: "true"},
	{input: "news", key: "4", customer: "c1", at: "2026-05-01", trust: 50, text: "A.", number: "25", flag: ""},
	{input: "news", key: "5", customer: "c1", at: "2026-05-30", trust: 90, text: "", number: "", flag: ""},
	{input: "news", key: "6", customer: "c2", at: "", trust: 50, text: "", number: "", flag: ""},
}

func TestPicks(t *testing.T) {
	for _, c := range []struct {
		name string
		a    config.Attribute
		kind schema.Kind
		want string // golden value of c1
		from string // input and record its provenance names; empty: none
		pick string // what provenance says of it
	}{
		{name: "the default", want: "A.", from: "news 4", pick: "most_recent"},
		{name: "most_recent", a: config.Attribute{Pick: "most_recent"}, want: "A.", from: "news 4", pick: "most_recent"},
		{name: "most_recent of some inputs", a: config.Attribute{Prefer: []string{"shop", "crm"}}, want: "Ann", from: "shop 3", pick: "prefer"},
		{name: "prefer", a: config.Attribute{Pick: "prefer", Prefer: []string{"crm"}}, want: "Anna-Maria", from: "crm 2", pick: "prefer"},
		{name: "most_frequent", a: config.Attribute{Pick: "most_frequent"}, want: "Ann", from: "shop 3", pick: "most_frequent"},
		{name: "most_frequent of equals", a: config.Attribute{Pick: "most_frequent"}, kind: schema.Int64, want: "25", from: "news 4", pick: "most_frequent"},
		{name: "longest", a: config.Attribute{Pick: "longest"}, want: "Anna-Maria", from: "crm 2", pick: "longest"},
		{name: "min", a: config.Attribute{Pick: "min"}, kind: schema.Int64, want: "10", from: "crm 1", pick: "min"},
		{name: "max", a: config.Attribute{Pick: "max"}, kind: schema.Int64, want: "30", from: "crm 2", pick: "max"},
		{name: "most_restrictive", a: config.Attribute{Pick: "most_restrictive"}, kind: schema.Bool, want: "false", from: "crm 2", pick: "most_restrictive"},
		{name: "collect", a: config.Attribute{Pick: "collect"}, want: `["A.","Ann","Anna-Maria"]`},
		{name: "sql", a: config.Attribute{Pick: "sql", SQL: expr("string_agg(value, '|' order by trust, updated_at) filter (where input <> 'news')")}, want: "Ann|Anna-Maria|Ann"},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.a.Name = "x"
			p := newProject(t, &c.a).kept()
			p.types["x"], p.records = c.kind, crowd
			if c.kind == schema.Null {
				p.types["x"] = schema.String
			}
			want := [][]string{{"c1", c.want}, {"c2", "-"}}
			if diff := cmp.Diff(want, p.compute()); diff != "" {
				t.Error(diff)
			}
			origin := [][]string{}
			if c.from != "" {
				origin = [][]string{{"c1", "x", c.from, c.pick}}
			}
			if diff := cmp.Diff(origin, p.look(`select customer_id, attribute, "input" || ' ' || record_key, pick from wh.customer.provenance`)); diff != "" {
				t.Error("provenance: ", diff)
			}
		})
	}
}

// Records of one moment: trust decides, then the input declared first, then the smaller key, whatever the order they come in.
func TestTies(t *testing.T) {
	records := []record{
		{input: "shop", key: "b", customer: "c1", at: "2026-01-01", trust: 50, text: "shop b"},
		{input: "shop", key: "a", customer: "c1", at: "2026-01-01", trust: 50, text: "shop a"},
		{input: "crm", key: "z", customer: "c1", at: "2026-01-01", trust: 50, text: "crm z"},
		{input: "news", key: "1", customer: "c1", at: "2026-01-01", trust: 60, text: "news 1"},
	}
	for gone, want := range []string{"news 1", "crm z", "shop a", "shop b"} {
		left := []record{}
		for _, r := range records {
			if !strings.Contains([]string{"", "news 1", "news 1, crm z", "news 1, crm z, shop a"}[gone], r.text) {
				left = append(left, r)
			}
		}
		for range left { // every rotation of the rows
			left = append(left[1:], left[0])
			p := newProject(t, &config.Attribute{Name: "recent"}, &config.Attribute{Name: "frequent", Pick: "most_frequent"})
			p.records = left
			if diff := cmp.Diff([][]string{{"c1", want, want}}, p.compute()); diff != "" {
				t.Errorf("%d records: %s", len(left), diff)
			}
		}
	}
}

// The values of a group come from one record, also where that one has a null.
func TestGroup(t *testing.T) {
	p := newProject(t, &config.Attribute{Name: "street"}, &config.Attribute{Name: "zip"}, &config.Attribute{Name: "alone"}).kept()
	p.types["zip"] = schema.Int64
	p.id.Groups = []*config.AttributeGroup{{Name: "address", Attributes: []string{"street", "zip"}}}
	p.records = []record{
		{input: "crm", key: "1", customer: "c1", at: "2026-01-01", text: "Main St", number: "100"},
		{input: "crm", key: "2", customer: "c1", at: "2026-02-01", number: "200"},
		{input: "crm", key: "3", customer: "c1", at: "2026-03-01"},
	}
	if diff := cmp.Diff([][]string{{"c1", "-", "200", "Main St"}}, p.compute()); diff != "" {
		t.Error(diff)
	}
	p.id.Groups[0].Prefer = []string{"shop"}
	p.records = append(p.records, record{input: "shop", key: "9", customer: "c1", at: "2025-01-01", text: "Side St"})
	if diff := cmp.Diff([][]string{{"c1", "Side St", "-", "Main St"}}, p.compute()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"alone", "1", "most_recent"}, {"street", "9", "prefer"}}, p.look("select attribute, record_key, pick from wh.customer.provenance order by 1")); diff != "" {
		t.Error(diff)
	}
}

func TestRestrictiveNeedsBooleans(t *testing.T) {
	p := newProject(t, &config.Attribute{Name: "consent", Pick: "most_restrictive", Range: diag.Range{File: "main.cdp.hcl"}})
	_, ds := compile(t, p.source())
	if len(ds) != 1 || ds[0].Code != "profile.not_restrictive" || ds[0].Range.File != "main.cdp.hcl" {
		t.Errorf("%+v", ds)
	}
}

func TestSQLMistakeIsToldAtItsPlace(t *testing.T) {
	for text, code := range map[string]string{"max(valu)": "sql.unknown_column", "max(value": "sql.syntax"} {
		p := newProject(t, &config.Attribute{Name: "x", Pick: "sql", SQL: expr(text)})
		_, ds := compile(t, p.source())
		if len(ds) != 1 || ds[0].Code != code || ds[0].Address != "identity.customer" {
			t.Errorf("%s: %+v", text, ds)
		}
	}
}
