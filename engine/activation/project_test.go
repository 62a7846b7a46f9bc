package activation

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// project is a warehouse with a segment of people and one sync of it.
type project struct {
	testing.TB
	dir       string
	tool      *twin
	sync      *config.Sync
	people    []person
	redirects map[string]string // of merged customers
	clock     Clock
	resend    map[string]bool
	runs      int
	heldOutOf map[string][]string // customers by segment

	declared []warehouse.Table // besides profiles and segments
	settings string            // of the destination, as JSON
	scratch  string            // file of the scratch database; empty: memory
}

type person struct {
	id, email, name string
	ltv             float64
	holdout         bool
}

var (
	text         = schema.Type{Kind: schema.String}
	profileTable = warehouse.Table{Schema: "customer", Name: "profiles", Key: []string{"customer_id"}, Columns: []schema.Column{
		{Name: "customer_id", Type: text}, {Name: "email", Type: text}, {Name: "first_name", Type: text},
		{Name: "ltv", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}},
	}}
	redirectTable = warehouse.Table{Schema: "customer", Name: "redirects", Key: []string{"from_id"}, Columns: []schema.Column{
		{Name: "from_id", Type: text}, {Name: "to_id", Type: text},
	}}
	segmentTable = warehouse.Table{Schema: "customer", Name: "segments", Key: []string{"segment", "customer_id"}, Columns: []schema.Column{
		{Name: "segment", Type: text}, {Name: "customer_id", Type: text}, {Name: "holdout", Type: schema.Type{Kind: schema.Bool}},
	}}
)

// quick is a clock that never waits, and remembers how long it would have.
type quick struct {
	mu     sync.Mutex
	at     time.Time
	waited time.Duration
}

func (c *quick) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *quick) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at, c.waited = c.at.Add(d), c.waited+d
	return ctx.Err()
}

func newQuick() *quick { return &quick{at: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)} }

func newProject(t testing.TB) *project {
	p := &project{TB: t, dir: t.TempDir(), tool: newTwin(), clock: newQuick(), resend: map[string]bool{}}
	p.sync = &config.Sync{
		Block:    config.Block{Addr: addr.Address{Type: "sync", Name: "vips"}, Range: diag.Range{File: "main.cdp.hcl"}},
		From:     config.Ref{Addr: addr.Address{Type: "segment", Name: "vips"}},
		Identity: addr.Address{Type: "identity", Name: "customer"}, Destination: config.Ref{Addr: addr.Address{Type: "destination", Name: "crm"}},
		Object: "contacts", Mode: "mirror", OnLeave: config.Leave{Rule: "remove"},
		Key:    []config.Mapping{mapping("email", "email")},
		Fields: []config.Mapping{mapping("first_name", "first_name"), mapping("ltv", "ltv")},
	}
	return p
}

func mapping(name, sql string) config.Mapping { return config.Mapping{Name: name, Expr: sqlOf(sql)} }

func sqlOf(sql string) config.SQL {
	return config.SQL{Parts: []config.Part{{Text: sql, Exact: true}}}
}

func people(n int) []person {
	out := make([]person, n)
	for i := range out {
		out[i] = person{id: fmt.Sprintf("cus_%05d", i), email: fmt.Sprintf("u%05d@x.example", i), name: fmt.Sprintf("N%d", i), ltv: 150}
	}
	return out
}

func (p *project) path() string { return filepath.Join(p.dir, "w.duckdb") }

func (p *project) open() warehouse.Store {
	p.Helper()
	s, err := duckdb.Open(context.Background(), duckdb.Options{Path: p.path(), Scratch: p.scratch, Threads: 2, MemoryLimit: 2 << 30})
	p.must(err)
	return s
}

func (p *project) must(err error) {
	p.Helper()
	if err != nil {
		p.Fatal(err)
	}
}

// cycle is one run as a command makes it.
type cycle struct {
	*project
	ctx     context.Context
	store   warehouse.Store
	state   *state.State
	run     state.Run
	spec    *Spec
	result  *Result
	journal *Journal
	env     *DeliverEnv
	report  *Report
}

// begin stages the people and computes the sync.
func (p *project) begin(ctx context.Context) *cycle {
	p.Helper()
	c := &cycle{project: p, ctx: ctx, store: p.open()}
	var err error
	c.state, err = state.Load(ctx, c.store)
	p.must(err)
	p.runs++
	c.run = state.Run{ID: fmt.Sprintf("run%04d", p.runs), AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), StartedAt: time.Now()}
	p.must(c.store.Declare(ctx, append([]warehouse.Table{profileTable, segmentTable, redirectTable}, p.declared...)...))
	var profiles, members [][]any
	for _, x := range p.people {
		profiles = append(profiles, []any{x.id, null(x.email), null(x.name), fmt.Sprintf("%.2f", x.ltv)})
		members = append(members, []any{"vips", x.id, x.holdout})
	}
	for segment, ids := range p.heldOutOf {
		for _, id := range ids {
			members = append(members, []any{segment, id, true})
		}
	}
	var redirects [][]any
	for from, to := range p.redirects {
		redirects = append(redirects, []any{from, to})
	}
	p.must(c.store.Stage(ctx, warehouse.Delta{Table: redirectTable, Rows: redirects}))
	p.must(c.store.Stage(ctx, warehouse.Delta{Table: profileTable, Rows: profiles}, warehouse.Delta{Table: segmentTable, Rows: members}))
	c.compile()
	result, diags, err := Compute(ctx, Env{Store: c.store, AsOf: c.run.AsOf, Touched: warehouse.Touched{All: true}, Readback: func(ctx context.Context, req wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error {
		return c.tool.Readback(ctx, req, yield)
	}}, c.spec)
	p.must(err)
	if len(diags) > 0 {
		p.Fatal(diags)
	}
	c.result = result
	return c
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (c *cycle) compile() {
	c.Helper()
	an, err := analyzer()
	c.must(err)
	spec, diags := Compile(c.ctx, Given{Sync: c.sync, Object: &c.tool.object, Columns: c.columns()}, an)
	if len(diags) > 0 {
		c.Fatal(diags)
	}
	c.spec = spec
}

// columns are what the sync reads.
func (p *project) columns() []schema.Column {
	if p.sync.From.Addr.Type == "model" {
		return p.declared[0].Columns
	}
	return profileTable.Columns
}

// analyzer is one for all tests: making one takes longer than a run.
var analyzer = sync.OnceValues(func() (warehouse.Analyzer, error) { return duckdb.NewAnalyzer(context.Background()) })

// publish promotes the store and publishes the operations.
func (c *cycle) publish() *cycle {
	c.Helper()
	c.must(c.store.Promote(c.ctx))
	journal, err := OpenJournal(PlaceOf(c.path(), c.state.UUID), c.run.ID)
	c.must(err)
	c.journal = journal
	c.must(Publish(c.ctx, c.store, c.state, c.run, c.result, journal))
	c.env = &DeliverEnv{
		Store: c.store, State: c.state, Run: c.run, Journal: journal, Resend: c.resend, Clock: c.clock,
		Connect: func(context.Context, *config.Destination) (host.Connector, error) { return c.tool, nil },
	}
	return c
}

func (c *cycle) deliver() *cycle {
	c.Helper()
	d := &config.Destination{Block: config.Block{Addr: addr.Address{Type: "destination", Name: "crm"}}, Call: wire.Call{Address: "destination.crm", Settings: wire.Settings(c.settings)}}
	reports, err := Deliver(c.ctx, c.env, []Delivery{{Result: c.result, Destination: d}})
	c.must(err)
	c.report = reports[0]
	if r := c.report; r.Delivered+r.Rejected+r.Unknown+r.Pending != r.Operations {
		c.Fatalf("the report does not add up: %+v", r)
	}
	return c
}

func (c *cycle) close() { c.must(c.store.Close()) }

// apply recovers, computes, publishes and delivers.
func (p *project) apply() *Report {
	p.Helper()
	return p.applyWith(context.Background())
}

func (p *project) applyWith(ctx context.Context) *Report {
	p.Helper()
	p.recover()
	c := p.begin(ctx).publish().deliver()
	defer c.close()
	return c.report
}

func (p *project) recover() *Recovery {
	p.Helper()
	s := p.open()
	defer s.Close()
	st, err := state.Load(context.Background(), s)
	p.must(err)
	need, err := NeedsRecovery(context.Background(), s, PlaceOf(p.path(), st.UUID))
	p.must(err)
	if !need {
		return nil
	}
	r, err := Recover(context.Background(), s, st, state.Run{ID: "recovery"}, PlaceOf(p.path(), st.UUID))
	p.must(err)
	return r
}

// plan computes and gives the result, changing nothing.
func (p *project) plan() *Result {
	p.Helper()
	c := p.begin(context.Background())
	defer c.close()
	return c.result
}

// query reads rows of the warehouse as text.
func (p *project) query(sql string) []string {
	p.Helper()
	s := p.open()
	defer s.Close()
	_, err := state.Load(context.Background(), s)
	p.must(err)
	rows, err := warehouse.Rows(context.Background(), s, sqlgen.Statement{Name: "test", SQL: sql})
	p.must(err)
	var out []string
	for _, r := range rows {
		var cells []string
		for _, v := range r {
			cells = append(cells, warehouse.Text(v))
		}
		out = append(out, strings.Join(cells, " "))
	}
	return out
}

func (p *project) statuses() string {
	p.Helper()
	return strings.Join(p.query(`select status, count(*) from "_cdp"."ledger" group by 1 order by 1`), ", ")
}

// same checks that the tool is what the people are.
func (p *project) same() {
	p.Helper()
	want := map[string]person{}
	for _, x := range p.people {
		want[`{"email":"`+x.email+`"}`] = x
	}
	for id, x := range want {
		have := p.tool.contacts[id]
		if have == nil || fmt.Sprint(have["first_name"]) != x.name || fmt.Sprint(have["ltv"]) != fmt.Sprintf("%.2f", x.ltv) {
			p.Fatalf("the tool has %v for %+v", have, x)
		}
	}
	if len(want) != len(p.tool.contacts) {
		p.Fatalf("the tool has %d contacts, %d are wanted", len(p.tool.contacts), len(want))
	}
}

func (p *project) journals() int {
	entries, err := os.ReadDir(p.path() + ".journal")
	if err != nil {
		return 0
	}
	return len(entries)
}

func equal[T comparable](t testing.TB, got, want T, what string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %v, want %v", what, got, want)
	}
}
