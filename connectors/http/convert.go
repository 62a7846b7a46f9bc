package http

import (
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/itchyny/gojq"
)

// target is a column that values become. Cast: the user asked for this type, so decimals are rounded to it and instants
// cut to dates; without, what would lose something does not fit.
type target struct {
	schema.Column
	cast bool
}

// convert makes a JSON value a value of the column, as sdk.Emitter.Row takes it.
func (t target) convert(value any) (any, error) {
	if value == nil {
		return nil, nil
	}
	var got any
	ok := false
	switch t.Type.Kind {
	case schema.Bool:
		got, ok = toBool(value)
	case schema.Int64:
		got, ok = toInt(value)
	case schema.Decimal:
		got, ok = t.toDecimal(value)
	case schema.Double:
		got, ok = toDouble(value)
	case schema.String:
		got, ok = toText(value), true
	case schema.JSON:
		got, ok = json.RawMessage(toJSON(value)), true
	case schema.Bytes:
		got, ok = toBytes(value)
	case schema.Date, schema.Timestamp, schema.TimestampTZ:
		got, ok = t.toInstant(value)
	case schema.Time:
		got, ok = toClock(value)
	}
	if !ok {
		return nil, &sdk.ValueError{Column: t.Name, Type: t.Type, Value: preview(value)}
	}
	return got, nil
}

// preview is a value, shortened, for messages about it.
func preview(value any) string { return shorten(toJSON(value), 80) }

func toJSON(value any) string {
	text, _ := gojq.Marshal(value)
	return string(text)
}

func toText(value any) string {
	if s, ok := value.(string); ok {
		return s
	}
	if n, ok := numberText(value); ok {
		return n
	}
	return toJSON(value)
}

func toBool(value any) (bool, bool) {
	if b, ok := value.(bool); ok {
		return b, true
	}
	switch strings.ToLower(toText(value)) {
	case "true", "1", "t":
		return true, true
	case "false", "0", "f":
		return false, true
	}
	return false, false
}

// numeric is the plain text of a number, or of a string that holds one.
func numeric(value any) (string, bool) {
	if s, ok := value.(string); ok {
		return plainNumber(strings.TrimSpace(s))
	}
	n, ok := numberText(value)
	if !ok {
		return "", false
	}
	return plainNumber(n)
}

func toInt(value any) (int64, bool) {
	text, ok := numeric(value)
	if !ok {
		return 0, false
	}
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

func toDouble(value any) (float64, bool) {
	text, ok := value.(string)
	if !ok {
		if text, ok = numberText(value); !ok {
			return 0, false
		}
	}
	text = strings.TrimSpace(text)
	f, err := strconv.ParseFloat(text, 64)
	return f, err == nil && validNumber(text)
}

// toDecimal is the number as text with at most the column's digits.
func (t target) toDecimal(value any) (string, bool) {
	text, ok := numeric(value)
	if !ok {
		return "", false
	}
	digits, negative := strings.CutPrefix(text, "-")
	whole, fraction, _ := strings.Cut(digits, ".")
	if len(fraction) > t.Type.Scale {
		if !t.cast {
			return "", false
		}
		whole, fraction = roundDecimal(whole, fraction, t.Type.Scale)
	}
	if len(strings.TrimLeft(whole, "0")) > t.Type.Precision-t.Type.Scale {
		return "", false
	}
	out := whole
	if fraction != "" {
		out += "." + fraction
	}
	if negative {
		out = "-" + out
	}
	return out, true
}

// roundDecimal rounds half away from zero, as SQL does.
func roundDecimal(whole, fraction string, scale int) (string, string) {
	up := fraction[scale] >= '5'
	all := []byte(whole + fraction[:scale])
	for i := len(all) - 1; up && i >= 0; i-- {
		if all[i] != '9' {
			all[i]++
			up = false
		} else {
			all[i] = '0'
		}
	}
	text := string(all)
	if up {
		text = "1" + text
	}
	return text[:len(text)-scale], text[len(text)-scale:]
}

func toBytes(value any) ([]byte, bool) {
	s, ok := value.(string)
	if !ok {
		return nil, false
	}
	b, err := base64.StdEncoding.DecodeString(s)
	return b, err == nil
}

var instantLayouts = []string{
	time.RFC3339Nano, "2006-01-02T15:04:05.999999999Z0700", "2006-01-02T15:04:05.999999999Z07",
	"2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05.999999999Z0700", "2006-01-02 15:04:05.999999999Z07",
	"2006-01-02 15:04:05.999999999 Z07:00", "2006-01-02 15:04:05.999999999 Z0700",
	"2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02T15:04Z07:00", "2006-01-02T15:04", "2006-01-02 15:04",
	"2006-01-02", time.RFC1123Z, time.RFC1123,
}

// parseInstant reads a point in time as APIs write it; without a zone it is UTC.
func parseInstant(text string) (time.Time, bool) {
	text = strings.TrimSpace(text)
	for _, layout := range instantLayouts {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

// toInstant reads text, or a number: seconds since 1970, milliseconds or microseconds, told apart by size
// (unambiguous from 1973 to 5138).
func (t target) toInstant(value any) (time.Time, bool) {
	var at time.Time
	if s, ok := value.(string); ok {
		if at, ok = parseInstant(s); !ok {
			return at, false
		}
	} else {
		n, ok := toInt(value)
		if !ok {
			return at, false
		}
		switch size := max(n, -n); {
		case size < 1e11:
			at = time.Unix(n, 0).UTC()
		case size < 1e14:
			at = time.UnixMilli(n).UTC()
		default:
			at = time.UnixMicro(n).UTC()
		}
	}
	if t.Type.Kind == schema.Date {
		day := at.Truncate(24 * time.Hour)
		return day, t.cast || day.Equal(at)
	}
	return at, true
}

func toClock(value any) (string, bool) {
	s, ok := value.(string)
	if !ok {
		return "", false
	}
	for _, layout := range []string{"15:04:05.999999999", "15:04"} {
		if at, err := time.Parse(layout, strings.TrimSpace(s)); err == nil {
			return at.Format("15:04:05.999999"), true
		}
	}
	return "", false
}
