package file

import (
	"math/bits"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/decimal128"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// column collects the values of one column of a batch. A row that turns out bad is taken back with truncate, so rows
// enter a batch whole or not at all.
type column struct {
	schema.Column
	valid   []byte // 0 or 1 a row; packed when the batch is closed
	nulls   int
	i64     []int64 // Int64, Timestamp, TimestampTZ, Time; Bool as 0 and 1
	i32     []int32 // Date
	f64     []float64
	dec     []decimal128.Num
	offsets []int32 // String, JSON, Bytes
	text    []byte
}

// newColumn makes room for some rows and bytes of text; more come as they are needed.
func newColumn(c schema.Column, rows, text int) *column {
	col := &column{Column: c, valid: make([]byte, 0, rows)}
	switch c.Type.Kind {
	case schema.Bool, schema.Int64, schema.Time, schema.Timestamp, schema.TimestampTZ:
		col.i64 = make([]int64, 0, rows)
	case schema.Date:
		col.i32 = make([]int32, 0, rows)
	case schema.Double:
		col.f64 = make([]float64, 0, rows)
	case schema.Decimal:
		col.dec = make([]decimal128.Num, 0, rows)
	case schema.String, schema.JSON, schema.Bytes:
		col.offsets = append(make([]int32, 0, rows+1), 0)
		col.text = make([]byte, 0, text)
	}
	return col
}

func (c *column) len() int { return len(c.valid) }

// bytes is about how much of a batch the column is.
func (c *column) bytes() int {
	return len(c.valid)/8 + 8*len(c.i64) + 4*len(c.i32) + 8*len(c.f64) + 16*len(c.dec) + 4*len(c.offsets) + len(c.text)
}

// truncate takes back rows after the first n.
func (c *column) truncate(n int) {
	for i := len(c.valid) - 1; i >= n; i-- {
		if c.valid[i] == 0 {
			c.nulls--
		}
	}
	c.valid = c.valid[:n]
	switch c.Type.Kind {
	case schema.Bool, schema.Int64, schema.Time, schema.Timestamp, schema.TimestampTZ:
		c.i64 = c.i64[:n]
	case schema.Date:
		c.i32 = c.i32[:n]
	case schema.Double:
		c.f64 = c.f64[:n]
	case schema.Decimal:
		c.dec = c.dec[:n]
	case schema.String, schema.JSON, schema.Bytes:
		c.offsets = c.offsets[:n+1]
		c.text = c.text[:c.offsets[n]]
	}
}

func (c *column) appendNull() {
	c.nulls++
	c.valid = append(c.valid, 0)
	switch c.Type.Kind {
	case schema.Bool, schema.Int64, schema.Time, schema.Timestamp, schema.TimestampTZ:
		c.i64 = append(c.i64, 0)
	case schema.Date:
		c.i32 = append(c.i32, 0)
	case schema.Double:
		c.f64 = append(c.f64, 0)
	case schema.Decimal:
		c.dec = append(c.dec, decimal128.Num{})
	case schema.String, schema.JSON, schema.Bytes:
		c.offsets = append(c.offsets, int32(len(c.text)))
	}
}

func (c *column) appendText(v []byte) {
	c.valid = append(c.valid, 1)
	c.text = append(c.text, v...)
	c.offsets = append(c.offsets, int32(len(c.text)))
}

// appendValue parses a value as it stands in a file and adds it; false adds nothing: the value does not fit the type.
func (c *column) appendValue(v []byte) bool {
	switch c.Type.Kind {
	case schema.String:
		c.appendText(v)
		return true
	case schema.Int64:
		n, ok := parseInt(v)
		return ok && c.appendInt(n)
	case schema.Decimal:
		return c.appendDecimal(v)
	case schema.Double:
		f, ok := parseDouble(v)
		return ok && c.appendDouble(f)
	case schema.Bool:
		b, ok := parseBool(v, true)
		return ok && c.appendBool(b)
	case schema.Date:
		d, ok := parseDate(v)
		if !ok {
			return false
		}
		c.i32 = append(c.i32, d)
		c.valid = append(c.valid, 1)
		return true
	case schema.Timestamp, schema.TimestampTZ:
		micros, zoned, ok := parseTimestamp(v, true)
		return ok && zoned == (c.Type.Kind == schema.TimestampTZ) && c.appendInt(micros)
	case schema.Time:
		micros, rest, ok := parseClock(v, true)
		return ok && len(rest) == 0 && c.appendInt(micros)
	case schema.JSON:
		return c.appendJSON(v)
	case schema.Bytes:
		return c.appendHex(v)
	}
	return false // Null: only nulls fit
}

func (c *column) appendInt(n int64) bool {
	c.i64 = append(c.i64, n)
	c.valid = append(c.valid, 1)
	return true
}

func (c *column) appendBool(b bool) bool {
	n := int64(0)
	if b {
		n = 1
	}
	return c.appendInt(n)
}

func (c *column) appendDouble(f float64) bool {
	c.f64 = append(c.f64, f)
	c.valid = append(c.valid, 1)
	return true
}

func (c *column) appendDecimal(v []byte) bool {
	d, ok := parseDecimal(v, c.Type)
	if !ok {
		return false
	}
	c.dec = append(c.dec, d)
	c.valid = append(c.valid, 1)
	return true
}

// appendJSON adds JSON text without its white space.
func (c *column) appendJSON(v []byte) bool {
	start := len(c.text)
	text, ok := compactJSON(c.text, v)
	if !ok {
		c.text = c.text[:start]
		return false
	}
	c.text = text
	c.valid = append(c.valid, 1)
	c.offsets = append(c.offsets, int32(len(c.text)))
	return true
}

// appendHex adds bytes written as PostgreSQL and DuckDB print them: \x followed by hex digits.
func (c *column) appendHex(v []byte) bool {
	if len(v) < 2 || v[0] != '\\' || v[1] != 'x' || len(v)%2 != 0 {
		return false
	}
	start := len(c.text)
	for i := 2; i < len(v); i += 2 {
		hi, ok1 := hexDigit(v[i])
		lo, ok2 := hexDigit(v[i+1])
		if !ok1 || !ok2 {
			c.text = c.text[:start]
			return false
		}
		c.text = append(c.text, hi<<4|lo)
	}
	c.valid = append(c.valid, 1)
	c.offsets = append(c.offsets, int32(len(c.text)))
	return true
}

func hexDigit(c byte) (byte, bool) {
	switch {
	case c >= '0' && c <= '9':
		return c - '0', true
	case c >= 'a' && c <= 'f':
		return c - 'a' + 10, true
	case c >= 'A' && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// parseDecimal reads a number that fits precision and scale without rounding.
func parseDecimal(v []byte, t schema.Type) (decimal128.Num, bool) {
	n, ok := parseNumber(v)
	if !ok {
		return decimal128.Num{}, false
	}
	fraction := n.fraction
	for len(fraction) > t.Scale && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	if len(fraction) > t.Scale || n.digits() > t.Precision-t.Scale {
		return decimal128.Num{}, false
	}
	var hi, lo uint64
	push := func(digit uint64) {
		carry, low := bits.Mul64(lo, 10)
		var c uint64
		lo, c = bits.Add64(low, digit, 0)
		hi = hi*10 + carry + c
	}
	if t.Precision <= 18 {
		for _, c := range n.whole {
			lo = lo*10 + uint64(c-'0')
		}
		for _, c := range fraction {
			lo = lo*10 + uint64(c-'0')
		}
		for i := len(fraction); i < t.Scale; i++ {
			lo *= 10
		}
	} else {
		for _, c := range n.whole {
			push(uint64(c - '0'))
		}
		for _, c := range fraction {
			push(uint64(c - '0'))
		}
		for i := len(fraction); i < t.Scale; i++ {
			push(0)
		}
	}
	d := decimal128.New(int64(hi), lo)
	if n.neg {
		d = d.Negate()
	}
	return d, true
}

// array closes the column into an Arrow array. The column must not be used afterwards.
func (c *column) array() arrow.Array {
	n := c.len()
	var validity *memory.Buffer
	if c.nulls > 0 {
		packed := make([]byte, (n+7)/8)
		for i, v := range c.valid {
			packed[i>>3] |= v << (i & 7)
		}
		validity = memory.NewBufferBytes(packed)
	}
	t := c.Type.Arrow()
	var buffers []*memory.Buffer
	switch c.Type.Kind {
	case schema.Null:
		return array.NewNull(n)
	case schema.Bool:
		packed := make([]byte, (n+7)/8)
		for i, v := range c.i64 {
			packed[i>>3] |= byte(v) << (i & 7)
		}
		buffers = []*memory.Buffer{validity, memory.NewBufferBytes(packed)}
	case schema.Int64, schema.Time, schema.Timestamp, schema.TimestampTZ:
		buffers = []*memory.Buffer{validity, memory.NewBufferBytes(arrow.Int64Traits.CastToBytes(c.i64))}
	case schema.Date:
		buffers = []*memory.Buffer{validity, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(c.i32))}
	case schema.Double:
		buffers = []*memory.Buffer{validity, memory.NewBufferBytes(arrow.Float64Traits.CastToBytes(c.f64))}
	case schema.Decimal:
		buffers = []*memory.Buffer{validity, memory.NewBufferBytes(arrow.Decimal128Traits.CastToBytes(c.dec))}
	default:
		buffers = []*memory.Buffer{validity, memory.NewBufferBytes(arrow.Int32Traits.CastToBytes(c.offsets)), memory.NewBufferBytes(c.text)}
	}
	data := array.NewData(t, n, buffers, nil, c.nulls, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
