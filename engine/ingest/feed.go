package ingest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// feed is one stream as it arrives: messages in, Arrow batches out. It notes everything that is not rows.
type feed struct {
	ctx      context.Context
	reading  host.Reading
	progress func(*wire.Progress)

	opened     *wire.Schema
	checkpoint *wire.Checkpoint
	complete   bool
	unchanged  bool
	ended      bool
	notices    []wire.Notice
	rejects    *rejects

	layout  layout
	rows    int64
	current arrow.RecordBatch
	err     error
	refs    atomic.Int64
}

// layout is how a batch becomes staging rows: its columns, then the scope where rows have no key, then the order of arrival.
type layout struct {
	arrow    *arrow.Schema // of a staging batch
	types    []arrow.DataType
	incoming *arrow.Schema
	scoped   bool
	seq      bool
}

var errProtocol = errors.New("broke the protocol")

// open reads up to the schema, or to the end if there is none.
func (f *feed) open() error {
	for f.opened == nil && !f.ended {
		batch, err := f.next()
		if err != nil {
			return err
		}
		if batch != nil {
			return fmt.Errorf("%w: rows before their schema", errProtocol)
		}
	}
	return nil
}

// next takes one message; it returns the batch if it was one.
func (f *feed) next() (*wire.Batch, error) {
	m, err := f.reading.Next(f.ctx)
	if errors.Is(err, io.EOF) {
		f.ended = true
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	switch m := m.(type) {
	case *wire.Schema:
		if f.opened != nil {
			return nil, fmt.Errorf("%w: a second schema", errProtocol)
		}
		f.opened = m
	case *wire.Batch:
		return m, nil
	case *wire.Reject:
		return nil, f.rejects.add(f.ctx, m)
	case *wire.Checkpoint:
		f.checkpoint = m
	case *wire.Status:
		f.unchanged = f.unchanged || m.Unchanged
		f.complete = f.complete || m.Complete && m.Scope == ""
	case *wire.Progress:
		if f.progress != nil {
			f.progress(m)
		}
	case *wire.Notice:
		f.notices = append(f.notices, *m)
	}
	return nil, nil
}

// drain reads what is left when no rows are wanted.
func (f *feed) drain() error {
	for !f.ended {
		batch, err := f.next()
		if err != nil {
			return err
		}
		if batch != nil {
			batch.Record.Release()
			return fmt.Errorf("%w: rows of an unchanged stream", errProtocol)
		}
	}
	return nil
}

// arrange settles the columns of staging: those of the stream, where one without a type takes its type from as.
func (f *feed) arrange(columns []schema.Column, scoped, seq bool) {
	l := layout{scoped: scoped, seq: seq, incoming: schema.ArrowSchema(f.opened.Columns)}
	fields := schema.ArrowSchema(columns).Fields()
	for _, field := range fields {
		l.types = append(l.types, field.Type)
	}
	if scoped {
		fields = append(fields, arrow.Field{Name: ScopeColumn, Type: arrow.BinaryTypes.String, Nullable: true})
	}
	if seq {
		fields = append(fields, arrow.Field{Name: seqColumn, Type: arrow.PrimitiveTypes.Int64})
	}
	l.arrow = arrow.NewSchema(fields, nil)
	f.layout = l
}

// The methods below make feed an array.RecordReader.

func (f *feed) Retain()                        { f.refs.Add(1) }
func (f *feed) Release()                       { f.refs.Add(-1) }
func (f *feed) Schema() *arrow.Schema          { return f.layout.arrow }
func (f *feed) RecordBatch() arrow.RecordBatch { return f.current }
func (f *feed) Record() arrow.RecordBatch      { return f.current }
func (f *feed) Err() error                     { return f.err }

// Next reads up to the next batch with rows.
func (f *feed) Next() bool {
	f.drop()
	for !f.ended && f.err == nil {
		batch, err := f.next()
		if err != nil {
			f.err = err
			return false
		}
		if batch == nil {
			continue
		}
		if batch.Record.NumRows() == 0 {
			batch.Record.Release()
			continue
		}
		if f.current, f.err = f.stage(batch); f.err == nil {
			return true
		}
	}
	return false
}

// drop lets go of the current batch.
func (f *feed) drop() {
	if f.current != nil {
		f.current.Release()
		f.current = nil
	}
}

func (f *feed) stage(batch *wire.Batch) (arrow.RecordBatch, error) {
	in := batch.Record
	defer in.Release()
	if f.opened == nil || int(in.NumCols()) != len(f.layout.types) {
		return nil, fmt.Errorf("%w: a batch with other columns than its schema", errProtocol)
	}
	n := int(in.NumRows())
	columns := make([]arrow.Array, 0, len(f.layout.types)+2)
	defer func() {
		for _, c := range columns {
			c.Release()
		}
	}()
	for i, want := range f.layout.types {
		a := in.Column(i)
		switch {
		case arrow.TypeEqual(a.DataType(), want):
			a.Retain()
			columns = append(columns, a)
		case a.DataType().ID() == arrow.NULL || a.NullN() == n:
			columns = append(columns, array.MakeArrayOfNull(memory.DefaultAllocator, want, n))
		default:
			return nil, fmt.Errorf("%w: column %s is %s, its schema says %s", errProtocol, in.ColumnName(i), a.DataType(), want)
		}
	}
	if f.layout.scoped {
		columns = append(columns, repeated(batch.Scope, n))
	}
	if f.layout.seq {
		columns = append(columns, counting(f.rows, n))
	}
	f.rows += int64(n)
	return array.NewRecordBatch(f.layout.arrow, columns, int64(n)), nil
}

func repeated(text string, n int) arrow.Array {
	b := array.NewStringBuilder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(n)
	b.ReserveData(n * len(text))
	for range n {
		b.Append(text)
	}
	return b.NewArray()
}

func counting(from int64, n int) arrow.Array {
	b := array.NewInt64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.Reserve(n)
	for i := range n {
		b.UnsafeAppend(from + int64(i))
	}
	return b.NewArray()
}
