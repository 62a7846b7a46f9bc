package sdk

import (
	"encoding/json"
	"errors"
	"math"
	"math/big"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// errMisfit is a value that does not fit its column; the caller names both.
var errMisfit = errors.New("the value does not fit")

// convert fills s with v as a value of type t and returns its size in bytes. Nothing is rounded or guessed.
func convert(s *slot, t schema.Type, v any) (int, error) {
	s.null = v == nil
	if raw, ok := v.(json.RawMessage); ok && t.Kind == schema.JSON && raw == nil {
		s.null = true
	}
	if s.null {
		return 1, nil
	}
	var ok bool
	switch t.Kind {
	case schema.Bool:
		var b bool
		if b, ok = v.(bool); ok {
			s.integer = 0
			if b {
				s.integer = 1
			}
		}
		return 1, fits(ok)
	case schema.Int64:
		s.integer, ok = toInt64(v)
	case schema.Double:
		s.double, ok = toDouble(v)
	case schema.Decimal:
		s.decimal, ok = toDecimal(v, t)
		return 16, fits(ok)
	case schema.String:
		s.text, ok = v.(string)
		return len(s.text) + 4, fits(ok && utf8.ValidString(s.text))
	case schema.JSON:
		s.text, ok = toJSON(v)
		return len(s.text) + 4, fits(ok)
	case schema.Bytes:
		s.bytes, ok = v.([]byte)
		return len(s.bytes) + 4, fits(ok)
	default:
		s.integer, ok = toClock(v, t.Kind)
	}
	return 8, fits(ok)
}

func fits(ok bool) error {
	if ok {
		return nil
	}
	return errMisfit
}

func toInt64(v any) (int64, bool) {
	switch v := v.(type) {
	case int64:
		return v, true
	case int:
		return int64(v), true
	case int32:
		return int64(v), true
	case int16:
		return int64(v), true
	case int8:
		return int64(v), true
	case uint8:
		return int64(v), true
	case uint16:
		return int64(v), true
	case uint32:
		return int64(v), true
	case uint64:
		return int64(v), v <= math.MaxInt64
	case uint:
		return int64(v), uint64(v) <= math.MaxInt64
	case json.Number:
		n, err := strconv.ParseInt(string(v), 10, 64)
		return n, err == nil
	case float64:
		return int64(v), v == math.Trunc(v) && math.Abs(v) <= 1<<53
	}
	return 0, false
}

func toDouble(v any) (float64, bool) {
	switch v := v.(type) {
	case float64:
		return v, true
	case float32:
		return float64(v), true
	case json.Number:
		f, err := v.Float64()
		return f, err == nil
	}
	n, ok := toInt64(v)
	return float64(n), ok && n <= 1<<53 && n >= -(1<<53)
}

// toDecimal takes exact text; more digits than the type has do not fit, unless they are zeros.
func toDecimal(v any, t schema.Type) (decimal128.Num, bool) {
	var text string
	switch v := v.(type) {
	case string:
		text = v
	case json.Number:
		text = string(v)
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	default:
		n, ok := toInt64(v)
		if !ok {
			return decimal128.Num{}, false
		}
		text = strconv.FormatInt(n, 10)
	}
	if n, ok := shortDecimal(text, t); ok {
		return decimal128.FromI64(n), true
	}
	unscaled, ok := unscale(text, t.Scale)
	if !ok || len(strings.TrimLeft(unscaled.Text(10), "-")) > t.Precision {
		return decimal128.Num{}, false
	}
	return decimal128.FromBigInt(unscaled), true
}

// shortDecimal reads the usual number, of up to 18 digits and no more of them after the point than the type has, without
// big integers. What it does not read may be a number all the same.
func shortDecimal(text string, t schema.Type) (int64, bool) {
	digits, negative := text, false
	if digits != "" && digits[0] == '-' {
		digits, negative = digits[1:], true
	}
	if len(digits) == 0 || len(digits) > 18 {
		return 0, false
	}
	n, after := int64(0), -1
	for i := range len(digits) {
		switch c := digits[i]; {
		case c >= '0' && c <= '9':
			n = n*10 + int64(c-'0')
			if after >= 0 {
				after++
			}
		case c == '.' && after < 0 && i > 0:
			after = 0
		default:
			return 0, false
		}
	}
	limit := int64(1_000_000_000_000_000_000)
	for after = max(after, 0); after < t.Scale; after++ {
		if n >= limit/10 {
			return 0, false
		}
		n *= 10
	}
	if after > t.Scale || t.Precision < 18 && n >= power(t.Precision) {
		return 0, false
	}
	if negative {
		n = -n
	}
	return n, true
}

// power is 10 to the n, for n up to 18.
func power(n int) int64 {
	out := int64(1)
	for range n {
		out *= 10
	}
	return out
}

// unscale reads a decimal number, exponent allowed, as an integer of 10^-scale.
func unscale(text string, scale int) (*big.Int, bool) {
	mantissa, exponent := strings.TrimSpace(text), 0
	if i := strings.IndexAny(mantissa, "eE"); i >= 0 {
		n, err := strconv.Atoi(mantissa[i+1:])
		if err != nil || n > 100 || n < -100 {
			return nil, false
		}
		mantissa, exponent = mantissa[:i], n
	}
	whole, fraction, _ := strings.Cut(mantissa, ".")
	digits := whole + fraction
	sign := strings.TrimLeft(digits, "+-")
	if len(digits)-len(sign) > 1 || sign == "" || len(sign) > 200 || strings.Trim(sign, "0123456789") != "" {
		return nil, false
	}
	shift := scale + exponent - len(fraction)
	for ; shift < 0; shift++ {
		if !strings.HasSuffix(digits, "0") {
			return nil, false
		}
		if digits = digits[:len(digits)-1]; strings.TrimLeft(digits, "+-") == "" {
			digits = "0"
		}
	}
	return new(big.Int).SetString(digits+strings.Repeat("0", shift), 10)
}

// toJSON takes JSON text, or a value to encode.
func toJSON(v any) (string, bool) {
	var text string
	switch v := v.(type) {
	case json.RawMessage:
		text = string(v)
	case string:
		text = v
	case []byte:
		text = string(v)
	default:
		raw, err := json.Marshal(v)
		return string(raw), err == nil
	}
	return text, utf8.ValidString(text) && json.Valid([]byte(text))
}

// toClock takes dates, times of day and timestamps as time.Time or as ISO 8601 text.
func toClock(v any, kind schema.Kind) (int64, bool) {
	at, ok := v.(time.Time)
	if text, isText := v.(string); isText {
		at, ok = parseClock(text, kind)
	}
	if !ok {
		return 0, false
	}
	switch kind {
	case schema.Date:
		y, m, d := at.Date()
		return time.Date(y, m, d, 0, 0, 0, 0, time.UTC).Unix() / (24 * 3600), true
	case schema.Time:
		h, m, s := at.Clock()
		return (int64(h)*3600+int64(m)*60+int64(s))*1_000_000 + int64(at.Nanosecond())/1000, true
	case schema.Timestamp:
		y, m, d := at.Date()
		h, min, s := at.Clock()
		at = time.Date(y, m, d, h, min, s, at.Nanosecond(), time.UTC)
		return at.UnixMicro(), inMicros(at)
	case schema.TimestampTZ:
		return at.UnixMicro(), inMicros(at)
	}
	return 0, false
}

// inMicros says whether an instant has a number of microseconds at all.
func inMicros(at time.Time) bool {
	return at.Unix() < math.MaxInt64/1_000_000 && at.Unix() > math.MinInt64/1_000_000
}

var clockLayouts = map[schema.Kind][]string{
	schema.Date:        {time.DateOnly},
	schema.Time:        {"15:04:05.999999999", "15:04"},
	schema.Timestamp:   {"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", time.DateOnly},
	schema.TimestampTZ: {time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z07"},
}

func parseClock(text string, kind schema.Kind) (time.Time, bool) {
	for _, layout := range clockLayouts[kind] {
		if at, err := time.Parse(layout, text); err == nil {
			return at, true
		}
	}
	return time.Time{}, false
}
