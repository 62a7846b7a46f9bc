package duckdb

import (
	"strings"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// aggregateCalls finds the aggregate calls of an expression that was parsed and found good: a word that names an aggregate,
// then parentheses. Calls inside sub-selects belong to those and are left out.
func aggregateCalls(text string) []warehouse.AggregateCall {
	var tokens []sqlgen.Token
	for _, t := range sqlgen.Scan(text) {
		if t.Kind != sqlgen.Space && t.Kind != sqlgen.Comment {
			tokens = append(tokens, t)
		}
	}
	word := func(i int) string {
		if i >= len(tokens) || (tokens[i].Kind != sqlgen.Word && tokens[i].Kind != sqlgen.Punct) {
			return ""
		}
		return strings.ToLower(tokens[i].Text(text))
	}
	// closing is the index of the parenthesis that closes the one at i.
	closing := func(i int) int {
		depth := 0
		for ; i < len(tokens); i++ {
			switch word(i) {
			case "(":
				depth++
			case ")":
				if depth--; depth == 0 {
					return i
				}
			}
		}
		return len(tokens) - 1
	}
	var out []warehouse.AggregateCall
	for i := 0; i < len(tokens); i++ {
		if word(i) == "(" && (word(i+1) == "select" || word(i+1) == "with") {
			i = closing(i)
			continue
		}
		f := functions[word(i)]
		if tokens[i].Kind != sqlgen.Word || f == nil || !f.aggregate || word(i+1) != "(" {
			continue
		}
		end := closing(i + 1)
		out = append(out, warehouse.AggregateCall{Start: tokens[i].Start, End: tokens[end].End, Filtered: word(end+1) == "filter"})
		i = end
	}
	return out
}
