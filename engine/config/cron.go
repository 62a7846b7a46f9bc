package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// cronFields are the five parts of a schedule, with what each may be.
var cronFields = []struct {
	name      string
	low, high int
	words     []string // for low, low+1 …
}{
	{"minute", 0, 59, nil},
	{"hour", 0, 23, nil},
	{"day of the month", 1, 31, nil},
	{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
	{"day of the week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
}

var cronNames = []string{"@hourly", "@daily", "@midnight", "@weekly", "@monthly", "@yearly", "@annually"}

// checkCron says what is wrong with a schedule; nil: nothing.
func checkCron(text string) error {
	if strings.HasPrefix(text, "@") {
		if !contains(cronNames, text) {
			return fmt.Errorf("%q is not one of %s", text, strings.Join(cronNames, ", "))
		}
		return nil
	}
	parts := strings.Fields(text)
	if len(parts) != len(cronFields) {
		return fmt.Errorf("%q has %d parts; a schedule has five: minute, hour, day of the month, month, day of the week, as in \"0 6 * * 1-5\"", text, len(parts))
	}
	for i, part := range parts {
		f := cronFields[i]
		number := func(s string) (int, bool) {
			if n := slices.Index(f.words, strings.ToLower(s)); n >= 0 {
				return f.low + n, true
			}
			n, err := strconv.Atoi(s)
			return n, err == nil && n >= f.low && n <= f.high
		}
		for _, one := range strings.Split(part, ",") {
			span, step, stepped := strings.Cut(one, "/")
			from, to, ranged := strings.Cut(span, "-")
			low, ok := number(from)
			ok = ok || span == "*"
			if ranged {
				high, fine := number(to)
				ok = ok && fine && low <= high
			}
			if n, err := strconv.Atoi(step); stepped && (err != nil || n < 1) {
				ok = false
			}
			if !ok {
				return fmt.Errorf("%q is no %s: that is *, %d to %d, a range 1-5, a list 1,3 or a step */2", one, f.name, f.low, f.high)
			}
		}
	}
	return nil
}
