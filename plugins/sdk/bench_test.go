package sdk

import (
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// nothing takes what an emitter sends and forgets it.
type nothing struct{}

func (nothing) Send(wire.Message) error   { return nil }
func (nothing) Draining() <-chan struct{} { return nil }

func BenchmarkRow(b *testing.B) {
	columns := []schema.Column{
		{Name: "a", Type: schema.Type{Kind: schema.Int64}}, {Name: "b", Type: schema.Type{Kind: schema.String}},
		{Name: "c", Type: schema.Type{Kind: schema.Double}}, {Name: "d", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}},
	}
	e := newEmitter(b.Context(), ReadRequest{Batch: boundedBatch(wire.BatchLimits{})}, nothing{})
	if err := e.Schema(columns, false); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if err := e.Row(int64(12345), "somebody@example.com", 1.5, "12.50"); err != nil {
			b.Fatal(err)
		}
	}
}
