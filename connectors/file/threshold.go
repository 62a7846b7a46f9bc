package file

import (
	"bytes"
	"time"

	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// threshold is the newest cursor value that was loaded, less the stream's lag. It is inclusive: an equal value is not older.
type threshold struct {
	kind schema.Type
	i64  int64
	f64  float64
	dec  decimal128.Num
	text []byte
}

// newThreshold is nil if there is nothing to compare with: no cursor yet, or one that is not of the column's type.
func newThreshold(t schema.Type, newest string, lag time.Duration) *threshold {
	if newest == "" {
		return nil
	}
	th, ok := thresholdValue(t, []byte(newest))
	if !ok {
		return nil
	}
	switch t.Kind {
	case schema.Timestamp, schema.TimestampTZ, schema.Time:
		th.i64 -= lag.Microseconds()
	case schema.Date:
		const day = 24 * time.Hour
		th.i64 -= int64((lag + day - 1) / day)
	}
	return &th
}

func thresholdValue(t schema.Type, v []byte) (th threshold, ok bool) {
	th.kind = t
	switch t.Kind {
	case schema.Int64:
		th.i64, ok = parseInt(v)
	case schema.Date:
		var days int32
		days, ok = parseDate(v)
		th.i64 = int64(days)
	case schema.Timestamp, schema.TimestampTZ:
		var zoned bool
		th.i64, zoned, ok = parseTimestamp(v, true)
		ok = ok && (zoned == (t.Kind == schema.TimestampTZ))
	case schema.Time:
		var rest []byte
		th.i64, rest, ok = parseClock(v, true)
		ok = ok && len(rest) == 0
	case schema.Double:
		th.f64, ok = parseDouble(v)
	case schema.Decimal:
		th.dec, ok = parseDecimal(v, t)
	case schema.String:
		th.text, ok = v, true
	}
	return th, ok
}

// older says that v comes before the threshold. A value that does not fit is not older: it is looked at and set aside.
func (th *threshold) older(v []byte) bool {
	o, ok := thresholdValue(th.kind, v)
	if !ok {
		return false
	}
	switch th.kind.Kind {
	case schema.Double:
		return o.f64 < th.f64
	case schema.Decimal:
		return o.dec.Less(th.dec)
	case schema.String:
		return bytes.Compare(o.text, th.text) < 0
	}
	return o.i64 < th.i64
}
