package sdk

import (
	"errors"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// BuildRecord makes an Arrow record of rows, with values as Emitter.Row takes them. The caller releases it.
func BuildRecord(columns []schema.Column, rows ...[]any) (arrow.RecordBatch, error) {
	b := newRowBuilder(columns, schema.ArrowSchema(columns))
	defer b.record.Release()
	for _, row := range rows {
		if _, err := b.add(row); err != nil {
			var large *largeError
			if errors.As(err, &large) {
				return nil, misuse("%v", large)
			}
			return nil, err
		}
	}
	return b.take(), nil
}

// Rows are the values of an Arrow record, row by row: nil, bool, int64, float64, string, []byte, time.Time,
// json.RawMessage, or json.Number for decimals.
func Rows(rec arrow.RecordBatch) [][]any {
	types := make([]schema.Type, rec.NumCols())
	for i, f := range rec.Schema().Fields() {
		c, _ := schema.FromArrowField(f)
		types[i] = c.Type
	}
	out := make([][]any, rec.NumRows())
	for row := range out {
		out[row] = make([]any, len(types))
		for i, t := range types {
			out[row][i] = arrowValue(rec.Column(i), t, row)
		}
	}
	return out
}
