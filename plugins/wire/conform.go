package wire

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// Conform returns rec with exactly the schema want, or says why it cannot. Nothing is copied and nothing is cast: only
// metadata and the name of a time zone may differ, since an instant is the same in every zone. The caller releases it.
func Conform(rec arrow.RecordBatch, want *arrow.Schema) (arrow.RecordBatch, error) {
	have := rec.Schema()
	if have == want || have.Equal(want) {
		rec.Retain()
		return rec, nil
	}
	columns := make([]arrow.Array, rec.NumCols())
	for i := range columns {
		columns[i] = rec.Column(i)
	}
	if len(columns) == want.NumFields() {
		for i, f := range want.Fields() {
			if zoned(f.Type) && zoned(have.Field(i).Type) && !arrow.TypeEqual(f.Type, have.Field(i).Type) {
				columns[i] = retyped(columns[i], f.Type)
				defer columns[i].Release()
			}
		}
	}
	fields := make([]arrow.Field, len(columns))
	for i, c := range columns {
		fields[i] = arrow.Field{Name: have.Field(i).Name, Type: c.DataType()}
	}
	if err := SameTypes(want, arrow.NewSchema(fields, nil)); err != nil {
		return nil, err
	}
	return array.NewRecordBatch(want, columns, rec.NumRows()), nil
}

// zoned says whether a type is an instant in microseconds.
func zoned(dt arrow.DataType) bool {
	ts, ok := dt.(*arrow.TimestampType)
	return ok && ts.Unit == arrow.Microsecond && ts.TimeZone != ""
}

// retyped is the same data under another type.
func retyped(a arrow.Array, dt arrow.DataType) arrow.Array {
	d := a.Data()
	data := array.NewData(dt, d.Len(), d.Buffers(), d.Children(), d.NullN(), d.Offset())
	defer data.Release()
	return array.MakeFromData(data)
}
