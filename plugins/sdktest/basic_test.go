package sdktest

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == rogueName && os.Getenv(wire.CookieKey) != "" {
		serveRogue()
		return
	}
	if os.Getenv(helperKey) != "" {
		hostHelper()
		return
	}
	Main(m, numbers(), flow(), shelf())
}

// numbers reads 8 columns of n rows.
func numbers() sdk.Connector {
	return sdk.Connector{Spec: schema.Spec{Name: "numbers", Version: "1.0.0", Doc: "Numbers.", Source: &schema.SourceSpec{}}, Source: numberSource{}}
}

func flow() sdk.Connector {
	c := numbers()
	c.Spec.Name = "flow"
	c.Source = flowSource{}
	return c
}

type numberSource struct{}

var numberColumns = []schema.Column{
	{Name: "id", Type: schema.Type{Kind: schema.Int64}}, {Name: "email", Type: schema.Type{Kind: schema.String}},
	{Name: "at", Type: schema.Type{Kind: schema.TimestampTZ}}, {Name: "amount", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}},
}

func (numberSource) Validate(_ context.Context, call sdk.Call) sdk.Validation {
	return sdk.Validation{Streams: []schema.Stream{{Name: "n", Columns: numberColumns}}}
}
func (numberSource) Check(context.Context, sdk.Call) error { return nil }
func (numberSource) Discover(context.Context, sdk.Call) ([]schema.Stream, error) {
	return nil, nil
}
func (numberSource) Read(_ context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	if err := out.Schema(numberColumns, true); err != nil {
		return err
	}
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range 1000 {
		if err := out.Row(i, fmt.Sprintf("u%d@example.com", i), at, "12.50"); err != nil {
			return err
		}
	}
	if err := out.Checkpoint(json.RawMessage(`{"n":1000}`)); err != nil {
		return err
	}
	return out.Complete()
}

// flowSource sends the same batch again and again.
type flowSource struct{ numberSource }

func (flowSource) Read(_ context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	var columns []schema.Column
	for i := range 6 {
		columns = append(columns, schema.Column{Name: fmt.Sprintf("i%d", i), Type: schema.Type{Kind: schema.Int64}})
	}
	columns = append(columns, schema.Column{Name: "s", Type: schema.Type{Kind: schema.String}}, schema.Column{Name: "t", Type: schema.Type{Kind: schema.String}})
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(columns))
	for r := range 40_000 {
		for i := range 6 {
			b.Field(i).(*array.Int64Builder).Append(int64(r))
		}
		b.Field(6).(*array.StringBuilder).Append("somebody.with@example.com")
		b.Field(7).(*array.StringBuilder).Append("twelve chars")
	}
	rec := b.NewRecordBatch()
	if err := out.Schema(columns, false); err != nil {
		return err
	}
	for range 250 {
		if err := out.Batch(rec); err != nil {
			return err
		}
	}
	return out.Complete()
}

func drain(t testing.TB, r host.Reading) (rows, bytes int64) {
	t.Helper()
	for {
		m, err := r.Next(t.Context())
		if err == io.EOF {
			return rows, bytes
		}
		if err != nil {
			t.Fatalf("%v: %+v", err, err)
		}
		if b, ok := m.(*wire.Batch); ok {
			rows += b.Record.NumRows()
			bytes += size(b.Record)
			b.Record.Release()
		}
	}
}

func size(r arrow.RecordBatch) (n int64) {
	for _, c := range r.Columns() {
		for _, b := range c.Data().Buffers() {
			if b != nil {
				n += int64(b.Len())
			}
		}
	}
	return n
}

func TestReadThroughAProcess(t *testing.T) {
	h := host.New(host.Options{})
	defer h.Close()
	for range 3 {
		start := time.Now()
		c, err := h.Start(t.Context(), Self("numbers"))
		if err != nil {
			t.Fatal(err)
		}
		started := time.Since(start)
		if _, err := c.Spec(t.Context()); err != nil {
			t.Fatal(err)
		}
		first := time.Since(start)
		r, err := c.Read(t.Context(), wire.ReadRequest{Stream: "n"})
		if err != nil {
			t.Fatal(err)
		}
		rows, _ := drain(t, r)
		if rows != 1000 {
			t.Errorf("%d rows", rows)
		}
		all := time.Since(start)
		_ = c.Close()
		t.Logf("started %v, spec %v, read %v, closed %v", started, first, all, time.Since(start))
	}
}

func BenchmarkTransport(b *testing.B) {
	h := host.New(host.Options{})
	defer h.Close()
	c := Process(b, h, Self("flow"))
	for b.Loop() {
		r, err := c.Read(b.Context(), wire.ReadRequest{Stream: "n"})
		if err != nil {
			b.Fatal(err)
		}
		_, bytes := drain(b, r)
		b.SetBytes(bytes)
	}
}
