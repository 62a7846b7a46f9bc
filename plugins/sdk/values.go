package sdk

import (
	"cmp"
	"encoding/json"
	"math/big"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// arrowValue is the value at row i as authors see it: nil, bool, int64, float64, string, []byte, time.Time, json.RawMessage,
// or json.Number for decimals.
func arrowValue(a arrow.Array, t schema.Type, i int) any {
	if a.IsNull(i) {
		return nil
	}
	switch a := a.(type) {
	case *array.Boolean:
		return a.Value(i)
	case *array.Int64:
		return a.Value(i)
	case *array.Float64:
		return a.Value(i)
	case *array.String:
		if t.Kind == schema.JSON {
			return json.RawMessage(strings.Clone(a.Value(i)))
		}
		return strings.Clone(a.Value(i))
	case *array.Binary:
		return append([]byte{}, a.Value(i)...)
	case *array.Decimal128:
		return json.Number(decimalText(a.Value(i).BigInt().String(), t.Scale))
	case *array.Date32:
		return time.Unix(int64(a.Value(i))*24*3600, 0).UTC()
	case *array.Time64:
		return time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(a.Value(i)) * time.Microsecond)
	case *array.Timestamp:
		return time.UnixMicro(int64(a.Value(i))).UTC()
	}
	return nil
}

// decimalText puts the point into an unscaled number.
func decimalText(digits string, scale int) string {
	if scale == 0 {
		return digits
	}
	sign := ""
	if strings.HasPrefix(digits, "-") {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= scale {
		digits = strings.Repeat("0", scale-len(digits)+1) + digits
	}
	return sign + digits[:len(digits)-scale] + "." + digits[len(digits)-scale:]
}

// rowText is a row as a JSON object, for a reject.
func rowText(columns []schema.Column, values []any) string {
	var b strings.Builder
	for i, c := range columns {
		sep := ","
		if i == 0 {
			sep = "{"
		}
		name, _ := json.Marshal(c.Name)
		value, err := json.Marshal(values[i])
		if err != nil {
			value = []byte("null")
		}
		b.WriteString(sep)
		b.Write(name)
		b.WriteString(":")
		b.Write(value)
	}
	b.WriteString("}")
	return b.String()
}

// keyOf is the canonical text of a row's primary key; empty if the stream has none or a part of it is missing.
func keyOf(req ReadRequest, columns []schema.Column, values []any) string {
	for _, s := range req.Call.Streams {
		if s.Name == req.Stream {
			return keyText(s.PrimaryKey, columns, values)
		}
	}
	return ""
}

func keyText(key []string, columns []schema.Column, values []any) string {
	parts := make([]string, 0, len(key))
	for _, name := range key {
		for i, c := range columns {
			if c.Name == name && values[i] != nil {
				parts = append(parts, plainText(values[i], c.Type))
			}
		}
	}
	if len(parts) != len(key) || len(parts) == 0 {
		return ""
	}
	if len(parts) == 1 {
		return parts[0]
	}
	text, _ := json.Marshal(parts)
	return string(text)
}

// plainText is a value as canonical text.
func plainText(v any, t schema.Type) string {
	switch v := v.(type) {
	case string:
		return v
	case time.Time:
		switch t.Kind {
		case schema.Date:
			return v.Format(time.DateOnly)
		case schema.Time:
			return v.Format("15:04:05.999999")
		case schema.TimestampTZ:
			return v.UTC().Format("2006-01-02 15:04:05.999999Z07:00")
		}
		return v.Format("2006-01-02 15:04:05.999999")
	}
	text, _ := json.Marshal(v)
	return string(text)
}

// CanonicalText is a value as a cursor or key is kept: plain text, times in UTC.
func CanonicalText(v any, t schema.Type) string { return plainText(v, t) }

// CompareValues orders two values of one column, as Rows gives them; null is before all others.
func CompareValues(a, b any) int {
	switch {
	case a == nil && b == nil:
		return 0
	case a == nil:
		return -1
	case b == nil:
		return 1
	}
	switch x := a.(type) {
	case int64:
		return cmp.Compare(x, b.(int64))
	case float64:
		return cmp.Compare(x, b.(float64))
	case time.Time:
		return x.Compare(b.(time.Time))
	case json.Number:
		p, _ := new(big.Rat).SetString(string(x))
		q, _ := new(big.Rat).SetString(string(b.(json.Number)))
		return p.Cmp(q)
	}
	return cmp.Compare(plainText(a, schema.Type{}), plainText(b, schema.Type{}))
}
