package profile_test

import (
	"slices"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/google/go-cmp/cmp"
)

// moved is how many rows each delta writes and takes away, by table.
func (p *project) moved() map[string][2]int64 {
	out := map[string][2]int64{}
	for _, d := range p.last.Deltas {
		out[d.Table.Name] = [2]int64{d.Inserted, d.Deleted}
	}
	return out
}

// Only rows that differ are written, and a run on the same data writes none.
func TestDeltasAreMinimal(t *testing.T) {
	p := newProject(t, &config.Attribute{Name: "name"}, &config.Attribute{Name: "names", Pick: "collect"}).kept()
	p.records = crowd
	p.compute()
	if diff := cmp.Diff(map[string][2]int64{"profiles": {2, 0}, "provenance": {1, 0}}, p.moved()); diff != "" {
		t.Error("first run: ", diff)
	}
	p.compute()
	if diff := cmp.Diff(map[string][2]int64{"profiles": {0, 0}, "provenance": {0, 0}}, p.moved()); diff != "" || p.last.Changed != 0 {
		t.Error("same data: ", diff)
	}
	p.records = append(slices.Clone(crowd), record{input: "crm", key: "7", customer: "c2", at: "2026-01-01", text: "Bo"}, record{input: "crm", key: "8", customer: "c3", at: "2026-01-01"})
	p.compute()
	if diff := cmp.Diff(map[string][2]int64{"profiles": {2, 1}, "provenance": {1, 0}}, p.moved()); diff != "" || p.last.Changed != 2 || p.last.Rows != 3 {
		t.Error("one changed, one new: ", diff)
	}
	p.records = p.records[:6]
	p.compute()
	if diff := cmp.Diff(map[string][2]int64{"profiles": {1, 2}, "provenance": {0, 1}}, p.moved()); diff != "" {
		t.Error("back: ", diff)
	}
	if diff := cmp.Diff([][]string{{"c1", "A.", `["A.","Ann","Anna-Maria"]`}, {"c2", "-", "-"}}, p.look("from wh.customer.profiles order by 1")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"c1", "name", "4"}}, p.look("select customer_id, attribute, record_key from wh.customer.provenance")); diff != "" {
		t.Error(diff)
	}
}

// A table whose columns are others is written anew.
func TestRebuild(t *testing.T) {
	p := shop(t, over("orders", "count(*)", "")).kept()
	p.compute()
	p.traits = append(p.traits, defaulted(over("spent", "sum(total)", ""), "0"))
	p.id.Attributes[0].Pick = "collect"
	s := p.open()
	defer s.Close()
	got := p.finish(s, profile.Env{Store: s, AsOf: asOf, Touched: warehouse.Touched{All: true}, Rebuild: true})
	want := [][]string{{"c1", `["Nc1"]`, "6", "630.50"}, {"c2", `["Nc2"]`, "2", "5.00"}, {"c3", `["Nc3"]`, "-", "0.00"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	p.must(s.Close())
	if diff := cmp.Diff(want, p.look("select columns(*)::varchar from wh.customer.profiles order by 1")); diff != "" {
		t.Error("published: ", diff)
	}
	if diff := cmp.Diff([][]string{}, p.look("from wh.customer.provenance")); diff != "" {
		t.Error(diff)
	}
}

func TestNobody(t *testing.T) {
	p := every(t).kept()
	if got := p.compute(); len(got) != 0 || p.last.Rows != 0 {
		t.Errorf("%v", got)
	}
	p.records = crowd
	p.compute()
	p.records = nil
	if got := p.compute(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	if got := p.look("select customer_id from wh.customer.profiles union all select customer_id from wh.customer.provenance"); len(got) != 0 {
		t.Errorf("left behind: %v", got)
	}
}
