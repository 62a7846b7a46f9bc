package identity

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/sqlgen"
)

// valuePart is a table of values of one identifier.
type valuePart struct {
	Identifier int
	From       sqlgen.Relation
}

// normalise brings every raw value into its match form. Exact values and plain e-mails are done in SQL, the others go
// through Go.
func (c *computation) normalise() error {
	var all []valuePart
	for i := range c.spec.Identifiers {
		parts, err := c.identifier(i)
		if err != nil {
			return err
		}
		all = append(all, parts...)
	}
	_, err := c.run("values", map[string]any{"Parts": all})
	return err
}

// identifier normalises the values of one identifier.
func (c *computation) identifier(i int) ([]valuePart, error) {
	id := c.spec.Identifiers[i]
	var tables []sqlgen.Relation
	for _, r := range c.spec.Raw() {
		if r.Identifier != i {
			continue
		}
		more, err := c.column(id, r)
		if err != nil {
			return nil, err
		}
		tables = append(tables, more...)
	}
	if id.Several {
		out := c.work("values." + id.Name)
		if _, err := c.run("distinct", map[string]any{"Parts": tables, "Out": out}); err != nil {
			return nil, err
		}
		tables = []sqlgen.Relation{out}
	}
	var parts []valuePart
	for _, t := range tables {
		parts = append(parts, valuePart{i, t})
	}
	return parts, nil
}

// column normalises one raw column and gives the tables its values are in.
func (c *computation) column(id Identifier, r RawColumn) ([]sqlgen.Relation, error) {
	out := c.work("values." + r.Column)
	data := map[string]any{"Column": r.Column, "Out": out, "Region": r.Region}
	switch id.Form {
	case "", "id":
		_, err := c.run("exact", data)
		return []sqlgen.Relation{out}, err
	case "email":
		data["Out"] = c.work("values." + r.Column + ".plain")
		data["Words"] = append(append([]string{}, placeholderWords...), placeholderMailboxes...)
		if _, err := c.run("emails", data); err != nil {
			return nil, err
		}
		return []sqlgen.Relation{c.work("values." + r.Column + ".plain"), out}, c.inGo("odd_emails", data, id.Form, out)
	}
	return []sqlgen.Relation{out}, c.inGo("odd", data, id.Form, out)
}

var valueSchema = arrow.NewSchema([]arrow.Field{
	{Name: "rid", Type: arrow.PrimitiveTypes.Int32}, {Name: "value", Type: arrow.BinaryTypes.String}, {Name: "blocked", Type: arrow.FixedWidthTypes.Boolean},
}, nil)

// inGo reads raw values, normalises them on all processors and loads the result.
func (c *computation) inGo(name string, data map[string]any, form string, out sqlgen.Relation) error {
	reader, err := statements.Read(c.ctx, c.env.Store, name, c.known(data))
	if err != nil {
		return err
	}
	defer reader.Release()
	ctx, cancel := context.WithCancel(c.ctx)
	defer cancel()
	batches := inParallel(ctx, reader, func() func(arrow.RecordBatch) arrow.RecordBatch {
		f := newFormer(form, c.env.AsOf)
		return f.batch
	})
	from := array.ReaderFromIter(valueSchema, batches)
	defer from.Release()
	if _, err := c.env.Store.Load(c.ctx, out, from); err != nil {
		return fmt.Errorf("loading %s: %w", out.Name, err)
	}
	return nil
}

// inParallel maps batches with several workers and yields the results in order. Each worker has a function of its own.
func inParallel(ctx context.Context, in array.RecordReader, worker func() func(arrow.RecordBatch) arrow.RecordBatch) iter.Seq2[arrow.RecordBatch, error] {
	type job struct {
		in  arrow.RecordBatch
		out chan arrow.RecordBatch
	}
	return func(yield func(arrow.RecordBatch, error) bool) {
		workers := runtime.GOMAXPROCS(0)
		jobs, order := make(chan job), make(chan job, 4*workers)
		ctx, cancel := context.WithCancel(ctx)
		var wait sync.WaitGroup
		wait.Go(func() {
			defer close(order)
			defer close(jobs)
			for in.Next() {
				j := job{in.RecordBatch(), make(chan arrow.RecordBatch, 1)}
				j.in.Retain()
				select {
				case order <- j:
				case <-ctx.Done():
					j.in.Release()
					return
				}
				jobs <- j // a worker is always there to take it
			}
		})
		for range workers {
			wait.Go(func() {
				do := worker()
				for j := range jobs {
					j.out <- do(j.in)
					j.in.Release()
				}
			})
		}
		more := true
		for j := range order {
			if out := <-j.out; more {
				more = yield(out, nil)
			} else {
				out.Release()
			}
			if !more {
				cancel()
			}
		}
		cancel()
		wait.Wait()
		if err := in.Err(); err != nil && more {
			yield(nil, err)
		}
	}
}

// texts is a column of strings, whichever of Arrow's kinds it is.
type texts interface {
	Value(int) string
	IsNull(int) bool
}

// batch normalises one batch of rid, raw and maybe region.
func (f *former) batch(in arrow.RecordBatch) arrow.RecordBatch {
	n := int(in.NumRows())
	rids, raws := in.Column(0).(*array.Int32), in.Column(1).(texts)
	var regions texts
	if in.NumCols() > 2 {
		regions = in.Column(2).(texts)
	}
	rid := array.NewInt32Builder(memory.DefaultAllocator)
	value := array.NewStringBuilder(memory.DefaultAllocator)
	blocks := array.NewBooleanBuilder(memory.DefaultAllocator)
	defer rid.Release()
	defer value.Release()
	defer blocks.Release()
	rid.Reserve(n)
	value.Reserve(n)
	blocks.Reserve(n)
	var raw, out []byte
	for i := range n {
		region := ""
		if regions != nil && !regions.IsNull(i) {
			region = regions.Value(i)
		}
		raw = append(raw[:0], raws.Value(i)...)
		var st standing
		if out, st = f.form(out[:0], raw, region); st == absent {
			continue
		}
		rid.UnsafeAppend(rids.Value(i))
		value.BinaryBuilder.Append(out)
		blocks.UnsafeAppend(st == blocked)
	}
	columns := []arrow.Array{rid.NewArray(), value.NewArray(), blocks.NewArray()}
	batch := array.NewRecordBatch(valueSchema, columns, int64(columns[0].Len()))
	for _, col := range columns {
		col.Release()
	}
	return batch
}
