package warehousetest

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

// Open opens a store over the warehouse at a path, which need not exist. The suite closes it.
type Open func(t testing.TB, path string) warehouse.Store

// Run runs the suite.
func Run(t *testing.T, open Open) {
	for _, c := range []struct {
		name string
		run  func(*suite)
	}{
		{"a first run has no file, and computing makes none", firstRun},
		{"staged changes are seen by readers, not by the warehouse", staging},
		{"publishing shows what staging showed", publishing},
		{"an error in Then rolls everything back", atomic},
		{"equal keys keep count and key set", equalKeys},
		{"null equals null in keys", nullKeys},
		{"new columns are added, old ones stay", evolve},
		{"types widen", widen},
		{"a replaced table takes the new shape", replaceShape},
		{"views follow what they read", views},
		{"rows from Go, and run-time values", rowsAndFill},
		{"a reader streams into the warehouse", streaming},
		{"computing cannot write the warehouse", cannotWrite},
		{"a table dropped is gone", dropping},
		{"a renamed table has its rows under the new name, before and after", renaming},
		{"rows have the new label, before and after", labelling},
		{"results stream while others are read", parallelReads},
		{"a cancelled publish leaves nothing", cancelled},
		{"a large load", largeLoad},
		{"values of every type come back as they were", values},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := &suite{T: t, open: open, path: filepath.Join(t.TempDir(), "w.duckdb"), ctx: context.Background()}
			s.reopen()
			defer func() { s.store.Close() }()
			c.run(s)
		})
	}
}

// suite is one case: a store and short words to use it.
type suite struct {
	*testing.T
	open  Open
	path  string
	ctx   context.Context
	store warehouse.Store
}

func (s *suite) reopen() {
	s.Helper()
	if s.store != nil {
		if err := s.store.Close(); err != nil {
			s.Fatal(err)
		}
	}
	s.store = s.open(s.T, s.path)
}

func (s *suite) must(err error) {
	s.Helper()
	if err != nil {
		s.Fatal(err)
	}
}

func statement(sql string, args ...any) sqlgen.Statement {
	return sqlgen.Statement{Name: "test.statement", SQL: sql, Args: args}
}

func (s *suite) run(sql string, args ...any) {
	s.Helper()
	if _, err := s.store.Run(s.ctx, statement(sql, args...)); err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
}

// rows compares the result of a query, printed.
func (s *suite) rows(sql string, want ...string) {
	s.Helper()
	got, err := warehouse.Rows(s.ctx, s.store, statement(sql))
	if err != nil {
		s.Fatalf("%s: %v", sql, err)
	}
	var text []string
	for _, r := range got {
		line := ""
		for i, v := range r {
			if i > 0 {
				line += " "
			}
			line += fmt.Sprint(v)
		}
		text = append(text, line)
	}
	if diff := cmp.Diff(want, text); diff != "" {
		s.Errorf("%s:\n%s", sql, diff)
	}
}

func (s *suite) publish(deltas ...warehouse.Delta) {
	s.Helper()
	s.must(s.store.Promote(s.ctx))
	s.must(s.store.Publish(s.ctx, warehouse.Publication{Deltas: deltas}))
}

func column(name string, kind schema.Kind) schema.Column {
	return schema.Column{Name: name, Type: schema.Type{Kind: kind}}
}

func scratch(name string) sqlgen.Relation { return sqlgen.Relation{Schema: "delta", Name: name} }

// orders is a raw table with bookkeeping and soft deletes.
func orders() warehouse.Table {
	return warehouse.Table{Schema: "raw_shop", Name: "orders",
		Columns: []schema.Column{column("id", schema.Int64), column("total", schema.Double), column("_cdp_load", schema.String), column("_cdp_deleted_at", schema.Timestamp)},
		Key:     []string{"id"}, Hidden: []string{"_cdp_load", "_cdp_deleted_at"}, Live: `"_cdp_deleted_at" IS NULL`}
}

// seed publishes orders 1, 2 and 3, the last of which is softly deleted.
func (s *suite) seed() {
	s.Helper()
	s.must(s.store.Declare(s.ctx, orders()))
	s.run(`CREATE TABLE delta.seed AS SELECT * FROM (VALUES (1, 10.0, NULL), (2, 20.0, NULL), (3, 30.0, TIMESTAMP '2026-01-01 00:00:00')) AS v(id, total, _cdp_deleted_at)`)
	s.publish(warehouse.Delta{Table: orders(), Insert: scratch("seed"), Fill: map[string]any{"_cdp_load": "l1"}})
	s.reopen()
	s.must(s.store.Declare(s.ctx, orders()))
}

const ordersNow = `SELECT id, total, _cdp_load FROM "now"."raw_shop.orders" ORDER BY 1`

func firstRun(s *suite) {
	s.must(s.store.Declare(s.ctx, orders()))
	s.rows(`SELECT * FROM "raw_shop"."orders"`)
	s.rows(`SELECT count(*) FROM "was"."raw_shop.orders"`, "0")
	s.rows(`SELECT "total" FROM "now"."raw_shop.orders"`)
	if found, _ := filepath.Glob(s.path + "*"); found != nil {
		s.Errorf("computing made %v", found)
	}
	s.seed()
	s.rows(`SELECT * FROM "raw_shop"."orders" ORDER BY 1`, "1 10", "2 20")
}

func (s *suite) stageOne() warehouse.Delta {
	s.run(`CREATE TABLE delta.come AS SELECT * FROM (VALUES (2, 21.0), (4, 40.0)) AS v(id, total)`)
	s.run(`CREATE TABLE delta.gone AS SELECT * FROM (VALUES (1), (2), (99)) AS v(id)`)
	d := warehouse.Delta{Table: orders(), Insert: scratch("come"), Delete: scratch("gone")}
	s.must(s.store.Stage(s.ctx, d))
	d.Fill = map[string]any{"_cdp_load": "l2"}
	return d
}

func staging(s *suite) {
	s.seed()
	s.stageOne()
	s.rows(`SELECT * FROM "raw_shop"."orders" ORDER BY 1`, "2 21", "4 40")
	s.rows(ordersNow, "2 21 <nil>", "3 30 l1", "4 40 <nil>")
	s.rows(`SELECT id, total FROM "was"."raw_shop.orders" ORDER BY 1`, "1 10", "2 20", "3 30")
	s.reopen()
	s.must(s.store.Declare(s.ctx, orders()))
	s.rows(ordersNow, "1 10 l1", "2 20 l1", "3 30 l1")
}

func publishing(s *suite) {
	s.seed()
	d := s.stageOne()
	if err := s.store.Publish(s.ctx, warehouse.Publication{Deltas: []warehouse.Delta{d}}); err == nil {
		s.Error("published before Promote")
	}
	s.publish(d)
	after := []string{"2 21 l2", "3 30 l1", "4 40 l2"}
	s.rows(ordersNow, after...)
	s.rows(`SELECT * FROM "raw_shop"."orders" ORDER BY 1`, "2 21", "4 40")
	s.reopen()
	s.must(s.store.Declare(s.ctx, orders()))
	s.rows(ordersNow, after...)
}

func atomic(s *suite) {
	s.seed()
	d := s.stageOne()
	s.must(s.store.Promote(s.ctx))
	other := orders()
	other.Name = "other"
	boom := errors.New("boom")
	err := s.store.Publish(s.ctx, warehouse.Publication{
		Deltas: []warehouse.Delta{d, {Table: other, Rows: [][]any{{1, 1.5, "x", nil}}}},
		Then: func(ctx context.Context, in warehouse.Reader) ([]warehouse.Delta, error) {
			n, err := warehouse.Value[int64](ctx, in, statement(`SELECT count(*) FROM "wh"."raw_shop"."orders"`))
			if err != nil || n != 3 {
				s.Errorf("inside the transaction: %d rows, %v", n, err)
			}
			return nil, boom
		}})
	if !errors.Is(err, boom) {
		s.Fatalf("got %v", err)
	}
	s.reopen()
	s.must(s.store.Declare(s.ctx, orders(), other))
	s.rows(ordersNow, "1 10 l1", "2 20 l1", "3 30 l1")
	s.rows(`SELECT count(*) FROM "now"."raw_shop.other"`, "0")
	s.must(s.store.Promote(s.ctx))
	s.must(s.store.Publish(s.ctx, warehouse.Publication{Then: func(context.Context, warehouse.Reader) ([]warehouse.Delta, error) {
		return []warehouse.Delta{{Table: other, Rows: [][]any{{1, 1.5, "x", nil}}}}, nil
	}}))
	s.rows(`SELECT id, total FROM "now"."raw_shop.other"`, "1 1.5")
}

func equalKeys(s *suite) {
	const n = 20000
	t := warehouse.Table{Schema: "s", Name: "t", Columns: []schema.Column{column("k", schema.Int64), column("v", schema.Int64)}, Key: []string{"k"}}
	s.must(s.store.Declare(s.ctx, t))
	s.must(ignore(s.store.Load(s.ctx, scratch("first"), numbers(n, 0))))
	s.publish(warehouse.Delta{Table: t, Insert: scratch("first")})
	for round := int64(1); round <= 3; round++ {
		s.must(ignore(s.store.Load(s.ctx, scratch("again"), numbers(n, round))))
		s.run(`CREATE OR REPLACE TABLE delta.keys AS SELECT k FROM delta.again`)
		s.publish(warehouse.Delta{Table: t, Insert: scratch("again"), Delete: scratch("keys")})
		s.rows(`SELECT count(*), count(DISTINCT k), min(k), max(k), min(v), max(v) FROM "now"."s.t"`, fmt.Sprintf("%d %d 0 %d %d %d", n, n, n-1, round, round))
	}
}

func nullKeys(s *suite) {
	t := warehouse.Table{Schema: "s", Name: "t", Columns: []schema.Column{column("a", schema.String), column("b", schema.Int64), column("v", schema.String)}, Key: []string{"a", "b"}}
	s.must(s.store.Declare(s.ctx, t))
	s.publish(warehouse.Delta{Table: t, Rows: [][]any{{nil, 1, "x"}, {"", 1, "y"}, {nil, nil, "z"}, {"a", nil, "w"}}})
	s.run(`CREATE TABLE delta.keys AS SELECT CAST(NULL AS VARCHAR) AS a, 1 AS b`)
	s.must(s.store.Stage(s.ctx, warehouse.Delta{Table: t, Delete: scratch("keys")}))
	s.rows(`SELECT v FROM "now"."s.t" ORDER BY 1`, "w", "y", "z")
	s.publish(warehouse.Delta{Table: t, Delete: scratch("keys"), Gone: [][]any{{"a", nil}}})
	s.rows(`SELECT v FROM "now"."s.t" ORDER BY 1`, "y", "z")
}

func evolve(s *suite) {
	s.seed()
	t := orders()
	t.Columns = append([]schema.Column{column("note", schema.JSON), column("nothing", schema.Null)}, t.Columns...)
	t.Columns = append(t.Columns[:3], t.Columns[4:]...) // total is no longer declared
	s.must(s.store.Declare(s.ctx, t))
	s.rows(`SELECT id, note FROM "now"."raw_shop.orders" ORDER BY 1`, "1 <nil>", "2 <nil>", "3 <nil>")
	s.publish(warehouse.Delta{Table: t, Rows: [][]any{{`{"a": 1}`, nil, 9, "l3", nil}}})
	s.rows(`SELECT id, note, nothing FROM "raw_shop"."orders" ORDER BY 1`, "1 <nil> <nil>", "2 <nil> <nil>", `9 {"a": 1} <nil>`)
	s.must(s.store.Declare(s.ctx, orders()))
	s.rows(`SELECT id, total FROM "raw_shop"."orders" ORDER BY 1`, "1 10", "2 20", "9 <nil>")
}

func widen(s *suite) {
	t := warehouse.Table{Schema: "s", Name: "t", Columns: []schema.Column{column("k", schema.Int64), column("v", schema.Int64), column("n", schema.Null)}, Key: []string{"k"}}
	s.publish(warehouse.Delta{Table: t, Rows: [][]any{{1, 7, nil}}})
	s.reopen()
	t.Columns[1].Type = schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}
	t.Columns[2].Type = schema.Type{Kind: schema.Bool}
	s.must(s.store.Declare(s.ctx, t))
	s.rows(`SELECT k, v, n FROM "now"."s.t"`, "1 7.00 <nil>")
	s.publish(warehouse.Delta{Table: t, Rows: [][]any{{2, "1.25", true}}})
	s.rows(`SELECT k, v, n FROM "now"."s.t" ORDER BY 1`, "1 7.00 <nil>", "2 1.25 true")
	t.Columns[1].Type = schema.Type{Kind: schema.String}
	s.publish(warehouse.Delta{Table: t, Rows: [][]any{{3, "x", false}}})
	s.must(s.store.Declare(s.ctx, t))
	s.rows(`SELECT k, v FROM "now"."s.t" ORDER BY 1`, "1 7.00", "2 1.25", "3 x")
}

func replaceShape(s *suite) {
	s.seed()
	t := warehouse.Table{Schema: "raw_shop", Name: "orders", Columns: []schema.Column{column("id", schema.String), column("x", schema.Bool)}}
	s.must(s.store.Stage(s.ctx, warehouse.Delta{Table: t, Replace: true, Rows: [][]any{{"a", true}}}))
	s.rows(`SELECT * FROM "now"."raw_shop.orders"`, "a true")
	s.publish(warehouse.Delta{Table: t, Replace: true, Rows: [][]any{{"a", true}}})
	s.reopen()
	s.rows(`SELECT * FROM "wh"."raw_shop"."orders"`, "a true")
	s.publish(warehouse.Delta{Table: t, Replace: true, Rows: [][]any{{"b", false}}})
	s.rows(`SELECT * FROM "wh"."raw_shop"."orders"`, "b false")
}

func views(s *suite) {
	s.seed()
	v := warehouse.Table{Schema: "model", Name: "big", Columns: []schema.Column{column("id", schema.Int64)}}
	d := warehouse.Delta{Table: v, View: `SELECT id FROM "raw_shop"."orders" WHERE total > 15 AND id <> 3`}
	s.must(s.store.Stage(s.ctx, d))
	s.rows(`SELECT * FROM "model"."big" ORDER BY 1`, "2")
	one := s.stageOne()
	s.rows(`SELECT * FROM "model"."big" ORDER BY 1`, "2", "4")
	s.publish(one, d)
	s.rows(`SELECT * FROM "model"."big" ORDER BY 1`, "2", "4")
	s.reopen()
	s.rows(`SELECT id FROM "wh"."model"."big" ORDER BY 1`, "2", "4")
	s.must(s.store.Declare(s.ctx, v, orders()))
	s.rows(`SELECT * FROM "model"."big" ORDER BY 1`, "2", "4")
	s.publish(warehouse.Delta{Table: v, Rows: [][]any{{5}}}) // the view becomes a table
	s.rows(`SELECT * FROM "wh"."model"."big"`, "5")
	s.publish(d)
	s.rows(`SELECT * FROM "wh"."model"."big" ORDER BY 1`, "2", "4")
}

func rowsAndFill(s *suite) {
	t := orders()
	d := warehouse.Delta{Table: t, Rows: [][]any{{1, 1.5, "own", nil}}, Fill: map[string]any{"_cdp_load": "filled"}}
	s.must(s.store.Stage(s.ctx, d))
	s.rows(ordersNow, "1 1.5 own")
	s.publish(d)
	s.rows(ordersNow, "1 1.5 own")
	if err := s.store.Publish(s.ctx, warehouse.Publication{Deltas: []warehouse.Delta{{Table: t, Rows: [][]any{{1}}}}}); err == nil {
		s.Error("a row with too few values is taken")
	}
	s.run(`CREATE TABLE delta.wrong AS SELECT 1 AS id, 2 AS unheard_of`)
	if err := s.store.Publish(s.ctx, warehouse.Publication{Deltas: []warehouse.Delta{{Table: t, Insert: scratch("wrong")}}}); err == nil {
		s.Error("a column that the table has not is taken")
	}
	s.rows(ordersNow, "1 1.5 own")
}

func streaming(s *suite) {
	t := warehouse.Table{Schema: "s", Name: "t", Columns: []schema.Column{column("k", schema.Int64), column("v", schema.Int64), column("run", schema.String)}, Key: []string{"k"}}
	s.publish(warehouse.Delta{Table: t, Stream: numbers(100000, 3), Fill: map[string]any{"run": "r"}})
	s.rows(`SELECT count(*), sum(k), min(run), max(v) FROM "wh"."s"."t"`, "100000 4999950000 r 3")
	broken := errors.New("the source died")
	err := s.store.Publish(s.ctx, warehouse.Publication{Deltas: []warehouse.Delta{{Table: t, Stream: &failing{RecordReader: numbers(100000, 4), err: broken, after: 3}}}})
	if !errors.Is(err, broken) {
		s.Errorf("a broken stream gives %v", err)
	}
	s.rows(`SELECT count(*), max(v) FROM "wh"."s"."t"`, "100000 3")
}

func cannotWrite(s *suite) {
	s.seed()
	for _, sql := range []string{
		`INSERT INTO "wh"."raw_shop"."orders" (id) VALUES (9)`, `DELETE FROM "wh"."raw_shop"."orders"`, `DROP TABLE "wh"."raw_shop"."orders"`,
		`CREATE TABLE "wh"."raw_shop"."x" (i INTEGER)`, `CREATE SCHEMA "wh"."x"`,
	} {
		if _, err := s.store.Run(s.ctx, statement(sql)); err == nil {
			s.Errorf("%s: allowed", sql)
		}
	}
	s.rows(ordersNow, "1 10 l1", "2 20 l1", "3 30 l1")
}

func dropping(s *suite) {
	s.seed()
	d := warehouse.Delta{Table: orders(), Drop: true}
	s.must(s.store.Stage(s.ctx, d))
	s.rows(ordersNow)
	s.publish(d, d)
	s.reopen()
	s.must(s.store.Declare(s.ctx, orders()))
	s.rows(ordersNow)
	if _, err := warehouse.Rows(s.ctx, s.store, statement(`SELECT * FROM "wh"."raw_shop"."orders"`)); err == nil {
		s.Error("the table is there")
	}
}

func parallelReads(s *suite) {
	s.must(ignore(s.store.Load(s.ctx, scratch("n"), numbers(50000, 1))))
	var readers []array.RecordReader
	for range 4 {
		r, err := s.store.Read(s.ctx, statement(`SELECT k FROM delta.n`))
		s.must(err)
		defer r.Release()
		readers = append(readers, r)
	}
	s.run(`CREATE TABLE work.other AS SELECT k FROM delta.n`)
	for _, r := range readers {
		rows := int64(0)
		for r.Next() {
			rows += r.RecordBatch().NumRows()
		}
		if rows != 50000 || r.Err() != nil {
			s.Errorf("%d rows, %v", rows, r.Err())
		}
	}
}

func cancelled(s *suite) {
	s.seed()
	d := s.stageOne()
	s.must(s.store.Promote(s.ctx))
	ctx, cancel := context.WithCancel(s.ctx)
	err := s.store.Publish(ctx, warehouse.Publication{Deltas: []warehouse.Delta{d}, Then: func(context.Context, warehouse.Reader) ([]warehouse.Delta, error) {
		cancel()
		return nil, nil
	}})
	if !errors.Is(err, context.Canceled) {
		s.Errorf("got %v", err)
	}
	s.rows(`SELECT id FROM "wh"."raw_shop"."orders" ORDER BY 1`, "1", "2", "3")
	s.must(s.store.Publish(s.ctx, warehouse.Publication{Deltas: []warehouse.Delta{d}}))
	s.rows(`SELECT id FROM "wh"."raw_shop"."orders" ORDER BY 1`, "2", "3", "4")
}

func largeLoad(s *suite) {
	n, err := s.store.Load(s.ctx, scratch("big"), numbers(1000000, 1))
	if err != nil || n != 1000000 {
		s.Fatalf("%d rows, %v", n, err)
	}
	s.rows(`SELECT count(*), sum(k) FROM delta.big`, "1000000 499999500000")
}

func ignore[T any](_ T, err error) error { return err }

// numbers streams rows k = 0…n−1 with one v, in batches of 10,000.
func numbers(n, v int64) array.RecordReader {
	sch := arrow.NewSchema([]arrow.Field{{Name: "k", Type: arrow.PrimitiveTypes.Int64}, {Name: "v", Type: arrow.PrimitiveTypes.Int64}}, nil)
	at := int64(0)
	return array.ReaderFromIter(sch, func(yield func(arrow.RecordBatch, error) bool) {
		for at < n {
			b := array.NewRecordBuilder(memory.DefaultAllocator, sch)
			for range min(10000, n-at) {
				b.Field(0).(*array.Int64Builder).Append(at)
				b.Field(1).(*array.Int64Builder).Append(v)
				at++
			}
			if !yield(b.NewRecordBatch(), nil) {
				return
			}
		}
	})
}

// failing is a reader that breaks after some batches.
type failing struct {
	array.RecordReader
	err   error
	after int
}

func (f *failing) Next() bool {
	f.after--
	return f.after >= 0 && f.RecordReader.Next()
}

func (f *failing) Err() error {
	if f.after < 0 {
		return f.err
	}
	return f.RecordReader.Err()
}
