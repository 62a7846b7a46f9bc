package ingest_test

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

var wide = cols("id", "bigint", "email", "varchar", "name", "varchar", "city", "varchar", "total", "double", "n", "bigint", "status", "varchar", "at", "timestamp")

// wideBatch is rows from..from+n; every step-th of them has version v.
func wideBatch(from, n, step, v int) *wire.Batch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(wide))
	defer b.Release()
	for i := from; i < from+n; i++ {
		version := 0
		if step > 0 && i%step == 0 {
			version = v
		}
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append("user" + strconv.Itoa(i) + "@shop.example")
		b.Field(2).(*array.StringBuilder).Append("Name " + strconv.Itoa(i%5000))
		b.Field(3).(*array.StringBuilder).Append("City " + strconv.Itoa(i%300))
		b.Field(4).(*array.Float64Builder).Append(float64(i)*1.5 + float64(version))
		b.Field(5).(*array.Int64Builder).Append(int64(i % 97))
		b.Field(6).(*array.StringBuilder).Append([]string{"paid", "open", "refunded"}[i%3])
		b.Field(7).(*array.TimestampBuilder).Append(arrow.Timestamp(1700000000000000 + int64(i)*1000000))
	}
	return &wire.Batch{Record: b.NewRecordBatch()}
}

// BenchmarkLoad measures against DuckDB's own speed on the same rows. ROWS=1000000 go test -bench Load -benchtime 1x
func BenchmarkLoad(b *testing.B) {
	rows, _ := strconv.Atoi(os.Getenv("ROWS"))
	if rows == 0 {
		rows = 200000
	}
	const size = 50000
	var batches []*wire.Batch
	for i := 0; i < rows; i += size {
		batches = append(batches, wideBatch(i, size, 0, 0))
	}
	send := func(more ...*wire.Batch) func() []wire.Message {
		return func() []wire.Message {
			m := []wire.Message{&wire.Schema{Columns: wide}}
			for _, batch := range append(batches[:len(batches):len(batches)], more...) {
				batch.Record.Retain()
				m = append(m, batch)
			}
			return append(m, &wire.Status{Complete: true})
		}
	}
	for range b.N {
		w := newWorld(b)
		w.quick = true
		began, used := time.Now(), processor()
		lap := func(what string) {
			fmt.Printf("%-40s %8.2f s %8.2f s of processor\n", what, time.Since(began).Seconds(), processor()-used)
			began, used = time.Now(), processor()
		}
		own(w, batches)
		lap("DuckDB's own insert from Arrow")
		s := stream(nil)
		w.direct(s, send())
		lap("first load, direct")
		r := w.load(s, send()()...)
		lap("equal full refresh")
		if r.Counts != (ingest.Counts{Extracted: int64(rows), Unchanged: int64(rows)}) {
			b.Fatalf("%+v", r.Counts)
		}
		r = w.load(s, append([]wire.Message{&wire.Schema{Columns: wide}}, scattered(rows, 10000)...)...)
		lap("10,000 changed rows")
		if r.Counts.Updated != 10000 {
			b.Fatalf("%+v", r.Counts)
		}
		merge(w, rows)
		lap("DuckDB's own merge of 10,000")
		w2 := newWorld(b)
		w2.quick = true
		w2.load(s, send()()...)
		lap("first load, through scratch")
	}
}

func scattered(rows, n int) []wire.Message {
	var m []wire.Message
	for i := range n {
		if i%1000 == 0 {
			m = append(m, wideBatch(i*(rows/n), 1000, 1, 7))
		}
	}
	return m
}

// own loads the batches with DuckDB alone.
func own(w *world, batches []*wire.Batch) {
	reader, err := array.NewRecordReader(schema.ArrowSchema(wide), records(batches))
	if err != nil {
		w.t.Fatal(err)
	}
	store := w.openAt("own.duckdb")
	defer store.Close()
	ctx := context.Background()
	t := warehouse.Table{Schema: "raw_shop", Name: "orders", Columns: wide}
	if err := store.Promote(ctx); err != nil {
		w.t.Fatal(err)
	}
	if err := store.Publish(ctx, warehouse.Publication{Deltas: []warehouse.Delta{{Table: t, Stream: reader}}}); err != nil {
		w.t.Fatal(err)
	}
}

func records(batches []*wire.Batch) []arrow.RecordBatch {
	var out []arrow.RecordBatch
	for _, b := range batches {
		out = append(out, b.Record)
	}
	return out
}

func merge(w *world, rows int) {
	store := w.openAt("own.duckdb")
	defer store.Close()
	ctx := context.Background()
	if err := store.Promote(ctx); err != nil {
		w.t.Fatal(err)
	}
	for _, sql := range []string{
		fmt.Sprintf("create or replace table work.changed as select * replace (total + 1 as total) from wh.raw_shop.orders where id %% %d = 0", rows/10000),
		"merge into wh.raw_shop.orders o using work.changed c on o.id = c.id when matched then update when not matched then insert",
	} {
		if _, err := store.Run(ctx, sqlgen.Statement{Name: "bench", SQL: sql}); err != nil {
			w.t.Fatal(err)
		}
	}
}

// processor is the processor time used so far: it says more than the clock where others are at work too.
func processor() float64 {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return float64(u.Utime.Sec+u.Stime.Sec) + float64(u.Utime.Usec+u.Stime.Usec)/1e6
}
