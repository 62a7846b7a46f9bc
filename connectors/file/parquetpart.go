package file

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/compute"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pq "github.com/apache/arrow-go/v18/parquet/file"
	"github.com/apache/arrow-go/v18/parquet/pqarrow"
	pqschema "github.com/apache/arrow-go/v18/parquet/schema"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// parquetPart is one Parquet file.
type parquetPart struct {
	found
	stream string
	at     []int        // column of each field
	text   map[int]bool // fields of bytes that Parquet says are JSON text
}

func (p *parquetPart) survey(_ context.Context, _ int, t *table) error {
	return p.open(4096, func(r *pqarrow.FileReader) error {
		s, err := r.Schema()
		if err != nil {
			return damaged{err}
		}
		p.at, p.text = nil, map[int]bool{}
		root := r.ParquetReader().MetaData().Schema.Root()
		for field, f := range s.Fields() {
			i, err := t.column(f.Name, p.name)
			if err != nil {
				return err
			}
			p.at = append(p.at, i)
			p.text[field] = f.Type.ID() == arrow.BINARY && root.Field(field).LogicalType().Equals(pqschema.JSONLogicalType{})
			t.give(i, p.typeOf(field, f))
		}
		return nil
	})
}

// typeOf is the column type that a field declares. What no column type holds is text.
func (p *parquetPart) typeOf(field int, f arrow.Field) schema.Type {
	c, ok := schema.FromArrowField(f)
	ext, isExt := f.Type.(arrow.ExtensionType)
	switch {
	case p.text[field]:
		return schema.Type{Kind: schema.JSON}
	case !ok || isExt && ext.ExtensionName() == "arrow.uuid":
		return schema.Type{Kind: schema.String}
	}
	return c.Type
}

func (p *parquetPart) open(rows int, use func(*pqarrow.FileReader) error) (err error) {
	// The Parquet library trusts the file in places: what it makes of a hostile one is an error of that file.
	defer func() {
		if r := recover(); r != nil {
			err = p.failure(damaged{fmt.Errorf("%v", r)})
		}
	}()
	in, err := os.Open(p.path)
	if err != nil {
		return pathFailure(p.stream, p.path, err)
	}
	defer in.Close()
	f, err := pq.NewParquetReader(in)
	if err != nil {
		return p.failure(damaged{err})
	}
	defer f.Close()
	r, err := pqarrow.NewFileReader(f, pqarrow.ArrowReadProperties{BatchSize: int64(rows), Parallel: true}, memory.DefaultAllocator)
	if err != nil {
		return p.failure(damaged{err})
	}
	return p.failure(use(r))
}

func (p *parquetPart) failure(err error) error {
	var bad damaged
	if errors.As(err, &bad) {
		return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", p.stream, "path"}, Message: p.name + " is not a Parquet file that can be read",
			Detail: "It is damaged, cut off or of another format: " + bad.Error() + "."}
	}
	return readFailure(p.found, p.stream, err)
}

func (p *parquetPart) read(ctx context.Context, _ *table, s shape, give func(chunk, func(setAside) string) error) error {
	position := func(x setAside) string { return fmt.Sprintf("%s: row %d", p.name, x.line+1) }
	return p.open(min(s.limits.rows, 32768), func(r *pqarrow.FileReader) error {
		records, err := r.GetRecordReader(ctx, nil, nil)
		if err != nil {
			return damaged{err}
		}
		defer records.Release()
		var done int64
		for {
			record, err := records.Read()
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				return damaged{err}
			}
			c, err := p.convert(ctx, p.asText(record), s, done)
			if err != nil {
				return err
			}
			done += record.NumRows()
			if err := give(c, position); err != nil {
				return err
			}
		}
	})
}

// asText reads the bytes of JSON fields as text.
func (p *parquetPart) asText(record arrow.RecordBatch) arrow.RecordBatch {
	fields, arrays := slices.Clone(record.Schema().Fields()), slices.Clone(record.Columns())
	for i, a := range arrays {
		if p.text[i] {
			d := a.Data()
			arrays[i] = array.MakeFromData(array.NewData(arrow.BinaryTypes.String, d.Len(), d.Buffers(), nil, d.NullN(), d.Offset()))
			fields[i].Type = arrow.BinaryTypes.String
		}
	}
	return array.NewRecordBatch(arrow.NewSchema(fields, nil), arrays, record.NumRows())
}

// convert makes a batch of a file's own batch: columns by their types, rows that do not fit set aside.
func (p *parquetPart) convert(ctx context.Context, record arrow.RecordBatch, s shape, before int64) (chunk, error) {
	b := batchOf(record, p.at, s)
	for column, c := range s.columns {
		if err := b.column(ctx, column, c); err != nil {
			return chunk{}, err
		}
	}
	b.dropKeyless()
	out := chunk{}
	whole := array.NewRecordBatch(s.arrow, b.made, record.NumRows())
	defer whole.Release()
	if b.dropped > 0 {
		for row, bad := range b.bad {
			if bad != nil {
				bad.Record, bad.Key = b.text(row), b.keyOf(row)
				out.rejects = append(out.rejects, setAside{*bad, before + int64(row)})
			}
		}
		kept, err := b.filter(ctx, whole)
		if err != nil {
			return chunk{}, err
		}
		defer kept.Release()
		out.batches = slice(kept, s.limits)
		out.seen = kept.NumRows() + int64(len(out.rejects))
		return out, nil
	}
	out.batches, out.seen = slice(whole, s.limits), whole.NumRows()
	return out, nil
}

// parquetBatch is one batch on its way.
type parquetBatch struct {
	shape
	in      []arrow.Array // by column; nil: the file lacks it
	rows    int
	made    []arrow.Array
	bad     map[int]*sdk.Reject // by row; a nil one is a row that was read before
	dropped int
}

func batchOf(record arrow.RecordBatch, at []int, s shape) *parquetBatch {
	b := &parquetBatch{shape: s, in: make([]arrow.Array, len(s.columns)), rows: int(record.NumRows()), bad: map[int]*sdk.Reject{}}
	for field, column := range at {
		b.in[column] = record.Column(field)
	}
	if s.since != nil && b.in[s.cursorColumn] != nil {
		for row := range b.rows {
			if v, ok := valueText(b.in[s.cursorColumn], row); ok && s.since.older(v) {
				b.bad[row] = nil
			}
		}
		b.dropped = len(b.bad)
	}
	return b
}

func (b *parquetBatch) drop(row int, r sdk.Reject) {
	if _, ok := b.bad[row]; !ok {
		b.bad[row] = &r
		b.dropped++
	}
}

// column makes one column: as it is, by a cast that loses nothing, or value by value.
func (b *parquetBatch) column(ctx context.Context, i int, c schema.Column) error {
	in := b.in[i]
	if in == nil {
		b.made = append(b.made, array.MakeArrayOfNull(memory.DefaultAllocator, c.Type.Arrow(), b.rows))
		return nil
	}
	if out := b.cast(ctx, in, c); out != nil && b.usable(out, c) {
		b.made = append(b.made, out)
		return nil
	}
	col := newColumn(c, b.rows, 8*b.rows)
	for row := range b.rows {
		v, ok := valueText(in, row)
		switch {
		case !ok:
			col.appendNull()
			continue
		case !clean(v):
			r := faulty(v)
			r.Column, r.Reason = c.Name, "column "+c.Name+": "+r.Reason
			b.drop(row, r)
		case len(v) > maxValue || !col.appendValue(v):
			b.drop(row, misfit(c, v))
		}
		if col.len() == row {
			col.appendNull()
		}
	}
	b.made = append(b.made, col.array())
	return nil
}

// dropKeyless sets aside rows that lack a part of the key.
func (b *parquetBatch) dropKeyless() {
	for _, i := range b.keyAt {
		for row := 0; b.made[i].NullN() > 0 && row < b.rows; row++ {
			if isNull(b.made[i], row) {
				b.drop(row, b.nullKey())
			}
		}
	}
}

// cast is nil where no cast keeps every value.
func (b *parquetBatch) cast(ctx context.Context, in arrow.Array, c schema.Column) arrow.Array {
	want := c.Type.Arrow()
	if arrow.TypeEqual(in.DataType(), want) {
		in.Retain()
		return in
	}
	natural, ok := schema.FromArrow(in.DataType())
	if !ok || natural != c.Type || c.Type.Kind == schema.JSON || c.Type.Kind == schema.Bytes {
		return nil
	}
	if d, ok := in.(*array.Dictionary); ok && !arrow.TypeEqual(d.Dictionary().DataType(), want) {
		return nil
	}
	out, err := compute.CastArray(ctx, in, compute.SafeCastOptions(want))
	if err != nil {
		return nil
	}
	return out
}

// usable says that an array of text is UTF-8 and has no value that is too large.
func (b *parquetBatch) usable(out arrow.Array, c schema.Column) bool {
	text, ok := out.(*array.String)
	if !ok {
		return c.Type.Kind != schema.Bytes || out.Data().Buffers()[2] == nil || out.Data().Buffers()[2].Len() <= maxValue
	}
	if c.Type.Kind == schema.JSON {
		return false
	}
	bytes := text.ValueBytes()
	if clean(bytes) && len(bytes) <= maxValue {
		return true
	}
	out.Release()
	return false
}

func (b *parquetBatch) filter(ctx context.Context, whole arrow.RecordBatch) (arrow.RecordBatch, error) {
	builder := array.NewBooleanBuilder(memory.DefaultAllocator)
	defer builder.Release()
	for row := range b.rows {
		_, dropped := b.bad[row]
		builder.Append(!dropped)
	}
	mask := builder.NewArray()
	defer mask.Release()
	kept, err := compute.FilterRecordBatch(ctx, whole, mask, compute.DefaultFilterOptions())
	if err != nil {
		return nil, fmt.Errorf("leaving out rows: %w", err)
	}
	return kept, nil
}

// text is a row as JSON.
func (b *parquetBatch) text(row int) string {
	out := []byte{'{'}
	for i, c := range b.columns {
		if b.in[i] == nil {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(out, encodeJSON(c.Name)...)
		out = append(out, ':')
		out = appendArrowJSON(out, b.in[i], row)
	}
	return printable(append(out, '}'))
}

func (b *parquetBatch) keyOf(row int) string {
	values := map[string][]byte{}
	for i, c := range b.columns {
		if b.in[i] == nil {
			continue
		}
		if v, ok := valueText(b.in[i], row); ok {
			values[c.Name] = v
		}
	}
	return b.shape.keyOf(values)
}

// slice cuts a batch so that each part keeps the limits.
func slice(whole arrow.RecordBatch, l limits) []arrow.RecordBatch {
	rows := whole.NumRows()
	if rows == 0 {
		return nil
	}
	var size int64
	for _, c := range whole.Columns() {
		for _, b := range c.Data().Buffers() {
			if b != nil {
				size += int64(b.Len())
			}
		}
	}
	step := min(rows, int64(l.rows))
	if size > int64(l.bytes) {
		step = max(1, min(step, rows*int64(l.bytes)/size))
	}
	var out []arrow.RecordBatch
	for from := int64(0); from < rows; from += step {
		out = append(out, whole.NewSlice(from, min(rows, from+step)))
	}
	return out
}
