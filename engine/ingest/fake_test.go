package ingest_test

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// source is a connector over Go values.
type source struct {
	messages  func(req wire.ReadRequest) []wire.Message
	fail      error // after the last message
	request   wire.ReadRequest
	committed []int64
	closed    bool
}

func (s *source) Spec(context.Context) (schema.Spec, error) { return schema.Spec{}, nil }
func (s *source) Validate(context.Context, string, wire.Call) (wire.Validation, error) {
	return wire.Validation{}, nil
}
func (s *source) Write(context.Context, wire.WriteRequest) (host.Writing, error) {
	return nil, errors.New("not a destination")
}
func (s *source) Readback(context.Context, wire.ReadbackRequest, func(wire.ReadbackRecord) error) error {
	return errors.New("not a destination")
}
func (s *source) Alive() bool  { return true }
func (s *source) Close() error { return nil }
func (s *source) Read(_ context.Context, req wire.ReadRequest) (host.Reading, error) {
	s.request = req
	return &reading{source: s, left: s.messages(req)}, nil
}

type reading struct {
	source *source
	left   []wire.Message
}

func (r *reading) Next(ctx context.Context) (wire.Message, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(r.left) == 0 {
		if r.source.fail != nil {
			return nil, r.source.fail
		}
		return nil, io.EOF
	}
	m := r.left[0]
	r.left = r.left[1:]
	return m, nil
}
func (r *reading) Committed(_ context.Context, id int64) error {
	r.source.committed = append(r.source.committed, id)
	return nil
}
func (r *reading) Close() error { r.source.closed = true; return nil }

// cols reads "id bigint, name varchar".
func cols(pairs ...string) []schema.Column {
	var out []schema.Column
	for i := 0; i < len(pairs); i += 2 {
		t, err := schema.ParseType(pairs[i+1])
		if err != nil {
			panic(err)
		}
		out = append(out, schema.Column{Name: pairs[i], Type: t})
	}
	return out
}

func batch(columns []schema.Column, scope string, rows ...[]any) *wire.Batch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(columns))
	defer b.Release()
	for _, row := range rows {
		for i, v := range row {
			appendValue(b.Field(i), columns[i].Type, v)
		}
	}
	return &wire.Batch{Record: b.NewRecordBatch(), Scope: scope}
}

func appendValue(b array.Builder, t schema.Type, v any) {
	if v == nil {
		b.AppendNull()
		return
	}
	switch b := b.(type) {
	case *array.Int64Builder:
		b.Append(int64(v.(int)))
	case *array.StringBuilder:
		b.Append(v.(string))
	case *array.Float64Builder:
		b.Append(v.(float64))
	case *array.Decimal128Builder:
		n, err := decimal128.FromString(v.(string), int32(t.Precision), int32(t.Scale))
		if err != nil {
			panic(err)
		}
		b.Append(n)
	case *array.TimestampBuilder:
		ts, err := arrow.TimestampFromString(v.(string), arrow.Microsecond)
		if err != nil {
			panic(err)
		}
		b.Append(ts)
	default:
		panic(b)
	}
}

// table is the usual reading: a schema, one batch, complete.
func table(columns []schema.Column, rows ...[]any) []wire.Message {
	return []wire.Message{
		&wire.Schema{Columns: columns}, batch(columns, "", rows...), &wire.Checkpoint{ID: 1, State: []byte(`{"n":1}`)}, &wire.Status{Complete: true},
	}
}

// world is a warehouse on disk over several commands.
type world struct {
	t     testing.TB
	dir   string
	asOf  time.Time
	conn  *source
	allow bool
	quick bool // do not compare what was staged with what was published
}

func newWorld(t testing.TB) *world {
	return &world{t: t, dir: t.TempDir(), asOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), conn: &source{}}
}

func (w *world) open() warehouse.Store { return w.openAt("w.duckdb") }

func (w *world) openAt(name string) warehouse.Store {
	w.t.Helper()
	store, err := duckdb.Open(context.Background(), duckdb.Options{Path: filepath.Join(w.dir, name), Threads: 2})
	if err != nil {
		w.t.Fatal(err)
	}
	return store
}

// stream is source.shop.orders.
func stream(change func(*config.Stream)) *config.Stream {
	a := addr.Address{Type: "source", Name: "shop", Member: "orders"}
	s := &config.Stream{
		Block:  config.Block{Addr: a, Range: diag.Range{File: "main.cdp.hcl"}, Definition: `{"path":"orders.csv"}`},
		Source: &config.Source{Block: config.Block{Addr: a.Parent()}, Connector: "file"},
		Name:   "orders", PrimaryKey: []string{"id"},
	}
	if change != nil {
		change(s)
	}
	return s
}

// command is what one command did.
type command struct {
	*ingest.Result
	ds    diag.Diagnostics
	state *state.State
}

// load reads and, unless blocked, publishes.
func (w *world) load(s *config.Stream, messages ...wire.Message) command {
	w.t.Helper()
	ctx := context.Background()
	store := w.open()
	defer store.Close()
	st, err := state.Load(ctx, store)
	if err != nil {
		w.t.Fatal(err)
	}
	an := analyzer(w.t)
	defer an.Close()
	spec, ds := ingest.Compile(ctx, ingest.Given{Stream: s, Columns: st.Cursors[s.Addr.String()].Columns}, an)
	if ds.HasErrors() {
		return command{ds: ds, state: st}
	}
	w.conn.messages = func(wire.ReadRequest) []wire.Message { return messages }
	env := ingest.Env{Store: store, State: st, Connector: w.conn, AsOf: w.asOf, Allow: func(string, string) bool { return w.allow }}
	result, ds := ingest.Compute(ctx, env, spec)
	if ds.HasErrors() {
		return command{result, ds, st}
	}
	if !result.Counts.Balanced() {
		w.t.Fatalf("counts do not add up: %+v", result.Counts)
	}
	var staged []string
	if !w.quick {
		staged = w.readFrom(store, "readers", sqlgen.Relation{Schema: "raw_shop", Name: "orders"}, result.Columns)
	}
	if err := store.Promote(ctx); err != nil {
		w.t.Fatal(err)
	}
	run := state.Run{ID: state.NewID(), Command: "run", AsOf: w.asOf, StartedAt: time.Now()}
	more := st.SetApplied(state.Applied{Address: spec.Address, Fingerprint: spec.Fingerprint, AppliedRun: run.ID})
	if err := ingest.Publish(ctx, store, st, run, result, more...); err != nil {
		w.t.Fatal(err)
	}
	if w.quick {
		return command{result, ds, st}
	}
	if after := w.readFrom(store, "readers", sqlgen.Relation{Schema: "raw_shop", Name: "orders"}, result.Columns); !equalRows(staged, after) {
		w.t.Fatalf("plan showed %v, published %v", staged, after)
	}
	return command{result, ds, st}
}

func equalRows(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
