package render

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

var null = json.RawMessage("null")

// cell is one value as JSON: integers and decimals of any width as exact numbers, times as ISO text, nested values as
// objects and lists.
func cell(column arrow.Array, i int) json.RawMessage {
	if column.IsNull(i) {
		return null
	}
	switch c := column.(type) {
	case *array.Float64:
		return float(c.Value(i), 64)
	case *array.Float32:
		return float(float64(c.Value(i)), 32)
	case *array.Decimal128:
		return json.RawMessage(c.Value(i).ToString(c.DataType().(*arrow.Decimal128Type).Scale))
	case *array.Decimal256:
		return json.RawMessage(c.Value(i).ToString(c.DataType().(*arrow.Decimal256Type).Scale))
	case *array.Timestamp:
		return moment(c, i)
	case *array.Date32:
		return quote(c.Value(i).ToTime().Format("2006-01-02"))
	case *array.Date64:
		return quote(c.Value(i).ToTime().Format("2006-01-02"))
	case *array.Time64:
		return quote(c.Value(i).ToTime(c.DataType().(*arrow.Time64Type).Unit).Format("15:04:05.999999"))
	case *array.Binary:
		return quote(base64.StdEncoding.EncodeToString(c.Value(i)))
	case *array.String:
		return quote(c.Value(i))
	case *array.Dictionary:
		return cell(c.Dictionary(), c.GetValueIndex(i))
	case *array.List:
		from, to := c.ValueOffsets(i)
		return sequence(c.ListValues(), int(from), int(to))
	case *array.Struct:
		return object(c, i)
	case *array.Map:
		return mapping(c, i)
	}
	if b, err := json.Marshal(column.GetOneForMarshal(i)); err == nil {
		return b
	}
	return quote(column.ValueStr(i))
}

func quote(s string) json.RawMessage {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		return null
	}
	return json.RawMessage(strings.TrimSuffix(out.String(), "\n"))
}

// float writes a number; JSON has no infinities and no NaN, so those are text.
func float(f float64, bits int) json.RawMessage {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return quote(strconv.FormatFloat(f, 'g', -1, bits))
	}
	var v any = f
	if bits == 32 {
		v = float32(f) // 0.1 is 0.1, not the nearest double of it
	}
	b, err := json.Marshal(v)
	if err != nil {
		return null
	}
	return b
}

func moment(c *array.Timestamp, i int) json.RawMessage {
	t := c.DataType().(*arrow.TimestampType)
	at := c.Value(i).ToTime(t.Unit).UTC()
	if t.TimeZone != "" {
		return quote(at.Format(time.RFC3339Nano))
	}
	return quote(at.Format("2006-01-02 15:04:05.999999"))
}

func sequence(values arrow.Array, from, to int) json.RawMessage {
	out := []byte{'['}
	for i := from; i < to; i++ {
		if i > from {
			out = append(out, ", "...)
		}
		out = append(out, cell(values, i)...)
	}
	return append(out, ']')
}

func object(c *array.Struct, i int) json.RawMessage {
	out := []byte{'{'}
	for f := range c.NumField() {
		if f > 0 {
			out = append(out, ", "...)
		}
		out = append(append(out, quote(c.DataType().(*arrow.StructType).Field(f).Name)...), ": "...)
		out = append(out, cell(c.Field(f), i)...)
	}
	return append(out, '}')
}

func mapping(c *array.Map, i int) json.RawMessage {
	from, to := c.ValueOffsets(i)
	out := []byte{'{'}
	for at := int(from); at < int(to); at++ {
		if at > int(from) {
			out = append(out, ", "...)
		}
		key := text(cell(c.Keys(), at), "null")
		out = append(append(out, quote(key)...), ": "...)
		out = append(out, cell(c.Items(), at)...)
	}
	return append(out, '}')
}
