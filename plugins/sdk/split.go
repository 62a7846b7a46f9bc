package sdk

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// splitBatch cuts a record into parts within the limits and sets aside rows that are too large.
func splitBatch(rec arrow.RecordBatch, limit wire.BatchLimits, part func(arrow.RecordBatch) error, large func(arrow.RecordBatch, *largeError) error) error {
	if rec.NumRows() == 0 {
		return nil
	}
	texts := variable(rec)
	fixed := 0
	for _, f := range rec.Schema().Fields() {
		if w, ok := f.Type.(arrow.FixedWidthDataType); ok {
			fixed += (w.BitWidth() + 7) / 8
		}
	}
	total := fixed * int(rec.NumRows())
	for _, t := range texts {
		total += t.width(0, int(rec.NumRows()))
	}
	if int(rec.NumRows()) <= limit.Rows && total <= limit.Bytes {
		return part(rec)
	}
	from, bytes := int64(0), 0
	emit := func(to int64) error {
		if to == from {
			return nil
		}
		slice := rec.NewSlice(from, to)
		defer slice.Release()
		from, bytes = to, 0
		return part(slice)
	}
	for row := range rec.NumRows() {
		size, big := rowSize(rec, texts, fixed, int(row))
		if big != nil {
			if err := emit(row); err != nil {
				return err
			}
			slice := rec.NewSlice(row, row+1)
			err := large(slice, big)
			slice.Release()
			if err != nil {
				return err
			}
			from = row + 1
			continue
		}
		if row-from >= int64(limit.Rows) || bytes+size > limit.Bytes {
			if err := emit(row); err != nil {
				return err
			}
		}
		bytes += size
	}
	return emit(rec.NumRows())
}

func rowSize(rec arrow.RecordBatch, texts []textColumn, fixed, row int) (int, *largeError) {
	size := fixed
	for _, t := range texts {
		n := t.width(row, row+1)
		if n > MaxValueBytes {
			return 0, &largeError{column: rec.ColumnName(t.index), size: n, limit: MaxValueBytes}
		}
		size += n
	}
	if size > MaxRecordBytes {
		return 0, &largeError{size: size, limit: MaxRecordBytes}
	}
	return size, nil
}

// textColumn is a column of variable width: text, JSON or bytes.
type textColumn struct {
	index   int
	offsets []int32
}

func (t textColumn) width(from, to int) int { return int(t.offsets[to] - t.offsets[from]) }

// variable are the columns of variable width of a record that has rows.
func variable(rec arrow.RecordBatch) []textColumn {
	var out []textColumn
	for i, c := range rec.Columns() {
		if c.NullN() == c.Len() {
			continue
		}
		switch c := c.(type) {
		case *array.String:
			out = append(out, textColumn{i, c.ValueOffsets()})
		case *array.Binary:
			out = append(out, textColumn{i, c.ValueOffsets()})
		}
	}
	return out
}
