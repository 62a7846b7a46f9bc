package file

import (
	"math"
	"strconv"
	"time"
)

// parseInt reads a whole number that prints back as it was written: no plus, no leading zero, no "-0".
func parseInt(v []byte) (int64, bool) {
	neg := false
	d := v
	if len(d) > 0 && d[0] == '-' {
		neg, d = true, d[1:]
	}
	if len(d) == 0 || len(d) > 19 || (d[0] == '0' && (len(d) > 1 || neg)) {
		return 0, false
	}
	var n uint64
	for _, c := range d {
		c -= '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	switch {
	case n <= math.MaxInt64 && neg:
		return -int64(n), true
	case n <= math.MaxInt64:
		return int64(n), true
	case neg && n == 1<<63:
		return math.MinInt64, true
	}
	return 0, false
}

// number is how a plain decimal number is written.
type number struct {
	neg      bool
	whole    []byte // digits before the point, at least one
	fraction []byte // digits after it; nil: no point
}

// parseNumber reads digits with at most one point: no plus, no exponent, no leading zero, digits on both sides.
func parseNumber(v []byte) (n number, ok bool) {
	if len(v) > 0 && v[0] == '-' {
		n.neg, v = true, v[1:]
	}
	i := 0
	for i < len(v) && v[i]-'0' <= 9 {
		i++
	}
	if i == 0 || (v[0] == '0' && i > 1) {
		return n, false
	}
	n.whole = v[:i]
	if i == len(v) {
		return n, true
	}
	if v[i] != '.' || i+1 == len(v) {
		return n, false
	}
	n.fraction = v[i+1:]
	for _, c := range n.fraction {
		if c-'0' > 9 {
			return n, false
		}
	}
	return n, true
}

func (n number) zero() bool {
	for _, c := range n.whole {
		if c != '0' {
			return false
		}
	}
	for _, c := range n.fraction {
		if c != '0' {
			return false
		}
	}
	return true
}

// digits is how many digits a decimal needs before the point.
func (n number) digits() int {
	if len(n.whole) == 1 && n.whole[0] == '0' {
		return 0
	}
	return len(n.whole)
}

// exactDouble says whether a double holds the number so that printing it gives the same digits.
func (n number) exactDouble(text []byte) bool {
	if len(n.whole)+len(n.fraction) <= 15 {
		return true
	}
	f, err := strconv.ParseFloat(string(text), 64)
	if err != nil {
		return false
	}
	back, ok := parseNumber(strconv.AppendFloat(nil, f, 'f', -1, 64))
	return ok && back.neg == n.neg && string(back.whole) == string(n.whole) && trimZeros(back.fraction) == trimZeros(n.fraction)
}

func trimZeros(fraction []byte) string {
	for len(fraction) > 0 && fraction[len(fraction)-1] == '0' {
		fraction = fraction[:len(fraction)-1]
	}
	return string(fraction)
}

// parseDouble reads a number a user would call a double: exponents are welcome, infinities and NaN are not.
func parseDouble(v []byte) (float64, bool) {
	if n, ok := parseNumber(v); ok {
		if f, ok := shortDouble(n); ok {
			return f, true
		}
		f, err := strconv.ParseFloat(string(v), 64)
		return f, err == nil && n.exactDouble(v)
	}
	if len(v) == 0 || (v[0] != '-' && (v[0] < '0' || v[0] > '9')) {
		return 0, false
	}
	exponent := false
	for i, c := range v {
		switch {
		case c == 'e' || c == 'E':
			exponent = i > 0
		case c >= '0' && c <= '9', c == '.', c == '-', c == '+':
		default:
			return 0, false
		}
	}
	if !exponent || (v[0] == '0' && len(v) > 1 && v[1] >= '0' && v[1] <= '9') {
		return 0, false
	}
	f, err := strconv.ParseFloat(string(v), 64)
	return f, err == nil && !math.IsInf(f, 0)
}

var powers = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// shortDouble converts up to 15 digits: mantissa and power of ten are exact, so one division rounds correctly.
func shortDouble(n number) (float64, bool) {
	if len(n.whole)+len(n.fraction) > 15 {
		return 0, false
	}
	var m int64
	for _, c := range n.whole {
		m = m*10 + int64(c-'0')
	}
	for _, c := range n.fraction {
		m = m*10 + int64(c-'0')
	}
	f := float64(m) / powers[len(n.fraction)]
	if n.neg && f != 0 {
		f = -f
	}
	return f, true
}

// parseBool reads true and false; lenient takes what spreadsheets and databases write as well.
func parseBool(v []byte, lenient bool) (value, ok bool) {
	switch string(v) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	if !lenient || len(v) > 5 {
		return false, false
	}
	switch lower(v) {
	case "true", "t", "yes", "y", "1":
		return true, true
	case "false", "f", "no", "n", "0":
		return false, true
	}
	return false, false
}

func lower(v []byte) string {
	out := make([]byte, len(v))
	for i, c := range v {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		out[i] = c
	}
	return string(out)
}

func twoDigits(v []byte) (int, bool) {
	a, b := v[0]-'0', v[1]-'0'
	return int(a)*10 + int(b), a <= 9 && b <= 9
}

// parseDate reads 2026-01-31 as days since 1970.
func parseDate(v []byte) (int32, bool) {
	if len(v) != 10 || v[4] != '-' || v[7] != '-' {
		return 0, false
	}
	century, ok1 := twoDigits(v)
	year, ok2 := twoDigits(v[2:])
	month, ok3 := twoDigits(v[5:])
	day, ok4 := twoDigits(v[8:])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, false
	}
	year += century * 100
	if year == 0 || month < 1 || month > 12 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	return int32(daysFromCivil(year, month, day)), true
}

func daysIn(year, month int) int {
	if month == 2 && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		return 29
	}
	return int([...]byte{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}[month-1])
}

// daysFromCivil counts days since 1970-01-01 in the proleptic Gregorian calendar.
func daysFromCivil(y, m, d int) int {
	if m <= 2 {
		y--
	}
	era := y / 400
	if y < 0 {
		era = (y - 399) / 400
	}
	yoe := y - era*400
	mp := (m + 9) % 12
	doy := (153*mp+2)/5 + d - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return era*146097 + doe - 719468
}

// parseClock reads 10:30:00 and 10:30:00.123456 as microseconds, and returns what follows. Without seconds only if lenient.
func parseClock(v []byte, lenient bool) (micros int64, rest []byte, ok bool) {
	if len(v) < 5 || v[2] != ':' {
		return 0, nil, false
	}
	h, ok1 := twoDigits(v)
	m, ok2 := twoDigits(v[3:])
	if !ok1 || !ok2 || h > 23 || m > 59 {
		return 0, nil, false
	}
	micros = (int64(h)*60 + int64(m)) * 60 * 1e6
	v = v[5:]
	if len(v) == 0 || v[0] != ':' {
		return micros, v, lenient
	}
	if len(v) < 3 {
		return 0, nil, false
	}
	s, ok3 := twoDigits(v[1:])
	if !ok3 || s > 59 {
		return 0, nil, false
	}
	micros += int64(s) * 1e6
	v = v[3:]
	if len(v) == 0 || v[0] != '.' {
		return micros, v, true
	}
	fraction, digits := int64(0), 0
	v = v[1:]
	for len(v) > 0 && v[0]-'0' <= 9 {
		if digits >= 6 && v[0] != '0' {
			return 0, nil, false // more than microseconds: would not print back
		}
		if digits < 6 {
			fraction = fraction*10 + int64(v[0]-'0')
		}
		digits++
		v = v[1:]
	}
	if digits == 0 || (digits > 6 && !lenient) {
		return 0, nil, false
	}
	for ; digits < 6; digits++ {
		fraction *= 10
	}
	return micros + fraction, v, true
}

// parseTimestamp reads an ISO date and time as microseconds since 1970; zoned says that an offset or Z was written, and
// then the value is the instant.
func parseTimestamp(v []byte, lenient bool) (micros int64, zoned, ok bool) {
	if len(v) < 10 {
		return 0, false, false
	}
	days, ok := parseDate(v[:10])
	if !ok {
		return 0, false, false
	}
	if len(v) == 10 {
		return int64(days) * 86400e6, false, lenient
	}
	if v[10] != ' ' && v[10] != 'T' {
		return 0, false, false
	}
	clock, rest, ok := parseClock(v[11:], lenient)
	if !ok {
		return 0, false, false
	}
	micros = int64(days)*86400e6 + clock
	if len(rest) == 0 {
		return micros, false, true
	}
	offset, ok := parseOffset(rest, lenient)
	return micros - offset, true, ok
}

// parseOffset reads Z, +02, +0200, +02:00 (and, lenient, " UTC") as microseconds.
func parseOffset(v []byte, lenient bool) (int64, bool) {
	if string(v) == "Z" {
		return 0, true
	}
	if lenient && (string(v) == " UTC" || string(v) == "z") {
		return 0, true
	}
	if len(v) < 3 || (v[0] != '+' && v[0] != '-') {
		return 0, false
	}
	h, ok := twoDigits(v[1:])
	m, rest := 0, v[3:]
	if ok && len(rest) > 0 {
		if rest[0] == ':' {
			rest = rest[1:]
		}
		if len(rest) != 2 {
			return 0, false
		}
		m, ok = twoDigits(rest)
	}
	if !ok || h > 15 || m > 59 {
		return 0, false
	}
	offset := int64(h*60+m) * 60e6
	if v[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// printMicros is a timestamp as the engine prints it.
func printMicros(micros int64) string {
	return time.UnixMicro(micros).UTC().Format("2006-01-02 15:04:05.999999")
}
