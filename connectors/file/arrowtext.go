package file

import (
	"encoding/hex"
	"math"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// valueText is a value as a file of text would have it; false: null. Nested values are JSON.
func valueText(a arrow.Array, i int) ([]byte, bool) {
	if isNull(a, i) {
		return nil, false
	}
	return appendText(nil, a, i), true
}

// isNull knows arrays that hold nothing but nulls, which have no bits to say so.
func isNull(a arrow.Array, i int) bool { return a.DataType().ID() == arrow.NULL || a.IsNull(i) }

// appendText appends a value that is not null.
func appendText(to []byte, a arrow.Array, i int) []byte {
	switch a := a.(type) {
	case array.ExtensionArray:
		if a.ExtensionType().ExtensionName() == "arrow.uuid" {
			return append(to, a.ValueStr(i)...)
		}
		return appendText(to, a.Storage(), i)
	case *array.Dictionary:
		return appendText(to, a.Dictionary(), a.GetValueIndex(i))
	case array.StringLike:
		return append(to, a.Value(i)...)
	case *array.Int64:
		return strconv.AppendInt(to, a.Value(i), 10)
	case *array.Boolean:
		return strconv.AppendBool(to, a.Value(i))
	case *array.Float64:
		return appendFloat(to, a.Value(i))
	case *array.Float32:
		return appendFloat(to, float64(a.Value(i)))
	case *array.Decimal128:
		return append(to, a.Value(i).ToString(a.DataType().(*arrow.Decimal128Type).Scale)...)
	case *array.Date32:
		return a.Value(i).ToTime().AppendFormat(to, time.DateOnly)
	case *array.Date64:
		return a.Value(i).ToTime().AppendFormat(to, time.DateOnly)
	case *array.Timestamp:
		t := a.DataType().(*arrow.TimestampType)
		if t.TimeZone != "" {
			return a.Value(i).ToTime(t.Unit).UTC().AppendFormat(to, "2006-01-02T15:04:05.999999999Z")
		}
		return a.Value(i).ToTime(t.Unit).UTC().AppendFormat(to, "2006-01-02 15:04:05.999999999")
	case *array.Time32:
		return clock(to, a.Value(i).ToTime(a.DataType().(*arrow.Time32Type).Unit))
	case *array.Time64:
		return clock(to, a.Value(i).ToTime(a.DataType().(*arrow.Time64Type).Unit))
	case interface{ Value(int) []byte }: // Binary and its kin
		return hex.AppendEncode(append(to, '\\', 'x'), a.Value(i))
	}
	if _, ok := a.DataType().(arrow.NestedType); ok {
		return appendArrowJSON(to, a, i)
	}
	return append(to, a.ValueStr(i)...)
}

func clock(to []byte, t time.Time) []byte { return t.UTC().AppendFormat(to, "15:04:05.999999999") }

// appendFloat writes the shortest text that reads back as the same number.
func appendFloat(to []byte, f float64) []byte {
	if abs := math.Abs(f); abs != 0 && (abs < 1e-6 || abs >= 1e21) {
		return strconv.AppendFloat(to, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(to, f, 'f', -1, 64)
}

// appendArrowJSON writes a value as JSON: structs in the order of their fields, maps with text keys as objects, numbers exact.
func appendArrowJSON(to []byte, a arrow.Array, i int) []byte {
	if isNull(a, i) {
		return append(to, "null"...)
	}
	switch a := a.(type) {
	case array.ExtensionArray:
		if a.ExtensionType().ExtensionName() == "arrow.json" {
			return appendText(to, a.Storage(), i)
		}
		if _, nested := a.Storage().DataType().(arrow.NestedType); nested {
			return appendArrowJSON(to, a.Storage(), i)
		}
	case *array.Dictionary:
		return appendArrowJSON(to, a.Dictionary(), a.GetValueIndex(i))
	case *array.Struct:
		t := a.DataType().(*arrow.StructType)
		to = append(to, '{')
		for f := range t.NumFields() {
			if f > 0 {
				to = append(to, ',')
			}
			to = append(append(to, encodeJSON(t.Field(f).Name)...), ':')
			to = appendArrowJSON(to, a.Field(f), i)
		}
		return append(to, '}')
	case *array.Map:
		return appendMap(to, a, i)
	case array.ListLike:
		from, until := a.ValueOffsets(i)
		to = append(to, '[')
		for j := from; j < until; j++ {
			if j > from {
				to = append(to, ',')
			}
			to = appendArrowJSON(to, a.ListValues(), int(j))
		}
		return append(to, ']')
	}
	start := len(to)
	switch a.DataType().ID() {
	case arrow.BOOL, arrow.INT8, arrow.INT16, arrow.INT32, arrow.INT64, arrow.UINT8, arrow.UINT16, arrow.UINT32, arrow.UINT64,
		arrow.DECIMAL128, arrow.DECIMAL256, arrow.DECIMAL32, arrow.DECIMAL64:
		return appendText(to, a, i)
	case arrow.FLOAT32, arrow.FLOAT64:
		to = appendText(to, a, i)
		if c := to[len(to)-1]; c >= '0' && c <= '9' {
			return to
		}
		return append(to[:start], encodeJSON(string(to[start:]))...) // NaN, Inf
	case arrow.STRING:
		return appendQuoted(to, a.(*array.String).Value(i))
	}
	v, _ := valueText(a, i)
	return appendQuoted(to, string(v))
}

func appendMap(to []byte, a *array.Map, i int) []byte {
	from, until := a.ValueOffsets(i)
	to = append(to, '{')
	for j := from; j < until; j++ {
		if j > from {
			to = append(to, ',')
		}
		key, _ := valueText(a.Keys(), int(j))
		to = append(appendQuoted(to, string(key)), ':')
		to = appendArrowJSON(to, a.Items(), int(j))
	}
	return append(to, '}')
}

// appendQuoted writes a JSON string.
func appendQuoted(to []byte, v string) []byte {
	for i := range len(v) {
		if c := v[i]; c < ' ' || c == '"' || c == '\\' || c >= 0x80 {
			return append(to, encodeJSON(v)...)
		}
	}
	return append(append(append(to, '"'), v...), '"')
}
