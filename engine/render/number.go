package render

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/mattn/go-runewidth"
)

// width is how many columns of a terminal a text takes.
func width(text string) int { return runewidth.StringWidth(text) + strings.Count(text, tied) }

// seen is how many columns a text with colours in it takes.
func seen(text string) int {
	if !strings.Contains(text, "\x1b") {
		return width(text)
	}
	return width(colours.ReplaceAllString(text, ""))
}

var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// pad fills a text with spaces to n columns.
func pad(text string, n int) string {
	if w := width(text); w < n {
		return text + strings.Repeat(" ", n-w)
	}
	return text
}

// number writes 1204331 as 1,204,331.
func number(n int64) string {
	if n < 0 {
		return "−" + number(-n)
	}
	digits := strconv.FormatInt(n, 10)
	var out strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			out.WriteByte(',')
		}
		out.WriteRune(d)
	}
	return out.String()
}

// ratio writes 0.0231 as 2.3 %.
func ratio(r float64) string {
	text := strconv.FormatFloat(r*100, 'f', 1, 64)
	return strings.TrimSuffix(text, ".0") + " %"
}

// plural writes "1 row", "2 rows".
func plural(n int64, one string) string {
	if n == 1 {
		return "1 " + one
	}
	if strings.HasSuffix(one, "y") && !strings.HasSuffix(one, "ey") {
		return number(n) + " " + strings.TrimSuffix(one, "y") + "ies"
	}
	return number(n) + " " + one + "s"
}

// counted is a label of a number: what is counted once is not many.
func counted(n int64, label string) string {
	if n != 1 {
		return label
	}
	words := strings.Fields(label)
	for i, w := range words {
		switch w {
		case "records", "rows", "requests", "members", "profiles", "customers", "duplicates":
			words[i] = strings.TrimSuffix(w, "s")
		}
	}
	return strings.Join(words, " ")
}

// grouped puts equal lines together, with how often they were said.
func grouped(lines []string) []string {
	times := map[string]int64{}
	var out []string
	for _, l := range lines {
		if times[l]++; times[l] == 1 {
			out = append(out, l)
		}
	}
	for i, l := range out {
		if times[l] > 1 {
			out[i] = number(times[l]) + " × " + l
		}
	}
	return out
}

// seconds writes a duration in seconds for people: 0.4 s, 12 s, 3 m 05 s.
func seconds(s float64) string {
	switch {
	case s < 10:
		return strconv.FormatFloat(s, 'f', 1, 64) + " s"
	case s < 60:
		return strconv.FormatFloat(s, 'f', 0, 64) + " s"
	default:
		return fmt.Sprintf("%d m %02d s", int(s)/60, int(s)%60)
	}
}
