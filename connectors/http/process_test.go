package http

import (
	"io"
	"reflect"
	"testing"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdktest"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

func TestMain(m *testing.M) { sdktest.Main(m, New()) }

// both runs a test with the connector in this process and as a process of its own.
func both(t *testing.T, test func(t *testing.T, c host.Connector)) {
	h := host.New(host.Options{})
	t.Cleanup(func() { h.Close() })
	t.Run("memory", func(t *testing.T) { test(t, sdktest.Memory(t, h, New())) })
	t.Run("process", func(t *testing.T) { test(t, sdktest.Process(t, h, sdktest.Self("http"))) })
}

func TestSpecCrossesTheWire(t *testing.T) {
	both(t, func(t *testing.T, c host.Connector) {
		got, err := c.Spec(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := Spec()
		if !got.Source.Block.Args[1].Type.Equals(want.Source.Block.Args[1].Type) || len(got.Destination.Block.Blocks) != 1 {
			t.Errorf("auth came as %#v", got.Source.Block.Args[1].Type)
		}
		if optional := got.Source.Block.Args[1].Type.OptionalAttributes(); !reflect.DeepEqual(optional, want.Source.Block.Args[1].Type.OptionalAttributes()) {
			t.Errorf("optional attributes: %v", optional)
		}
	})
}

func TestReadAsHostsDo(t *testing.T) {
	both(t, func(t *testing.T, c host.Connector) {
		w := newTwin(t)
		kept := []schema.Column{{Name: "note", Type: schema.Type{Kind: schema.String}}, {Name: "ref", Type: schema.Type{Kind: schema.JSON}}, {Name: "n", Type: schema.Type{Kind: schema.Int64}}}
		r, err := c.Read(t.Context(), wire.ReadRequest{Call: orders(w, 105), Stream: "orders", Kept: kept})
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		rows, complete := int64(0), false
		for {
			m, err := r.Next(t.Context())
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			switch m := m.(type) {
			case *wire.Batch:
				rows += m.Record.NumRows()
				m.Record.Release()
			case *wire.Status:
				complete = m.Complete
			}
		}
		if rows != 105 || !complete {
			t.Errorf("%d rows, complete %v", rows, complete)
		}
	})
}

func TestWriteAsHostsDo(t *testing.T) {
	both(t, func(t *testing.T, c host.Connector) {
		w := newTwin(t)
		call := destinationCall(w, idempotent(true))
		v, err := c.Validate(t.Context(), "destination", call)
		if err != nil || len(v.Problems) > 0 || len(v.Objects) != 1 {
			t.Fatalf("%+v %v", v, err)
		}
		req := wire.WriteRequest{Call: call, Object: "contacts", Key: emailKey, RunID: "run1",
			Fields: []schema.Column{{Name: "ltv", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}}, {Name: "tags", Type: schema.Type{Kind: schema.JSON}}}}
		out, err := c.Write(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		defer out.Close()
		b := array.NewRecordBuilder(memory.DefaultAllocator, wire.OpSchema(req))
		for _, email := range []string{"a@x", "b@x"} {
			b.Field(0).(*array.StringBuilder).Append(`{"email":"` + email + `"}`)
			b.Field(1).AppendNull()
			b.Field(2).(*array.BinaryBuilder).Append([]byte{0b11})
			b.Field(3).(*array.StringBuilder).Append(email)
			if err := b.Field(4).(*array.Decimal128Builder).AppendValueFromString("150.05"); err != nil {
				t.Fatal(err)
			}
			if err := b.Field(5).AppendValueFromString(`["vip",1.50]`); err != nil {
				t.Fatal(err)
			}
		}
		record := b.NewRecordBatch()
		defer record.Release()
		if err := out.Send(t.Context(), wire.OpBatch{ID: "b1", Op: schema.OpUpsert, Record: record}); err != nil {
			t.Fatal(err)
		}
		got, err := out.Receive(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		want := wire.BatchResult{BatchID: "b1", Evidence: "results", Results: []wire.Result{{ID: `{"email":"a@x"}`, Outcome: wire.OK}, {ID: `{"email":"b@x"}`, Outcome: wire.OK}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("answer (-want +got):\n%s", diff)
		}
		if body := w.requests()[0].body; body != `{"contacts":[{"email":"a@x","ltv":150.05,"tags":["vip",1.50]},{"email":"b@x","ltv":150.05,"tags":["vip",1.50]}]}` {
			t.Errorf("body %s", body)
		}
		if err := out.Finish(t.Context()); err != nil {
			t.Fatal(err)
		}
		var back []wire.ReadbackRecord
		err = c.Readback(t.Context(), wire.ReadbackRequest{Call: call, Object: "contacts", Key: emailKey}, func(r wire.ReadbackRecord) error {
			back = append(back, r)
			return nil
		})
		if err != nil || len(back) != 2 || back[1].ID != `{"email":"b@x"}` || string(back[1].Fields) != `{"ltv":150.05,"tags":["vip",1.5]}` {
			t.Errorf("%s %v", back, err)
		}
	})
}
