package postgres

import (
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// field is one column of a result: what it is in PostgreSQL, and how its values are taken.
type field struct {
	schema.Column
	oid    uint32
	format int16
	sql    string // type name without digits, for casts
	whole  int    // of a numeric without digits: most digits before the point
	decode func(raw []byte) any
}

// epoch is where PostgreSQL counts from.
var epoch = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// natural is the column type that holds every value of a PostgreSQL type. known is false for numerics without digits: their
// values decide. category is pg_type.typcategory.
func natural(oid uint32, modifier int32, category string) (t schema.Type, known bool) {
	kind := schema.String
	switch oid {
	case pgtype.BoolOID:
		kind = schema.Bool
	case pgtype.Int2OID, pgtype.Int4OID, pgtype.Int8OID, pgtype.OIDOID:
		kind = schema.Int64
	case pgtype.Float4OID, pgtype.Float8OID:
		kind = schema.Double
	case pgtype.DateOID:
		kind = schema.Date
	case pgtype.TimeOID:
		kind = schema.Time
	case pgtype.TimestampOID:
		kind = schema.Timestamp
	case pgtype.TimestamptzOID:
		kind = schema.TimestampTZ
	case pgtype.ByteaOID:
		kind = schema.Bytes
	case pgtype.JSONOID, pgtype.JSONBOID:
		kind = schema.JSON
	case pgtype.NumericOID:
		return numeric(modifier)
	default:
		if category == "A" || category == "C" {
			kind = schema.JSON // to_json in the query
		}
	}
	return schema.Type{Kind: kind}, true
}

// numeric reads precision and scale from a type modifier.
func numeric(modifier int32) (schema.Type, bool) {
	if modifier < 4 {
		return schema.Type{}, false
	}
	precision, scale := int((modifier-4)>>16), int((modifier-4)&0x7ff)
	if scale > 1023 {
		scale -= 2048
	}
	if scale < 0 { // rounded to tens: whole numbers
		precision, scale = precision-scale, 0
	}
	precision = max(precision, scale)
	if precision > 38 {
		return schema.Type{Kind: schema.String}, true
	}
	return schema.Type{Kind: schema.Decimal, Precision: precision, Scale: scale}, true
}

// decoder returns the format in which values of an OID are asked for, and what makes values for an Emitter of them.
func decoder(oid uint32) (format int16, decode func(raw []byte) any) {
	switch oid {
	case pgtype.BoolOID:
		return pgx.BinaryFormatCode, func(v []byte) any { return v[0] != 0 }
	case pgtype.Int2OID:
		return pgx.BinaryFormatCode, func(v []byte) any { return int64(int16(binary.BigEndian.Uint16(v))) }
	case pgtype.Int4OID:
		return pgx.BinaryFormatCode, func(v []byte) any { return int64(int32(binary.BigEndian.Uint32(v))) }
	case pgtype.OIDOID:
		return pgx.BinaryFormatCode, func(v []byte) any { return int64(binary.BigEndian.Uint32(v)) }
	case pgtype.Int8OID:
		return pgx.BinaryFormatCode, func(v []byte) any { return int64(binary.BigEndian.Uint64(v)) }
	case pgtype.Float8OID:
		return pgx.BinaryFormatCode, func(v []byte) any { return math.Float64frombits(binary.BigEndian.Uint64(v)) }
	case pgtype.Float4OID:
		return pgx.BinaryFormatCode, float4
	case pgtype.DateOID:
		return pgx.BinaryFormatCode, date
	case pgtype.TimestampOID, pgtype.TimestamptzOID:
		return pgx.BinaryFormatCode, timestamp
	case pgtype.ByteaOID:
		return pgx.BinaryFormatCode, func(v []byte) any { return append([]byte{}, v...) }
	case pgtype.JSONOID:
		return pgx.TextFormatCode, func(v []byte) any { return json.RawMessage(append([]byte{}, v...)) }
	case pgtype.JSONBOID:
		return pgx.TextFormatCode, func(v []byte) any { return json.RawMessage(append([]byte{}, v...)) }
	}
	return pgx.TextFormatCode, func(v []byte) any { return string(v) }
}

// float4 takes the digits that are printed: 0.1 stays 0.1, not what the shorter number is in the longer type.
func float4(v []byte) any {
	f := float64(math.Float32frombits(binary.BigEndian.Uint32(v)))
	if g, err := strconv.ParseFloat(strconv.FormatFloat(f, 'g', -1, 32), 64); err == nil {
		return g
	}
	return f
}

func date(v []byte) any {
	days := int32(binary.BigEndian.Uint32(v))
	if days == math.MaxInt32 || days == math.MinInt32 {
		return infinity(days > 0)
	}
	return epoch.AddDate(0, 0, int(days))
}

func timestamp(v []byte) any {
	micros := int64(binary.BigEndian.Uint64(v))
	if micros == math.MaxInt64 || micros == math.MinInt64 {
		return infinity(micros > 0)
	}
	const day = 24 * 3600 * 1_000_000
	days := micros / day
	return epoch.AddDate(0, 0, int(days)).Add(time.Duration(micros-days*day) * time.Microsecond)
}

// infinity is text, which no date takes: the record is set aside.
func infinity(positive bool) string {
	if positive {
		return "infinity"
	}
	return "-infinity"
}

// plain is a decoded value as text.
func plain(v any, t schema.Type) string {
	switch v := v.(type) {
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case json.RawMessage:
		return string(v)
	case json.Number:
		return string(v)
	case []byte:
		return `\x` + hex.EncodeToString(v)
	case time.Time:
		switch t.Kind {
		case schema.Date:
			return v.Format(time.DateOnly)
		case schema.Time:
			return v.Format("15:04:05.999999")
		case schema.Timestamp:
			return v.UTC().Format("2006-01-02 15:04:05.999999")
		}
		return v.UTC().Format("2006-01-02 15:04:05.999999") + "+00"
	}
	return ""
}

// as reads text as a value of a type that is not the column's own: what does not fit stays text, which the emitter refuses.
func as(text string, t schema.Type) any {
	switch t.Kind {
	case schema.Bool:
		if b, err := strconv.ParseBool(text); err == nil {
			return b
		}
	case schema.Int64:
		text := wholeNumber(text)
		if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
			return n
		}
	case schema.Double:
		if f, err := strconv.ParseFloat(text, 64); err == nil && !math.IsInf(f, 0) && !math.IsNaN(f) {
			return f
		}
	case schema.JSON:
		return json.RawMessage(text)
	case schema.Bytes:
		if len(text) >= 2 && text[:2] == `\x` {
			if b, err := hex.DecodeString(text[2:]); err == nil {
				return b
			}
		}
	}
	return text
}

// wholeNumber leaves out decimals that are all zero: 5.00 is still 5 after its column was given decimals.
func wholeNumber(text string) string {
	whole, decimals, _ := strings.Cut(text, ".")
	if whole != "" && strings.Trim(decimals, "0") == "" {
		return whole
	}
	return text
}
