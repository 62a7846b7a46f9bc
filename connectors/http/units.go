package http

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode"
)

var durationUnits = map[string]time.Duration{
	"ms": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
}

// parseDuration reads a positive length of time as users write it: 30s, 1m30s, 90 minutes, 2d.
func parseDuration(text string) (time.Duration, error) {
	rest := strings.TrimSpace(text)
	var total float64
	for rest != "" {
		number, tail := leading(rest, func(r rune) bool { return r == '.' || unicode.IsDigit(r) })
		unit, after := leading(strings.TrimLeft(tail, " "), unicode.IsLetter)
		value, err := strconv.ParseFloat(number, 64)
		length, known := durationUnits[strings.ToLower(unit)]
		if err != nil || !known {
			return 0, fmt.Errorf("%q is not a duration; write it as \"30s\", \"5 minutes\" or \"2h\"", text)
		}
		total += value * float64(length)
		rest = strings.TrimLeft(after, " ")
	}
	if total <= 0 || total > math.MaxInt64/2 {
		return 0, fmt.Errorf("%q is not a duration; write it as \"30s\", \"5 minutes\" or \"2h\"", text)
	}
	return time.Duration(total), nil
}

var sizeUnits = map[string]float64{
	"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30,
}

// parseSize reads a number of bytes: 1000000, 64MiB, 1 MB.
func parseSize(text string) (int, error) {
	number, tail := leading(strings.TrimSpace(text), func(r rune) bool { return r == '.' || unicode.IsDigit(r) })
	value, err := strconv.ParseFloat(number, 64)
	unit, known := sizeUnits[strings.ToLower(strings.TrimSpace(tail))]
	if err != nil || !known || value*unit < 1 || value*unit > math.MaxInt32 {
		return 0, fmt.Errorf("%q is not a size; write it as 1000000 or \"64MiB\"", text)
	}
	return int(value * unit), nil
}

// leading splits text after the runes at its start that belong.
func leading(text string, belongs func(rune) bool) (head, tail string) {
	end := strings.IndexFunc(text, func(r rune) bool { return !belongs(r) })
	if end < 0 {
		return text, ""
	}
	return text[:end], text[end:]
}
