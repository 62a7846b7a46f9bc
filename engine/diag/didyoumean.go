package diag

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// DidYouMean is the candidate nearest to a word, or "" when none is near enough to be meant. Case does not count as
// a difference. Ties go to the candidate that sorts first.
func DidYouMean(word string, candidates []string) string {
	best, distance := "", 0
	lower := strings.ToLower(word)
	for _, c := range candidates {
		if c == "" || c == word {
			continue
		}
		d := levenshtein.Distance(lower, strings.ToLower(c), nil)
		if swapped(lower, strings.ToLower(c)) {
			d = 1
		}
		if d > max(len(word), len(c))*2/5 && d > 1 || d >= max(len(word), len(c)) {
			continue
		}
		if best == "" || d < distance || d == distance && c < best {
			best, distance = c, d
		}
	}
	return best
}

// swapped reports whether two words differ by two neighbouring letters changed over, the commonest slip of all.
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

// Meant ends a detail about a word nobody knows: with the candidate that was meant, or with nothing when none is near.
func Meant(word string, candidates []string) string {
	if near := DidYouMean(word, candidates); near != "" {
		return fmt.Sprintf(" Did you mean %q?", near)
	}
	return ""
}

// Suggest ends a detail about a word nobody knows: with the candidate that was meant, else with all there are.
func Suggest(word string, candidates []string) string {
	if meant := Meant(word, candidates); meant != "" {
		return meant
	}
	if len(candidates) == 0 || len(candidates) > 30 {
		return ""
	}
	sorted := slices.Clone(candidates)
	slices.Sort(sorted)
	return " Known: " + strings.Join(slices.Compact(sorted), ", ") + "."
}
