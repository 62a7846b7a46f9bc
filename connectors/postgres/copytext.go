package postgres

import (
	"bytes"
	"encoding/json"
	"math"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// appendField appends a value as COPY reads it.
func appendField(to []byte, f sdk.Field, c targetColumn) []byte {
	if f.Value == nil {
		return append(to, '\\', 'N')
	}
	text := fieldText(f, c)
	for i := range len(text) {
		switch b := text[i]; b {
		case '\\':
			to = append(to, '\\', '\\')
		case '\n':
			to = append(to, '\\', 'n')
		case '\r':
			to = append(to, '\\', 'r')
		case '\t':
			to = append(to, '\\', 't')
		default:
			to = append(to, b)
		}
	}
	return to
}

// fieldText is a value as the column's type reads it.
func fieldText(f sdk.Field, c targetColumn) string {
	text := plain(f.Value, f.Type)
	switch v := f.Value.(type) {
	case float64:
		if abs := math.Abs(v); abs < 1e15 && abs >= 1e-6 || v == 0 {
			return strconv.FormatFloat(v, 'f', -1, 64)
		}
	case json.Number:
		if c.integer && strings.Contains(text, ".") {
			return strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
		}
	case json.RawMessage:
		if c.list {
			if list, ok := arrayText(v); ok {
				return list
			}
		}
	}
	return text
}

// arrayText writes a JSON list of plain values as PostgreSQL writes an array; false: it is none.
func arrayText(v []byte) (string, bool) {
	dec := json.NewDecoder(bytes.NewReader(v))
	dec.UseNumber()
	var list []any
	if dec.Decode(&list) != nil {
		return "", false
	}
	return arrayOf(list)
}

func arrayOf(list []any) (string, bool) {
	out := make([]string, len(list))
	for i, v := range list {
		switch v := v.(type) {
		case nil:
			out[i] = "NULL"
		case string:
			out[i] = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(v) + `"`
		case bool:
			out[i] = strconv.FormatBool(v)
		case json.Number:
			out[i] = v.String()
		case []any:
			inner, ok := arrayOf(v)
			if !ok {
				return "", false
			}
			out[i] = inner
		default:
			return "", false
		}
	}
	return "{" + strings.Join(out, ",") + "}", true
}
