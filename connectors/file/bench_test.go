package file

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// counting counts rows and keeps nothing.
type counting struct{ rows int64 }

func (c *counting) Schema([]schema.Column, bool, ...string) error { return nil }
func (c *counting) Batch(record arrow.RecordBatch) error          { c.rows += record.NumRows(); return nil }
func (c *counting) Row(...any) error                              { return nil }
func (c *counting) Scope(string) error                            { return nil }
func (c *counting) Reject(sdk.Reject) error                       { return nil }
func (c *counting) Checkpoint(json.RawMessage) error              { return nil }
func (c *counting) ScopeComplete(string) error                    { return nil }
func (c *counting) Complete() error                               { return nil }
func (c *counting) Unchanged() error                              { return nil }
func (c *counting) Progress(int64, int64, string)                 {}
func (c *counting) Warn(string, string)                           {}

const benchColumns = "order_id bigint, email varchar, phone varchar, total decimal(18,2), status varchar, ordered_at timestamp, day date, note varchar"

// benchFile makes a file of orders, once; CDP_BENCH_FILE names one that is there already.
func benchFile(b *testing.B) string {
	if p := os.Getenv("CDP_BENCH_FILE"); p != "" {
		return p
	}
	p := filepath.Join(b.TempDir(), "orders.csv")
	duck(b, `copy (select i as order_id, 'user' || (i % 300000) || '@shop.example' as email, '+1415555' || (1000 + i % 9000) as phone, ((i * 37) % 100000 / 100)::decimal(18,2) as total,
		case when i % 3 = 0 then 'paid' else 'open' end as status, timestamp '2026-01-01' + to_seconds(i::integer) as ordered_at, date '2026-01-01' + (i % 365)::integer as day, 'note number ' || (i % 100) as note
		from range(1000000) r(i)) to '`+p+`' (format csv)`)
	return p
}

func benchRead(b *testing.B, s stream) {
	req := s.request(b)
	info, err := os.Stat(s.settings["path"].(string))
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	for b.Loop() {
		out := &counting{}
		start := time.Now()
		if err := (source{}).Read(context.Background(), req, out); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(out.rows)/time.Since(start).Seconds(), "rows/s")
	}
}

func BenchmarkCSVKnownTypes(b *testing.B) {
	s := of(benchFile(b))
	s.columns, s.key = benchColumns, []string{"order_id"}
	benchRead(b, s)
}

func BenchmarkCSVDetection(b *testing.B) {
	s := of(benchFile(b))
	s.key = []string{"order_id"}
	benchRead(b, s)
}
