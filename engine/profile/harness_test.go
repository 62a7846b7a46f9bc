package profile_test

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
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// shared is one analyzer for all tests: it holds an instance of the query engine.
var shared = sync.OnceValues(func() (warehouse.Analyzer, error) { return duckdb.NewAnalyzer(context.Background()) })

var asOf = time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)

func expr(text string) config.SQL {
	return config.SQL{Parts: []config.Part{{Text: text, Exact: true}}}
}

func kind(k schema.Kind) schema.Type { return schema.Type{Kind: k} }

// record is one record of a customer. Its three values are there again as every attribute of their kind.
type record struct {
	input, key, customer, at string
	trust                    int
	text, number, flag       string // SQL text of the value; empty: null
}

// order is one row of the stream that traits count over.
type order struct{ customer, key, total, status, at string }

// columns of the stream of orders.
var orderColumns = []schema.Column{
	{Name: "key", Type: kind(schema.String)}, {Name: "total", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}},
	{Name: "status", Type: kind(schema.String)}, {Name: "at", Type: kind(schema.Timestamp)},
}

// project is an identity with records and orders that a test fills.
type project struct {
	t       testing.TB
	ctx     context.Context
	path    string // of the warehouse; empty: in memory, nothing can be published
	id      *config.Identity
	traits  []*config.Trait
	types   map[string]schema.Kind // of attributes: String if missing
	records []record
	orders  []order
	runs    int
	last    *profile.Result
}

func newProject(t testing.TB, attributes ...*config.Attribute) *project {
	id := &config.Identity{Block: config.Block{Addr: addr.Address{Type: "identity", Name: "customer"}}, Attributes: attributes}
	for _, name := range []string{"crm", "shop", "news"} {
		in := &config.Input{Name: name}
		for _, a := range attributes {
			in.Attributes = append(in.Attributes, config.InputColumn{Name: a.Name})
		}
		id.Inputs = append(id.Inputs, in)
	}
	id.Inputs = append(id.Inputs, &config.Input{Name: "orders", Stream: config.Ref{Addr: addr.Address{Type: "source", Name: "f", Member: "orders"}}, OccurredAt: expr("at")})
	return &project{t: t, ctx: context.Background(), id: id, types: map[string]schema.Kind{}}
}

func (p *project) kept() *project {
	p.path = filepath.Join(p.t.TempDir(), "w.duckdb")
	return p
}

func (p *project) must(err error) {
	p.t.Helper()
	if err != nil {
		p.t.Fatal(err)
	}
}

// names are the attributes of the inputs, which are the columns that records have.
func (p *project) names() []string {
	var out []string
	for _, m := range p.id.Inputs[0].Attributes {
		out = append(out, m.Name)
	}
	return out
}

func (p *project) source() profile.Given {
	records := []schema.Column{{Name: "input", Type: kind(schema.String)}}
	for _, name := range p.names() {
		k, ok := p.types[name]
		if !ok {
			k = schema.String
		}
		records = append(records, schema.Column{Name: "a_" + name, Type: kind(k)})
	}
	return profile.Given{Identity: p.id, Traits: p.traits, Records: records, Streams: schema.Catalog{"source.f.orders": orderColumns}}
}

func compile(t testing.TB, src profile.Given) (*profile.Spec, diag.Diagnostics) {
	t.Helper()
	an, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return profile.Compile(context.Background(), src, an)
}

func (p *project) compile() *profile.Spec {
	p.t.Helper()
	spec, diags := compile(p.t, p.source())
	for _, d := range diags {
		p.t.Fatalf("%s: %s", d.Summary, d.Detail)
	}
	return spec
}

func literal(text string) string {
	if text == "" {
		return "null"
	}
	return "'" + strings.ReplaceAll(text, "'", "''") + "'"
}

func (p *project) sql(s warehouse.Store, text string) {
	p.t.Helper()
	_, err := s.Run(p.ctx, sqlgen.Statement{Name: "test", SQL: text})
	p.must(err)
}

// open opens the warehouse with what the identity leaves in scratch: records, members, the inputs' streams.
func (p *project) open() warehouse.Store {
	p.t.Helper()
	s, err := duckdb.Open(p.ctx, duckdb.Options{Path: p.path, Threads: 2, MemoryLimit: 1 << 30})
	p.must(err)
	rows, members := []string{}, []string{}
	for _, r := range p.records {
		row := fmt.Sprintf("(%s, %s, %s, %s, %d", literal(r.input), literal(r.key), literal(r.customer), literal(r.at), r.trust)
		for _, name := range p.names() {
			value := map[schema.Kind]string{schema.Int64: r.number, schema.Bool: r.flag}
			text, ok := value[p.types[name]]
			if !ok {
				text = r.text
			}
			row += ", " + literal(text)
		}
		rows = append(rows, row+")")
		members = append(members, fmt.Sprintf("(%s, %s, %s)", literal(r.customer), literal(r.input), literal(r.key)))
	}
	typed := `"input", record_key, customer_id, cast(updated_at as timestamp) as updated_at, cast(trust as bigint) as trust`
	columns := `"input", record_key, customer_id, updated_at, trust`
	nulls := "null, null, null, null, null"
	for _, name := range p.names() {
		as := map[schema.Kind]string{schema.Int64: "bigint", schema.Bool: "boolean"}[p.types[name]]
		if as == "" {
			as = "varchar"
		}
		typed += fmt.Sprintf(`, cast("a_%[1]s" as %[2]s) as "a_%[1]s"`, name, as)
		columns += fmt.Sprintf(`, "a_%s"`, name)
		nulls += ", null"
	}
	p.sql(s, fmt.Sprintf(`create table work."customer.records" as select %s from (values %s) v(%s) where customer_id is not null`,
		typed, strings.Join(append(rows, "("+nulls+")"), ", "), columns))
	rows = rows[:0]
	for _, o := range p.orders {
		rows = append(rows, fmt.Sprintf("(%s, %s, %s, %s)", literal(o.key), literal(o.total), literal(o.status), literal(o.at)))
		members = append(members, fmt.Sprintf("(%s, 'orders', %s)", literal(o.customer), literal(o.key)))
	}
	p.sql(s, fmt.Sprintf(`create table work."customer.input.orders" as select key as _cdp_record, key, cast(total as decimal(18,2)) as total, status, cast("at" as timestamp) as "at"
		from (values %s) v(key, total, status, "at") where key is not null`, strings.Join(append(rows, "(null, null, null, null)"), ", ")))
	text := kind(schema.String)
	table := warehouse.Table{Schema: "customer", Name: "members", Key: []string{"input", "record_key"},
		Columns: []schema.Column{{Name: "customer_id", Type: text}, {Name: "input", Type: text}, {Name: "record_key", Type: text}}}
	p.must(s.Declare(p.ctx, table))
	p.sql(s, fmt.Sprintf(`create table delta."customer.members+" as select * from (values %s) v(customer_id, "input", record_key) where customer_id is not null`,
		strings.Join(append(members, "(null, null, null)"), ", ")))
	p.must(s.Stage(p.ctx, warehouse.Delta{Table: table, Replace: true, Insert: sqlgen.Relation{Schema: "delta", Name: "customer.members+"}}))
	return s
}

// compute refreshes profiles and returns their rows as text, null as "-".
func (p *project) compute(touched ...string) [][]string {
	p.t.Helper()
	s := p.open()
	defer s.Close()
	env := profile.Env{Store: s, AsOf: asOf, Touched: warehouse.Touched{All: true}}
	if len(touched) > 0 {
		p.sql(s, `create table work.touched as select unnest(['`+strings.Join(touched, "', '")+`']) as customer_id`)
		env.Touched = warehouse.Touched{IDs: sqlgen.Relation{Schema: "work", Name: "touched"}}
	}
	return p.finish(s, env)
}

// finish computes, and publishes if there is a file to publish into.
func (p *project) finish(s warehouse.Store, env profile.Env) [][]string {
	p.t.Helper()
	p.runs++
	r, _, err := profile.Compute(p.ctx, env, p.compile())
	p.must(err)
	p.last = r
	rows := p.rows(s, "select columns(*)::varchar from customer.profiles order by customer_id")
	if p.path != "" {
		st, err := state.Load(p.ctx, s)
		p.must(err)
		p.must(s.Promote(p.ctx))
		p.must(profile.Publish(p.ctx, s, st, state.Run{ID: fmt.Sprintf("01RUN%04d", p.runs), StartedAt: asOf.Add(time.Duration(p.runs) * time.Hour)}, r))
	}
	return rows
}

func (p *project) rows(s warehouse.Store, sql string) [][]string {
	p.t.Helper()
	found, err := warehouse.Rows(p.ctx, s, sqlgen.Statement{Name: "test", SQL: sql})
	p.must(err)
	out := [][]string{}
	for _, r := range found {
		line := []string{}
		for _, v := range r {
			if v == nil {
				v = "-"
			}
			line = append(line, warehouse.Text(v))
		}
		out = append(out, line)
	}
	return out
}

// look queries the published warehouse.
func (p *project) look(sql string) [][]string {
	p.t.Helper()
	s, err := duckdb.Open(p.ctx, duckdb.Options{Path: p.path, Threads: 1, MemoryLimit: 1 << 28})
	p.must(err)
	defer s.Close()
	return p.rows(s, sql)
}
