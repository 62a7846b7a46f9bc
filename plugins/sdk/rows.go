package sdk

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// rowBuilder gathers rows as typed columns.
type rowBuilder struct {
	columns []schema.Column
	record  *array.RecordBuilder
	slots   []slot
	count   int
	bytes   int
}

// slot is one value converted, before the row as a whole is known to be good.
type slot struct {
	null    bool
	integer int64 // bool, int64, dates and times too
	double  float64
	text    string
	bytes   []byte
	decimal decimal128.Num
}

// largeError is a value or a record beyond the limits.
type largeError struct {
	column string
	size   int
	limit  int
}

func (e *largeError) Error() string {
	what := "the record"
	if e.column != "" {
		what = "the value"
	}
	return fmt.Sprintf("%s has %d bytes; at most %d are taken", what, e.size, e.limit)
}

func newRowBuilder(columns []schema.Column, s *arrow.Schema) *rowBuilder {
	return &rowBuilder{
		columns: columns, record: array.NewRecordBuilder(memory.DefaultAllocator, s), slots: make([]slot, len(columns)),
	}
}

// add appends a row, or nothing if a value does not fit. It returns the row's size.
func (b *rowBuilder) add(values []any) (int, error) {
	if len(values) != len(b.columns) {
		return 0, misuse("it sent a row of %d values for %d columns", len(values), len(b.columns))
	}
	size := 0
	for i, v := range values {
		n, err := convert(&b.slots[i], b.columns[i].Type, v)
		if err != nil {
			return 0, &ValueError{Column: b.columns[i].Name, Type: b.columns[i].Type, Value: shorten(v)}
		}
		if n > MaxValueBytes {
			return 0, &largeError{column: b.columns[i].Name, size: n, limit: MaxValueBytes}
		}
		size += n
	}
	if size > MaxRecordBytes {
		return 0, &largeError{size: size, limit: MaxRecordBytes}
	}
	for i := range b.slots {
		b.append(i)
	}
	b.count++
	b.bytes += size
	return size, nil
}

func (b *rowBuilder) append(i int) {
	s := &b.slots[i]
	field := b.record.Field(i)
	if s.null {
		field.AppendNull()
		return
	}
	switch f := field.(type) {
	case *array.BooleanBuilder:
		f.Append(s.integer != 0)
	case *array.Int64Builder:
		f.Append(s.integer)
	case *array.Float64Builder:
		f.Append(s.double)
	case *array.StringBuilder:
		f.Append(s.text)
	case *array.BinaryBuilder:
		f.Append(s.bytes)
	case *array.Decimal128Builder:
		f.Append(s.decimal)
	case *array.Date32Builder:
		f.Append(arrow.Date32(s.integer))
	case *array.Time64Builder:
		f.Append(arrow.Time64(s.integer))
	case *array.TimestampBuilder:
		f.Append(arrow.Timestamp(s.integer))
	default:
		field.AppendNull()
	}
}

// take hands out the rows gathered. The caller releases them.
func (b *rowBuilder) take() arrow.RecordBatch {
	b.count, b.bytes = 0, 0
	return b.record.NewRecordBatch()
}

// shorten is a value for an error message: a few characters of it.
func shorten(v any) string {
	text := fmt.Sprint(v)
	if raw, ok := v.([]byte); ok {
		text = fmt.Sprintf("%x", raw[:min(len(raw), 20)])
	}
	runes := []rune(text[:min(len(text), 200)])
	if len(runes) > 40 || len(text) > 200 {
		return string(runes[:min(len(runes), 40)]) + "…"
	}
	return text
}
