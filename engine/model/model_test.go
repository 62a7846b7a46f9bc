package model

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

func TestSQLKeepsTheRules(t *testing.T) {
	if err := statements.Check(); err != nil {
		t.Error(err)
	}
}

type known map[string]warehouse.Table

func (k known) Declared(name string) (warehouse.Table, bool) { t, ok := k[name]; return t, ok }

var orders = warehouse.Table{Schema: "raw_shop", Name: "orders", Live: `"_cdp_deleted_at" is null`, Hidden: []string{"_cdp_deleted_at"}, Key: []string{"id"},
	Columns: []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.Int64}}, {Name: "v", Type: schema.Type{Kind: schema.String}},
		{Name: "_cdp_deleted_at", Type: schema.Type{Kind: schema.Timestamp}}}}

func TestPublishedHidesWhatReadersDoNotSee(t *testing.T) {
	tables := known{"raw_shop.orders": orders, "model.m": {Schema: "model", Name: "m"}}
	const sub = `(SELECT "id", "v" FROM "raw_shop"."orders" WHERE "_cdp_deleted_at" is null)`
	for in, want := range map[string]string{
		`select * from "raw_shop"."orders"`:                                       `select * from ` + sub + ` AS "orders"`,
		`select * from "raw_shop"."orders" o where o.id = 1`:                      `select * from ` + sub + ` o where o.id = 1`,
		`select * from "raw_shop"."orders" as o`:                                  `select * from ` + sub + ` as o`,
		`select * from "raw_shop"."orders" "where"`:                               `select * from ` + sub + ` "where"`,
		`select * from "raw_shop"."orders" WHERE id = 1`:                          `select * from ` + sub + ` AS "orders" WHERE id = 1`,
		`select "raw_shop"."orders".id from "raw_shop"."orders", "model"."m"`:     `select "orders".id from ` + sub + ` AS "orders", "model"."m"`,
		`select '"raw_shop"."orders"' from "raw_shop"."orders" /* x */ join b on`: `select '"raw_shop"."orders"' from ` + sub + ` AS "orders" /* x */ join b on`,
		`select (select count(*) from "raw_shop"."orders")`:                       `select (select count(*) from ` + sub + ` AS "orders")`,
	} {
		got, err := published(in, []string{"raw_shop.orders", "model.m"}, duckdb.Dialect(), tables)
		if err != nil || got != want {
			t.Errorf("%s\n got %s (%v)\nwant %s", in, got, err, want)
		}
	}
}

// shop is a warehouse with raw_shop.orders.
type shop struct {
	t    *testing.T
	path string
}

func (s shop) open() warehouse.Store {
	s.t.Helper()
	store, err := duckdb.Open(context.Background(), duckdb.Options{Path: s.path, Threads: 1})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := store.Declare(context.Background(), orders); err != nil {
		s.t.Fatal(err)
	}
	return store
}

func (s shop) put(rows ...[]any) {
	s.t.Helper()
	store := s.open()
	defer store.Close()
	if err := store.Promote(context.Background()); err != nil {
		s.t.Fatal(err)
	}
	d := warehouse.Delta{Table: orders, Rows: rows, Replace: true}
	if err := store.Publish(context.Background(), warehouse.Publication{Deltas: []warehouse.Delta{d}}); err != nil {
		s.t.Fatal(err)
	}
}

// keep computes and publishes a model; it returns what readers saw before publishing.
func (s shop) keep(spec *Spec, asOf time.Time) (*Result, []string) {
	s.t.Helper()
	ctx := context.Background()
	store := s.open()
	defer store.Close()
	st, err := state.Load(ctx, store)
	if err != nil {
		s.t.Fatal(err)
	}
	r, _, err := Compute(ctx, Env{Store: store, AsOf: asOf}, spec)
	if err != nil {
		s.t.Fatal(err)
	}
	seen := lines(s.t, store, `select * from "model"."m"`)
	if err := store.Promote(ctx); err != nil {
		s.t.Fatal(err)
	}
	if err := Publish(ctx, store, st, state.Run{ID: state.NewID()}, r); err != nil {
		s.t.Fatal(err)
	}
	return r, seen
}

func (s shop) published() []string {
	store := s.open()
	defer store.Close()
	return lines(s.t, store, `select * from wh."model"."m"`)
}

func lines(t *testing.T, store warehouse.Store, sql string) []string {
	t.Helper()
	rows, err := warehouse.Rows(context.Background(), store, sqlgen.Statement{Name: "test", SQL: sql})
	if err != nil {
		t.Fatal(err)
	}
	out := []string{}
	for _, r := range rows {
		out = append(out, strings.Trim(fmt.Sprint([]any(r)), "[]"))
	}
	slices.Sort(out)
	return out
}

func spec(sql, materialize string) *Spec {
	return &Spec{Address: "model.m", Addr: addr.Address{Type: "model", Name: "m"}, Materialize: materialize, SQL: diag.Text{Value: sql},
		Reads: []addr.Address{{Type: "source", Name: "shop", Member: "orders"}}}
}

func TestViewAndTable(t *testing.T) {
	dead := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	asOf := time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	check := func(what string, got, want any) {
		t.Helper()
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", what, d)
		}
	}
	s := shop{t, filepath.Join(t.TempDir(), "w.duckdb")}
	s.put([]any{int64(1), "a", nil}, []any{int64(2), "b", nil}, []any{int64(3), "gone", dead}, []any{int64(4), "a", nil})

	_, seen := s.keep(spec(`select orders.v, count(*) as n from "raw_shop"."orders" group by all`, View), asOf)
	check("a view before it is published", seen, []string{"a 2", "b 1"})
	check("a view", s.published(), seen)
	s.put([]any{int64(1), "z", nil})
	check("a view follows its table", s.published(), []string{"z 1"})

	one := spec(`select v, {{as_of}} as at from "raw_shop"."orders"`, Table)
	s.put([]any{int64(1), "a", nil}, []any{int64(2), "a", nil}, []any{int64(3), "b", nil})
	r, seen := s.keep(one, asOf)
	check("a table in place of a view", s.published(), seen)
	check("rows", []int64{r.Rows, r.Inserted}, []int64{3, 3})
	s.put([]any{int64(1), "a", nil}, []any{int64(3), "b", nil}, []any{int64(4), "c", nil})
	r, seen = s.keep(one, asOf)
	check("a table", s.published(), seen)
	check("what differs", []int64{r.Rows, r.Inserted, r.Deleted}, []int64{3, 1, 1})
	if r, _ = s.keep(one, asOf); r.Changed {
		t.Errorf("equal rows changed: %+v", r)
	}
}
