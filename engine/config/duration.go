package config

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

var (
	lengthPattern = regexp.MustCompile(`(?i)^([0-9]+)\s*([a-z]+)$`)
	sizePattern   = regexp.MustCompile(`(?i)^([0-9]+)\s*([a-z]*)$`)
)

var units = map[string]time.Duration{
	"ms": time.Millisecond, "millisecond": time.Millisecond, "milliseconds": time.Millisecond,
	"s": time.Second, "sec": time.Second, "second": time.Second, "seconds": time.Second,
	"m": time.Minute, "min": time.Minute, "minute": time.Minute, "minutes": time.Minute,
	"h": time.Hour, "hour": time.Hour, "hours": time.Hour,
	"d": 24 * time.Hour, "day": 24 * time.Hour, "days": 24 * time.Hour,
	"w": 7 * 24 * time.Hour, "week": 7 * 24 * time.Hour, "weeks": 7 * 24 * time.Hour,
}

var calendar = map[string]int{
	"mo": 1, "month": 1, "months": 1, "y": 12, "year": 12, "years": 12,
}

// ParseDuration reads a length of time of a fixed number of seconds: 30d, 30 days, 12h, 90 minutes.
func ParseDuration(text string) (time.Duration, error) {
	w, err := ParseWindow(text)
	if err != nil {
		return 0, err
	}
	if w.Months != 0 {
		return 0, fmt.Errorf("%q has no fixed length: months and years differ. Write it in days", text)
	}
	return w.Duration, nil
}

// ParseWindow reads a length of time as ParseDuration does, and months and years, which follow the calendar.
func ParseWindow(text string) (Window, error) {
	m := lengthPattern.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return Window{}, notALength(text)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil {
		return Window{}, fmt.Errorf("%q is too long", text)
	}
	if n == 0 {
		return Window{}, fmt.Errorf("%q is no length of time at all", text)
	}
	unit := strings.ToLower(m[2])
	if months, ok := calendar[unit]; ok {
		if n > 12000 {
			return Window{}, fmt.Errorf("%q is too long", text)
		}
		return Window{Months: int(n) * months, Text: text}, nil
	}
	d, ok := units[unit]
	if !ok {
		return Window{}, notALength(text)
	}
	if n > math.MaxInt64/int64(d) {
		return Window{}, fmt.Errorf("%q is too long", text)
	}
	return Window{Duration: time.Duration(n) * d, Text: text}, nil
}

func notALength(text string) error {
	return fmt.Errorf("%q is not a length of time. Write a whole number and a unit: 90 minutes, 12h, 30 days, 6 months, 1 year", text)
}

var sizeUnits = map[string]int64{
	"": 1, "b": 1, "kb": 1e3, "mb": 1e6, "gb": 1e9, "tb": 1e12, "kib": 1 << 10, "mib": 1 << 20, "gib": 1 << 30, "tib": 1 << 40,
}

// ParseSize reads a number of bytes: 64MiB, 500 kB, 1000000.
func ParseSize(text string) (int64, error) {
	m := sizePattern.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil {
		return 0, notASize(text)
	}
	unit, ok := sizeUnits[strings.ToLower(m[2])]
	if !ok {
		return 0, notASize(text)
	}
	n, err := strconv.ParseInt(m[1], 10, 64)
	if err != nil || n > math.MaxInt64/unit {
		return 0, fmt.Errorf("%q is too large", text)
	}
	return n * unit, nil
}

func notASize(text string) error {
	return fmt.Errorf("%q is not a size. Write a whole number and a unit: 500kB, 64MiB, 2GiB", text)
}
