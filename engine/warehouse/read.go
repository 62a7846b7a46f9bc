package warehouse

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/sqlgen"
)

// Row is one row of a result, in the order of its columns. Values are nil, bool, int64, float64, string, []byte,
// time.Time (dates and timestamps, UTC) and json.Number (decimals, exactly). Nested values are JSON text as
// json.RawMessage.
type Row []any

// Rows reads a whole result: for small ones.
func Rows(ctx context.Context, in Reader, s sqlgen.Statement) ([]Row, error) {
	var rows []Row
	err := Each(ctx, in, s, func(r Row) error {
		rows = append(rows, r)
		return nil
	})
	return rows, err
}

// Maps reads a whole result as maps by column name.
func Maps(ctx context.Context, in Reader, s sqlgen.Statement) ([]map[string]any, error) {
	reader, err := in.Read(ctx, s)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	var rows []map[string]any
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := map[string]any{}
			for c, f := range batch.Schema().Fields() {
				row[f.Name] = Cell(batch.Column(c), i)
			}
			rows = append(rows, row)
		}
	}
	if err := reader.Err(); err != nil {
		return nil, fmt.Errorf("reading %s: %w", s.Name, err)
	}
	return rows, nil
}

// Each calls fn for every row of a result, which is read as a stream.
func Each(ctx context.Context, in Reader, s sqlgen.Statement, fn func(Row) error) error {
	reader, err := in.Read(ctx, s)
	if err != nil {
		return err
	}
	defer reader.Release()
	err = EachRow(reader, fn)
	if failed := reader.Err(); failed != nil {
		return fmt.Errorf("reading %s: %w", s.Name, failed)
	}
	return err
}

// EachRow calls fn for every row that is left in a reader.
func EachRow(reader array.RecordReader, fn func(Row) error) error {
	for reader.Next() {
		batch := reader.RecordBatch()
		for i := range int(batch.NumRows()) {
			row := make(Row, batch.NumCols())
			for c := range row {
				row[c] = Cell(batch.Column(c), i)
			}
			if err := fn(row); err != nil {
				return err
			}
		}
	}
	return reader.Err()
}

// Scan reads a whole result, with one call of fn for each row.
func Scan[T any](ctx context.Context, in Reader, s sqlgen.Statement, fn func(Row) (T, error)) ([]T, error) {
	var out []T
	err := Each(ctx, in, s, func(r Row) error {
		v, err := fn(r)
		out = append(out, v)
		return err
	})
	return out, err
}

// Value reads a result of one row and one column. Null, or no row, is the zero value. Whole numbers are read into any
// number type.
func Value[T any](ctx context.Context, in Reader, s sqlgen.Statement) (T, error) {
	var out T
	rows, err := Rows(ctx, in, s)
	if err != nil || len(rows) == 0 {
		return out, err
	}
	if len(rows) > 1 || len(rows[0]) != 1 {
		return out, fmt.Errorf("reading %s: %d rows of %d columns where one value is wanted", s.Name, len(rows), len(rows[0]))
	}
	v := rows[0][0]
	if v == nil {
		return out, nil
	}
	if direct, ok := v.(T); ok {
		return direct, nil
	}
	switch p := any(&out).(type) {
	case *int64:
		if n, ok := Int(v); ok {
			*p = n
			return out, nil
		}
	case *int:
		if n, ok := Int(v); ok {
			*p = int(n)
			return out, nil
		}
	case *float64:
		if n, ok := Float(v); ok {
			*p = n
			return out, nil
		}
	}
	return out, fmt.Errorf("reading %s: a value of type %T where %T is wanted", s.Name, v, out)
}

// Int is a cell as a whole number.
func Int(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return n, err == nil
	}
	return 0, false
}

// Float is a cell as a number.
func Float(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case int64:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	return 0, false
}

// Text is a cell as text; null is empty.
func Text(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case []byte:
		return string(v)
	case json.RawMessage:
		return string(v)
	case time.Time:
		return v.UTC().Format(time.RFC3339Nano)
	}
	return fmt.Sprint(v)
}

// Cell is one value of an Arrow column as a Go value of Row's kinds. Strings are copies: they outlive the batch.
func Cell(column arrow.Array, i int) any {
	if column.IsNull(i) {
		return nil
	}
	switch c := column.(type) {
	case *array.Boolean:
		return c.Value(i)
	case *array.Int8:
		return int64(c.Value(i))
	case *array.Int16:
		return int64(c.Value(i))
	case *array.Int32:
		return int64(c.Value(i))
	case *array.Int64:
		return c.Value(i)
	case *array.Uint8:
		return int64(c.Value(i))
	case *array.Uint16:
		return int64(c.Value(i))
	case *array.Uint32:
		return int64(c.Value(i))
	case *array.Uint64:
		if n := c.Value(i); n > 1<<63-1 {
			return json.Number(strconv.FormatUint(n, 10))
		}
		return int64(c.Value(i))
	case *array.Float32:
		return float64(c.Value(i))
	case *array.Float64:
		return c.Value(i)
	case *array.String:
		return string([]byte(c.Value(i)))
	case *array.LargeString:
		return string([]byte(c.Value(i)))
	case *array.Binary:
		return append([]byte{}, c.Value(i)...)
	case *array.LargeBinary:
		return append([]byte{}, c.Value(i)...)
	case *array.Decimal128:
		return json.Number(c.Value(i).ToString(c.DataType().(*arrow.Decimal128Type).Scale))
	case *array.Date32:
		return c.Value(i).ToTime()
	case *array.Timestamp:
		return c.Value(i).ToTime(c.DataType().(*arrow.TimestampType).Unit).UTC()
	case *array.Time64:
		return c.Value(i).FormattedString(c.DataType().(*arrow.Time64Type).Unit)
	case *array.Dictionary:
		return Cell(c.Dictionary(), c.GetValueIndex(i))
	case array.ExtensionArray:
		return Cell(c.Storage(), i)
	case array.ListLike, *array.Struct:
		text, err := json.Marshal(c.GetOneForMarshal(i))
		if err == nil {
			return json.RawMessage(text)
		}
	}
	return column.ValueStr(i)
}
