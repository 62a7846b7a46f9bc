package activation

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"reflect"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
)

func jsonDecoder(data []byte) *json.Decoder {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	return dec
}

// canonicalKey is a key as JSON with its names in order and its numbers in one spelling, so that keys of ours and of a
// tool compare.
func canonicalKey(text string) string {
	var v any
	if jsonDecoder([]byte(text)).Decode(&v) != nil {
		return text
	}
	out, err := json.Marshal(canonical(v))
	if err != nil {
		return text
	}
	return string(out)
}

func canonical(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			v[k] = canonical(x)
		}
	case []any:
		for i, x := range v {
			v[i] = canonical(x)
		}
	case json.Number:
		if r, ok := rational(string(v)); ok {
			return json.Number(spell(r))
		}
	}
	return v
}

// rational reads a number exactly. Exponents beyond any column's are not numbers to us.
func rational(text string) (*big.Rat, bool) {
	if len(text) > 400 {
		return nil, false
	}
	if i := strings.IndexAny(text, "eE"); i >= 0 && len(text)-i > 5 {
		return nil, false
	}
	return new(big.Rat).SetString(text)
}

func spell(r *big.Rat) string {
	if r.IsInt() {
		return r.Num().String()
	}
	return strings.TrimRight(r.FloatString(40), "0")
}

// sameValue compares a value as we send it with one as a tool gives it back: numbers by value, instants by time, however
// they are spelled.
func sameValue(wanted, have any, t schema.Type) bool {
	if wanted == nil || have == nil {
		return wanted == nil && have == nil
	}
	switch t.Kind {
	case schema.Int64, schema.Decimal:
		return sameNumber(wanted, have)
	case schema.Double:
		w, ok := wanted.(float64)
		h, isNumber := rational(fmt.Sprint(have))
		if !ok || !isNumber {
			return false
		}
		f, _ := h.Float64()
		return f == w
	case schema.Bool:
		return fmt.Sprint(wanted) == fmt.Sprint(have)
	case schema.Date, schema.Timestamp, schema.TimestampTZ:
		w, ok := wanted.(time.Time)
		h, isTime := readTime(have)
		return ok && isTime && w.Equal(h)
	case schema.JSON:
		var w any
		if jsonDecoder([]byte(fmt.Sprint(wanted))).Decode(&w) != nil {
			return false
		}
		if text, ok := have.(string); ok {
			var inner any
			if jsonDecoder([]byte(text)).Decode(&inner) == nil && reflect.DeepEqual(canonical(w), canonical(inner)) {
				return true
			}
		}
		return reflect.DeepEqual(canonical(w), canonical(have))
	}
	if text, ok := have.(string); ok {
		return fmt.Sprint(wanted) == text
	}
	if n, ok := have.(json.Number); ok {
		return fmt.Sprint(wanted) == string(n)
	}
	return fmt.Sprint(wanted) == fmt.Sprint(have)
}

func sameNumber(wanted, have any) bool {
	w, ok := rational(fmt.Sprint(wanted))
	h, isNumber := rational(fmt.Sprint(have))
	return ok && isNumber && w.Cmp(h) == 0
}

func readTime(v any) (time.Time, bool) {
	text, ok := v.(string)
	if !ok {
		return time.Time{}, false
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
