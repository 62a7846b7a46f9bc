package identity

import (
	"strconv"
	"strings"
	"time"
)

// oldest is how many years back a date of a living person may be.
const oldest = 120

// normalDate is the match form of a date, ISO. Only spellings with one reading count: 1990-05-17, 1990/05/17, 19900517,
// 17.05.1990, with or without a time after it. ok is false for what is no date, and for what is more than 120 years ago.
// doubtful is true for days that stand for "not known": the first of January.
func normalDate(dst, raw []byte, now time.Time) (out []byte, ok, doubtful bool) {
	text := strings.TrimSpace(string(raw))
	if i := strings.IndexAny(text, " T"); i >= 0 {
		text = text[:i]
	}
	day, ok := readDay(text)
	if !ok || day.Before(now.AddDate(-oldest, 0, 0)) {
		if ok && day.Format("2006-01-02") == "1900-01-01" {
			return append(dst, "1900-01-01"...), true, true
		}
		return dst, false, false
	}
	return day.AppendFormat(dst, "2006-01-02"), true, day.Month() == time.January && day.Day() == 1
}

func readDay(text string) (time.Time, bool) {
	for _, layout := range []string{"2006-01-02", "2006/01/02", "20060102", "02.01.2006", "2.1.2006"} {
		if len(text) == 8 && layout == "20060102" {
			if _, err := strconv.Atoi(text); err != nil {
				continue
			}
		}
		if day, err := time.Parse(layout, text); err == nil {
			return day, true
		}
	}
	return time.Time{}, false
}
