package segment_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

var shared = sync.OnceValues(func() (warehouse.Analyzer, error) { return duckdb.NewAnalyzer(context.Background()) })

var asOf = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

var profiles = warehouse.Table{Schema: "customer", Name: "profiles", Key: []string{"customer_id"}, Columns: []schema.Column{
	{Name: "customer_id", Type: schema.Type{Kind: schema.String}}, {Name: "ltv", Type: schema.Type{Kind: schema.Int64}}, {Name: "seen", Type: schema.Type{Kind: schema.Timestamp}},
}}

// project is a warehouse with profiles (customer → ltv, -1 for null) that a test fills.
type project struct {
	t        *testing.T
	ctx      context.Context
	path     string
	ltv      map[string]int
	segments []*config.Segment
	gone     []string
	runs     int
	last     []*segment.Result
}

func newProject(t *testing.T, ltv map[string]int, segments ...*config.Segment) *project {
	return &project{t: t, ctx: context.Background(), path: filepath.Join(t.TempDir(), "w.duckdb"), ltv: ltv, segments: segments}
}

func set(name, where string) *config.Segment {
	s := &config.Segment{Block: config.Block{Addr: addr.Address{Type: "segment", Name: name}}}
	if where != "" {
		s.Where = config.SQL{Parts: []config.Part{{Text: where, Exact: true}}}
	}
	return s
}

func refs(names ...string) []config.Ref {
	var out []config.Ref
	for _, n := range names {
		out = append(out, config.Ref{Addr: addr.Address{Type: "segment", Name: n}})
	}
	return out
}

var customer = &config.Identity{Block: config.Block{Addr: addr.Address{Type: "identity", Name: "customer"}}}

func (p *project) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func (p *project) specs() []*segment.Spec {
	p.t.Helper()
	an, err := shared()
	p.must(err)
	var out []*segment.Spec
	for _, s := range p.segments {
		spec, ds := segment.Compile(p.ctx, segment.Given{Segment: s, Identity: customer, Columns: profiles.Columns}, an)
		for _, d := range ds {
			p.t.Fatalf("%s: %s", d.Summary, d.Detail)
		}
		out = append(out, spec)
	}
	return out
}

// run computes for all customers or some, publishes, and returns who is in which segment: "vips a b*"; * is held out.
func (p *project) run(touched ...string) []string {
	p.t.Helper()
	p.runs++
	s, err := duckdb.Open(p.ctx, duckdb.Options{Path: p.path, Threads: 2, MemoryLimit: 1 << 30})
	p.must(err)
	defer s.Close()
	sql := func(text string) { _, err := s.Run(p.ctx, sqlgen.Statement{Name: "test", SQL: text}); p.must(err) }
	var rows []string
	for id, n := range p.ltv {
		value := fmt.Sprint(n)
		if n < 0 {
			value = "null"
		}
		rows = append(rows, fmt.Sprintf("('%s', %s)", id, value))
	}
	p.must(s.Declare(p.ctx, profiles))
	sql(fmt.Sprintf(`create table delta."p" as select id as customer_id, cast(ltv as bigint) as ltv, timestamp '2026-05-01' as seen from (values %s) v(id, ltv) where id is not null`,
		strings.Join(append(rows, "(null, null)"), ", ")))
	p.must(s.Stage(p.ctx, warehouse.Delta{Table: profiles, Replace: true, Insert: sqlgen.Relation{Schema: "delta", Name: "p"}}))
	env := segment.Env{Store: s, AsOf: asOf, Touched: warehouse.Touched{All: true}}
	if len(touched) > 0 {
		sql(`create table work.touched as select unnest(['` + strings.Join(touched, "', '") + `']) as customer_id`)
		env.Touched = warehouse.Touched{IDs: sqlgen.Relation{Schema: "work", Name: "touched"}}
	}
	p.last, _, err = segment.Compute(p.ctx, env, segment.Specs{Identity: customer, Segments: p.specs(), Gone: p.gone})
	p.must(err)
	const members = `select segment || ' ' || string_agg(customer_id || case when holdout then '*' else '' end, ' ' order by customer_id) from %s group by segment order by segment`
	staged := p.list(s, fmt.Sprintf(members, "customer.segments"))
	st, err := state.Load(p.ctx, s)
	p.must(err)
	p.must(s.Promote(p.ctx))
	for _, r := range p.last {
		p.must(segment.Publish(p.ctx, s, st, state.Run{ID: fmt.Sprint("run", p.runs), StartedAt: asOf.Add(time.Duration(p.runs) * time.Hour)}, r))
	}
	published := []string{}
	if len(p.list(s, "select 1 from duckdb_tables() where database_name = 'wh' and schema_name = 'customer' and table_name = 'segments'")) > 0 {
		published = p.list(s, fmt.Sprintf(members, "wh.customer.segments"))
	}
	if diff := cmp.Diff(staged, published); diff != "" {
		p.t.Errorf("staged is not what was published: %s", diff)
	}
	return published
}

func (p *project) list(s warehouse.Store, sql string) []string {
	p.t.Helper()
	rows, err := warehouse.Rows(p.ctx, s, sqlgen.Statement{Name: "test", SQL: sql})
	p.must(err)
	out := []string{}
	for _, r := range rows {
		out = append(out, warehouse.Text(r[0]))
	}
	return out
}

// look queries the published warehouse; one column.
func (p *project) look(sql string) []string {
	p.t.Helper()
	s, err := duckdb.Open(p.ctx, duckdb.Options{Path: p.path, Threads: 1, MemoryLimit: 1 << 28})
	p.must(err)
	defer s.Close()
	return p.list(s, sql)
}

// result of a segment in the last run: members before → now, +entered −left ~sides.
func (p *project) counts() []string {
	var out []string
	for _, r := range p.last {
		out = append(out, fmt.Sprintf("%d→%d +%d -%d ~%d", r.Before, r.Members, r.Entered, r.Left, r.Sides))
	}
	return out
}

func TestConditions(t *testing.T) {
	base := map[string]int{"a": 500, "b": 100, "c": 0, "d": -1}
	blocked := set("buyers", "ltv > 50")
	blocked.Exclude = refs("blocked")
	either := set("either", "ltv = 0")
	either.Include = refs("rich", "blocked")
	only := set("only", "")
	only.Include, only.Exclude = refs("either"), refs("rich")
	for _, c := range []struct {
		name     string
		segments []*config.Segment
		want     []string
	}{
		{"where; null is no", []*config.Segment{set("vips", "ltv >= 100")}, []string{"vips a b"}},
		{"not of null is no either", []*config.Segment{set("poor", "not ltv >= 100")}, []string{"poor c"}},
		{"as_of", []*config.Segment{set("old", "seen < as_of - interval 31 days"), set("new", "seen >= as_of - interval 31 days")}, []string{"new a b c d"}},
		{"everybody", []*config.Segment{set("all", "true")}, []string{"all a b c d"}},
		{"or stays inside", []*config.Segment{blocked, set("blocked", "ltv = 500 or false")}, []string{"blocked a", "buyers b"}},
		{"layers, in any order", []*config.Segment{only, either, set("rich", "ltv >= 500"), set("blocked", "ltv = 100")}, []string{"blocked b", "either a b c", "only b c", "rich a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, newProject(t, base, c.segments...).run()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestHistory(t *testing.T) {
	p := newProject(t, map[string]int{"a": 500, "b": 100, "c": 0}, set("vips", "ltv >= 100"))
	p.run()
	p.run()
	if p.last[0].Changed() || len(p.last[0].Deltas) > 0 {
		t.Errorf("the same data changes %v", p.last[0].Deltas)
	}
	p.ltv["b"], p.ltv["c"] = 1, 100
	if diff := cmp.Diff([]string{"vips a c"}, p.run()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2→2 +1 -1 ~0"}, p.counts()); diff != "" {
		t.Error(diff)
	}
	delete(p.ltv, "a")
	p.run()
	want := []string{"run1 entered a 1", "run1 entered b 1", "run3 entered c 3", "run3 left b 3", "run4 left a 4"}
	if diff := cmp.Diff(want, p.look(`select run_id || ' ' || event || ' ' || customer_id || ' ' || hour(happened_at) from wh.customer.segment_history order by 1`)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"c run3 3"}, p.look(`select customer_id || ' ' || entered_run || ' ' || hour(entered_at) from wh.customer.segments`)); diff != "" {
		t.Error(diff)
	}
}

// A segment that is no longer declared loses its members, and its history says so. The others stay.
func TestGone(t *testing.T) {
	p := newProject(t, map[string]int{"a": 500, "b": 100}, set("vips", "ltv >= 100"), set("rich", "ltv >= 500"))
	p.run()
	p.segments, p.gone = p.segments[1:], []string{"vips"}
	if diff := cmp.Diff([]string{"rich a"}, p.run()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"1→1 +0 -0 ~0", "2→0 +0 -2 ~0"}, p.counts()); diff != "" {
		t.Error(diff)
	}
	p.segments, p.gone = nil, []string{"rich"}
	if diff := cmp.Diff([]string{}, p.run()); diff != "" {
		t.Error("the last of all: ", diff)
	}
	if diff := cmp.Diff([]string{"run2 a vips", "run2 b vips", "run3 a rich"}, p.look(`select run_id || ' ' || customer_id || ' ' || segment from wh.customer.segment_history where event = 'left' order by 1`)); diff != "" {
		t.Error(diff)
	}
}

// A segment that is new, or comes back from being empty, is not compared; the others are, in the same run.
func TestAdded(t *testing.T) {
	p := newProject(t, many(40), set("vips", "ltv >= 30"))
	p.run()
	half := set("half", "ltv % 2 = 0")
	half.Holdout = 0.5
	p.segments = append(p.segments, half, set("nobody", "ltv < 0"))
	p.ltv["cus_0039"], p.ltv["cus_0001"] = 1, 100
	p.run()
	if diff := cmp.Diff([]string{"10→10 +1 -1 ~0", "0→21 +21 -0 ~0", "0→0 +0 -0 ~0"}, p.counts()); diff != "" {
		t.Error(diff)
	}
	sides := held(p.run()[0])
	if len(p.last[1].Deltas) > 0 || share(sides) == 0 || share(sides) == 1 {
		t.Errorf("the same again: %v, %v held out", p.last[1].Deltas, share(sides))
	}
	p.segments[0] = set("vips", "ltv > 1000")
	p.run()
	p.segments[0] = set("vips", "ltv >= 100")
	p.run()
	if diff := cmp.Diff([]string{"0→1 +1 -0 ~0", "21→21 +0 -0 ~0", "0→0 +0 -0 ~0"}, p.counts()); diff != "" {
		t.Error("back: ", diff)
	}
	want := []string{"run1 entered 10", "run2 entered 1", "run2 left 1", "run4 left 10", "run5 entered 1"}
	if diff := cmp.Diff(want, p.look(`select run_id || ' ' || event || ' ' || count(*) from wh.customer.segment_history where segment = 'vips' group by run_id, event order by 1`)); diff != "" {
		t.Error(diff)
	}
}

func many(n int) map[string]int {
	out := map[string]int{}
	for i := range n {
		out[fmt.Sprintf("cus_%04d", i)] = i
	}
	return out
}

func held(row string) map[string]bool {
	out := map[string]bool{}
	for _, m := range strings.Fields(row)[1:] {
		out[strings.TrimSuffix(m, "*")] = strings.HasSuffix(m, "*")
	}
	return out
}

func share(sides map[string]bool) float64 {
	n := 0
	for _, h := range sides {
		if h {
			n++
		}
	}
	return float64(n) / float64(len(sides))
}

// The side of a holdout is the customer's for ever: whoever else comes or goes, and whichever way it came.
func TestHoldout(t *testing.T) {
	vips := set("vips", "ltv >= 0")
	vips.Holdout = 0.1
	p := newProject(t, many(2000), vips)
	first := held(p.run()[0])
	if s := share(first); s < 0.08 || s > 0.12 {
		t.Errorf("%.3f of them are held out, not 0.1", s)
	}
	p.ltv = many(1000)
	p.run()
	p.ltv = many(2500)
	for id, side := range held(p.run()[0]) {
		if was, there := first[id]; there && was != side {
			t.Errorf("%s changed sides", id)
		}
	}
	vips.Holdout = 0.3
	wider := held(p.run()[0])
	if s := share(wider); s < 0.27 || s > 0.33 {
		t.Errorf("%.3f of them are held out, not 0.3", s)
	}
	for id, side := range first {
		if side && !wider[id] {
			t.Errorf("%s was held out and is not in a wider holdout", id)
		}
	}
	if r := p.last[0]; r.Sides == 0 || r.Entered+r.Left != 0 || !r.Changed() {
		t.Errorf("%+v", p.counts())
	}
	if got := p.look("select distinct event || ' ' || run_id from wh.customer.segment_history where run_id = 'run4'"); len(got) > 0 {
		t.Errorf("changing sides is entering or leaving: %v", got)
	}
	if got := p.look("select count(distinct entered_run) from wh.customer.segments"); got[0] != "2" {
		t.Errorf("who changed sides entered anew: %v", got)
	}
	for _, all := range []float64{0, 1} {
		vips.Holdout = all
		if s := share(held(p.run()[0])); s != all {
			t.Errorf("holdout %g holds out %g", all, s)
		}
	}
}

// Two segments hold out different people: each has a salt of its own.
func TestHoldoutsDiffer(t *testing.T) {
	a, b := set("a", "true"), set("b", "true")
	a.Holdout, b.Holdout = 0.5, 0.5
	rows := newProject(t, many(400), a, b).run()
	x, y, same := held(rows[0]), held(rows[1]), 0
	for id := range x {
		if x[id] == y[id] {
			same++
		}
	}
	if same < 140 || same > 260 {
		t.Errorf("%d of 400 are on the same side of two holdouts", same)
	}
}

func TestEmptyGuard(t *testing.T) {
	p := newProject(t, map[string]int{"a": 500}, set("vips", "ltv >= 100"), set("nobody", "false"))
	p.run()
	status := func() string {
		return string(p.last[0].Verdicts[0].Status) + " " + string(p.last[1].Verdicts[0].Status)
	}
	if got := status(); got != "ok ok" {
		t.Errorf("first run: %s", got)
	}
	p.ltv["a"] = 1
	p.run()
	if v := p.last[0].Verdicts[0]; v.Status != guard.Blocked || v.Name != "empty_result" || v.Address != "segment.vips" || v.Of != 1 {
		t.Errorf("%+v", v)
	}
	p.ltv["a"] = 500
	p.run()
	p.ltv["a"] = 1
	p.segments[0].Guards = []config.Guard{{Name: "empty_result", Limit: 0}}
	p.run()
	if got := status(); got != "ok ok" {
		t.Errorf("switched off: %s", got)
	}
}

// A run for some customers moves only those.
func TestTouched(t *testing.T) {
	p := newProject(t, map[string]int{"a": 500, "b": 100, "c": 0}, set("vips", "ltv >= 100"))
	p.run()
	p.ltv = map[string]int{"a": 0, "c": 100, "b": 0}
	if diff := cmp.Diff([]string{"vips b c"}, p.run("a", "c")); diff != "" {
		t.Error(diff)
	}
	delete(p.ltv, "b")
	if diff := cmp.Diff([]string{"vips c"}, p.run("b")); diff != "" {
		t.Error(diff)
	}
}

func TestMistakes(t *testing.T) {
	an, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	for text, code := range map[string]string{"ltvv > 1": "sql.unknown_column", "ltv": "sql.not_a_condition", "ltv >": "sql.syntax", "sum(ltv) > 1": "sql.aggregate"} {
		_, ds := segment.Compile(context.Background(), segment.Given{Segment: set("x", text), Identity: customer, Columns: profiles.Columns}, an)
		if len(ds) != 1 || ds[0].Code != code || ds[0].Address != "segment.x" {
			t.Errorf("%s: %+v", text, ds)
		}
	}
	if _, ds := segment.Compile(context.Background(), segment.Given{Segment: set("x", "whatever > 1"), Identity: customer}, an); len(ds) > 0 {
		t.Errorf("columns nobody knows yet: %+v", ds)
	}
}

func TestFingerprint(t *testing.T) {
	of := func(s *config.Segment) string { return newProject(t, nil, s).specs()[0].Fingerprint }
	changed := func(change func(*config.Segment)) *config.Segment { s := set("x", "ltv > 1"); change(s); return s }
	base := of(set("x", "ltv > 1"))
	if of(set("x", "ltv  >  1 -- more")) != base {
		t.Error("spaces and comments move the fingerprint")
	}
	for name, s := range map[string]*config.Segment{
		"where": set("x", "ltv > 2"), "include": changed(func(s *config.Segment) { s.Include = refs("y") }), "exclude": changed(func(s *config.Segment) { s.Exclude = refs("y") }),
		"holdout": changed(func(s *config.Segment) { s.Holdout = 0.5 }),
	} {
		if of(s) == base {
			t.Errorf("another %s leaves the fingerprint", name)
		}
	}
}
