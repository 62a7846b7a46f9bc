package identity

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

// plainStore is the embedded engine asked in portable SQL.
type plainStore struct{ warehouse.Store }

type plainDialect struct{ sqlgen.Dialect }

func (plainDialect) Name() string            { return "plain" }
func (s plainStore) Dialect() sqlgen.Dialect { return plainDialect{s.Store.Dialect()} }

// oddSpellings are e-mail addresses, devices and telephone numbers of all sorts.
func oddSpellings(n int) [][3]string {
	rng := rand.New(rand.NewPCG(3, 4))
	pieces := []string{"a", "Ann", ".", "..", "+", "@", "@", "gmail.com", "GoogleMail.com", "x.example", "corp-1.example", " ", "ß", "1", "_", "-", "null", "test", "no.reply", "é"}
	pick := func(from []string) string { return from[rng.IntN(len(from))] }
	var out [][3]string
	for range n {
		email := ""
		for range 1 + rng.IntN(6) {
			email += pick(pieces)
		}
		if rng.IntN(2) == 0 {
			email = pick([]string{"a.b", "Test", "no.reply", "A_b-1", "1.2", "x+y", "-", "."}) + "@" + pick([]string{"gmail.com", "googlemail.com", "X.example", "x", "x..y", ".x", "x.", "outlook.com"})
		}
		out = append(out, [3]string{email, pick([]string{"d1", "D1", " d2 ", "0", "000", "111111", "11", "Null", "-1", "", " ", "777 777", "undefined"}), pick([]string{"0612345678", "+33 6 12 34 56 78", "12", "", "0000000000"})})
	}
	return out
}

// valuesOf normalises spellings in a store and returns all values in order.
func valuesOf(t *testing.T, s warehouse.Store, spellings [][3]string) []string {
	t.Helper()
	ctx := context.Background()
	ok := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	text := schema.Type{Kind: schema.String}
	columns := []schema.Column{{Name: "id", Type: text}, {Name: "email", Type: text}, {Name: "device", Type: text}, {Name: "phone", Type: text}}
	var fields []arrow.Field
	for _, c := range columns {
		fields = append(fields, arrow.Field{Name: c.Name, Type: arrow.BinaryTypes.String})
	}
	as := arrow.NewSchema(fields, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, as)
	for i, row := range spellings {
		b.Field(0).(*array.StringBuilder).Append(fmt.Sprint(i))
		for j, v := range row {
			b.Field(j + 1).(*array.StringBuilder).Append(v)
		}
	}
	r, err := array.NewRecordReader(as, []arrow.RecordBatch{b.NewRecordBatch()})
	ok(err)
	table := warehouse.Table{Schema: "raw_f", Name: "people", Columns: columns}
	from := sqlgen.Relation{Schema: "delta", Name: "people"}
	ok(s.Declare(ctx, table))
	_, err = s.Load(ctx, from, r)
	ok(err)
	ok(s.Stage(ctx, warehouse.Delta{Table: table, Insert: from}))
	an, err := duckdb.NewAnalyzer(ctx)
	ok(err)
	defer an.Close()
	spec, diags := Compile(ctx, Given{Identity: benchIdentity(), Keys: map[string][]string{"source.f.people": {"id"}}, Streams: schema.Catalog{"source.f.people": columns}}, an)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	c := newComputation(ctx, Env{Store: s, AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}, spec)
	for _, step := range []func() error{c.begin, c.read, c.normalise, c.link, c.name, c.tables} {
		ok(step())
	}
	var out []string
	rows, err := warehouse.Rows(ctx, s, sqlgen.Statement{Name: "values",
		SQL: `select r.record_key, v.identifier, v.value, v.blocked from work."customer.values" v join work."customer.raw" r using (rid) order by all`})
	ok(err)
	for _, r := range rows {
		out = append(out, fmt.Sprint(r...))
	}
	rows, err = warehouse.Rows(ctx, s, sqlgen.Statement{Name: "records", SQL: `from work."customer.records" order by all`})
	ok(err)
	for _, r := range rows {
		out = append(out, fmt.Sprint(r...))
	}
	return out
}

// The fast SQL paths, the portable SQL and Go agree on every spelling.
func TestPortableSQLAgrees(t *testing.T) {
	spellings := oddSpellings(3000)
	open := func() warehouse.Store {
		s, err := duckdb.Open(context.Background(), duckdb.Options{MemoryLimit: 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { s.Close() })
		return s
	}
	fast := valuesOf(t, open(), spellings)
	if diff := cmp.Diff(fast, valuesOf(t, plainStore{open()}, spellings)); diff != "" {
		t.Errorf("portable SQL differs: %s", diff)
	}
	want := map[string]bool{}
	f := newFormer("email", time.Now())
	for i, row := range spellings {
		if out, st := f.form(nil, []byte(row[0]), ""); st != absent {
			want[fmt.Sprint(fmt.Sprint(i), int64(0), string(out), st == blocked)] = true
		}
	}
	for _, line := range fast {
		delete(want, line)
	}
	for line := range want {
		t.Errorf("SQL does not give %s", line)
	}
}
