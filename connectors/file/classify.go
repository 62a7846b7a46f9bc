package file

import "github.com/cdp-engine/cdp/plugins/schema"

// class is what a value looks like: the narrowest thing that prints back as it was written.
type class uint8

const (
	classOther class = iota
	classBool
	classInt
	classDecimal
	classDate
	classTimestamp
	classTimestampTZ
	classNested // JSON only: an object or a list
	classes
)

// looks says what a written value is. digits and scale are of numbers; exact says that a double holds the number.
func looks(v []byte) (c class, digits, scale int, exact bool) {
	if len(v) == 0 {
		return classOther, 0, 0, false
	}
	switch first := v[0]; {
	case first == 't' || first == 'f':
		if _, ok := parseBool(v, false); ok {
			return classBool, 0, 0, false
		}
	case first >= '0' && first <= '9' || first == '-':
		if len(v) >= 10 && v[4] == '-' {
			return looksDated(v), 0, 0, false
		}
		return looksNumber(v)
	}
	return classOther, 0, 0, false
}

func looksDated(v []byte) class {
	if len(v) == 10 {
		if _, ok := parseDate(v); ok {
			return classDate
		}
		return classOther
	}
	switch _, zoned, ok := parseTimestamp(v, false); {
	case ok && zoned:
		return classTimestampTZ
	case ok:
		return classTimestamp
	}
	return classOther
}

func looksNumber(v []byte) (c class, digits, scale int, exact bool) {
	n, ok := parseNumber(v)
	if !ok || n.neg && n.zero() {
		return classOther, 0, 0, false
	}
	if n.fraction == nil {
		if _, ok := parseInt(v); !ok {
			return classOther, 0, 0, false
		}
		return classInt, n.digits(), 0, n.exactDouble(v)
	}
	if n.digits()+len(n.fraction) > 38 {
		return classOther, 0, 0, false
	}
	last := n.fraction[len(n.fraction)-1]
	prints := last != '0' || len(n.fraction) == 1
	return classDecimal, n.digits(), len(n.fraction), prints && n.exactDouble(v)
}

// typeOfValue names the type of a value, for reasons.
func typeOfValue(v []byte) schema.Type {
	c, digits, scale, _ := looks(v)
	return c.asType(digits, scale)
}

func (c class) asType(digits, scale int) schema.Type {
	switch c {
	case classBool:
		return schema.Type{Kind: schema.Bool}
	case classInt:
		return schema.Type{Kind: schema.Int64}
	case classDecimal:
		return schema.Type{Kind: schema.Decimal, Precision: max(18, digits+scale), Scale: scale}
	case classDate:
		return schema.Type{Kind: schema.Date}
	case classTimestamp:
		return schema.Type{Kind: schema.Timestamp}
	case classTimestampTZ:
		return schema.Type{Kind: schema.TimestampTZ}
	case classNested:
		return schema.Type{Kind: schema.JSON}
	}
	return schema.Type{Kind: schema.String}
}

// words say what a value looks like, without saying the value.
func (c class) words(value string) string {
	switch {
	case c == classOther && value != "" && startsLikeNumber([]byte(value)):
		return "a number that would not print back as it is written"
	case c == classOther:
		return "text"
	case c == classInt || c == classDecimal:
		return "a number"
	case c == classNested:
		return "an object or a list"
	}
	return "a " + c.asType(0, 0).String()
}
