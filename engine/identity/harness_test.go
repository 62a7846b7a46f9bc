package identity_test

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// fields are the columns of the stream that tests resolve.
var fields = []string{"id", "user_id", "email", "phone", "device", "name", "seen_at"}

// person is one record of it.
type person struct{ id, user, email, phone, device, name, at string }

func (p person) cells() []string {
	return []string{p.id, p.user, p.email, p.phone, p.device, p.name, p.at}
}

func expr(text string) config.SQL {
	return config.SQL{Parts: []config.Part{{Text: text, Exact: true}}}
}

func mapping(pairs ...string) []config.InputColumn {
	var out []config.InputColumn
	for i := 0; i < len(pairs); i += 2 {
		c := config.InputColumn{Name: pairs[i]}
		for _, e := range strings.Split(pairs[i+1], "|") {
			c.Exprs = append(c.Exprs, expr(e))
		}
		out = append(out, c)
	}
	return out
}

// input reads stream source.f.<name>.
func input(name string, identifiers ...string) *config.Input {
	return &config.Input{Name: name, Stream: config.Ref{Addr: addr.Address{Type: "source", Name: "f", Member: name}}, Identifiers: mapping(identifiers...),
		Attributes: mapping("name", "name"), UpdatedAt: expr("seen_at"), Trust: 50, Creates: true}
}

// customer is identity.customer with the identifiers of most tests and one input.
func customer() *config.Identity {
	return &config.Identity{
		Block:    config.Block{Addr: addr.Address{Type: "identity", Name: "customer"}},
		IDPrefix: "cus", Survivor: "oldest",
		Identifiers: []*config.Identifier{
			{Name: "user_id", Unique: true}, {Name: "email", Normalize: "email"}, {Name: "phone", Normalize: "phone", Region: expr("'US'")}, {Name: "device"},
		},
		Inputs: []*config.Input{input("people", "user_id", "user_id", "email", "email", "phone", "phone", "device", "device")},
	}
}

// project is a warehouse and an identity over streams that a test fills.
type project struct {
	t       testing.TB
	ctx     context.Context
	dir     string
	id      *config.Identity
	streams map[string][]person
	keys    map[string][]string
	repeats map[string]bool
	runs    int
	last    *identity.Result
}

func newProject(t testing.TB, id *config.Identity, people ...person) *project {
	return &project{t: t, ctx: context.Background(), dir: t.TempDir(), id: id, streams: map[string][]person{"people": people},
		keys: map[string][]string{"source.f.people": {"id"}}, repeats: map[string]bool{}}
}

func (p *project) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

func columns() []schema.Column {
	out := make([]schema.Column, len(fields))
	for i, f := range fields {
		out[i] = schema.Column{Name: f, Type: schema.Type{Kind: schema.String}}
	}
	return out
}

// fill puts a stream where the engine reads it.
func (p *project) fill(s warehouse.Store, name string, people []person) {
	p.t.Helper()
	var af []arrow.Field
	for _, f := range fields {
		af = append(af, arrow.Field{Name: f, Type: arrow.BinaryTypes.String, Nullable: true})
	}
	as := arrow.NewSchema(af, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, as)
	defer b.Release()
	for _, one := range people {
		for i, v := range one.cells() {
			if v == "" {
				b.Field(i).AppendNull()
			} else {
				b.Field(i).(*array.StringBuilder).Append(v)
			}
		}
	}
	r, err := array.NewRecordReader(as, []arrow.RecordBatch{b.NewRecordBatch()})
	p.must(err)
	defer r.Release()
	table := warehouse.Table{Schema: "raw_f", Name: name, Columns: columns()}
	p.must(s.Declare(p.ctx, table))
	from := sqlgen.Relation{Schema: "delta", Name: "raw_f." + name}
	_, err = s.Load(p.ctx, from, r)
	p.must(err)
	p.must(s.Stage(p.ctx, warehouse.Delta{Table: table, Insert: from}))
}

// open opens the warehouse with the streams in place.
func (p *project) open() warehouse.Store {
	p.t.Helper()
	p.runs++
	s, err := duckdb.Open(p.ctx, duckdb.Options{Path: filepath.Join(p.dir, "w.duckdb"), Threads: 2, MemoryLimit: 1 << 30})
	p.must(err)
	for _, name := range slices.Sorted(mapsKeys(p.streams)) {
		p.fill(s, name, p.streams[name])
	}
	return s
}

func mapsKeys[V any](m map[string]V) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

var asOf = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func (p *project) compile() *identity.Spec {
	p.t.Helper()
	an := analyzer(p.t)
	catalog := schema.Catalog{}
	for name := range p.streams {
		catalog["source.f."+name] = columns()
	}
	spec, diags := identity.Compile(p.ctx, identity.Given{Identity: p.id, Streams: catalog, Keys: p.keys, Repeats: p.repeats}, an)
	for _, d := range diags {
		p.t.Fatalf("%s: %s", d.Summary, d.Detail)
	}
	return spec
}

// run computes and publishes, and returns who belongs to whom.
func (p *project) run() map[string]string {
	p.t.Helper()
	s := p.open()
	defer s.Close()
	r, _, err := identity.Compute(p.ctx, identity.Env{Store: s, AsOf: asOf, Touched: warehouse.Touched{All: true}}, p.compile())
	p.must(err)
	p.last = r
	st, err := state.Load(p.ctx, s)
	p.must(err)
	p.must(s.Promote(p.ctx))
	run := state.Run{ID: fmt.Sprintf("01RUN%04d", p.runs), StartedAt: asOf.Add(time.Duration(p.runs) * time.Hour)}
	p.must(identity.Publish(p.ctx, s, st, run, r))
	return p.owners(s)
}

func (p *project) owners(s warehouse.Store) map[string]string {
	out := map[string]string{}
	for _, r := range p.rows(s, `select input || ':' || record_key, customer_id from wh.customer.members order by 1`) {
		key := strings.TrimPrefix(warehouse.Text(r[0]), "people:")
		if _, twice := out[key]; twice {
			p.t.Errorf("%s is a member twice", key)
		}
		out[key] = warehouse.Text(r[1])
	}
	return out
}

func (p *project) rows(s warehouse.Store, sql string) []warehouse.Row {
	p.t.Helper()
	rows, err := warehouse.Rows(p.ctx, s, sqlgen.Statement{Name: "test", SQL: sql})
	p.must(err)
	return rows
}

// look queries the published warehouse.
func (p *project) look(sql string) [][]string {
	p.t.Helper()
	s, err := duckdb.Open(p.ctx, duckdb.Options{Path: filepath.Join(p.dir, "w.duckdb"), Threads: 1, MemoryLimit: 1 << 28})
	p.must(err)
	defer s.Close()
	out := [][]string{}
	for _, r := range p.rows(s, sql) {
		line := []string{}
		for _, v := range r {
			line = append(line, warehouse.Text(v))
		}
		out = append(out, line)
	}
	return out
}

// clusters are the records of each customer, sorted.
func clusters(owners map[string]string) [][]string {
	by := map[string][]string{}
	for k, id := range owners {
		by[id] = append(by[id], k)
	}
	out := [][]string{}
	for _, list := range by {
		slices.Sort(list)
		out = append(out, list)
	}
	slices.SortFunc(out, func(a, b []string) int { return slices.Compare(a, b) })
	return out
}

var _ diag.Text
