package sdk

import (
	"fmt"
	"strings"
)

// DidYouMean ends the detail of a Problem about a word nobody knows: ` Did you mean "email"?`, with the space before it, or
// nothing when no candidate is near enough to be meant. Its rule is the engine's own, so that all suggestions read alike:
// case does not count, two letters changed over are one slip, and ties go to the candidate that sorts first.
func DidYouMean(word string, candidates []string) string {
	best, distance := "", 0
	lower := strings.ToLower(word)
	for _, c := range candidates {
		if c == "" || c == word {
			continue
		}
		d := edits([]rune(lower), []rune(strings.ToLower(c)))
		if swapped(lower, strings.ToLower(c)) {
			d = 1
		}
		longest := max(len(word), len(c))
		if d > max(longest*2/5, 1) || d >= longest {
			continue
		}
		if best == "" || d < distance || d == distance && c < best {
			best, distance = c, d
		}
	}
	if best == "" {
		return ""
	}
	return fmt.Sprintf(" Did you mean %q?", best)
}

// swapped reports whether two words differ by two neighbouring letters changed over.
func swapped(a, b string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := 0; i+1 < len(a); i++ {
		if a[i] != b[i] {
			return a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
		}
	}
	return false
}

// edits is how many letters must be put in, left out or changed to make b of a: Levenshtein's distance. It is written out
// because every dependency here is one of every connector.
func edits(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j := range b {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, diagonal+1, row[j]+1)
		}
	}
	return row[len(b)]
}
