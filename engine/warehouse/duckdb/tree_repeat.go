package duckdb

import (
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// repeatable refuses what takes other rows each time, and doubts what may.
func (a *analysis) repeatable(n node) {
	if n["sample"] != nil {
		at, length := a.word("tablesample", "sample")
		a.fail(at, length, "sql.unstable", "Result would not be repeatable",
			"A sample takes other rows each time. For a share of the rows that stays the same, order by a hash of the key and limit: order by md5(id) limit 100; or keep those with hash(id) %% 10 = 0.")
	}
	has := func(kinds ...string) node {
		for _, m := range children(n, "modifiers") {
			if m, ok := m.(node); ok && slices.Contains(kinds, text(m, "type")) {
				return m
			}
		}
		return nil
	}
	limit := has("LIMIT_MODIFIER", "LIMIT_PERCENT_MODIFIER")
	if limit == nil || has("ORDER_MODIFIER") != nil || text(child(n, "from_table"), "type") == "EMPTY" {
		return
	}
	at := a.place(child(limit, "limit"))
	if at < 0 {
		at, _ = a.word("limit", "offset")
	}
	a.doubts = append(a.doubts, warehouse.Problem{Code: "sql.unordered_limit", Summary: "Limit without an order", Offset: at, Length: a.tokenAt(at),
		Detail: "Which rows are within the limit is left to chance: another run may take others. Add ORDER BY with columns that tell all rows apart."})
}

// word finds the first of some words in the text, where DuckDB does not say where a clause stands.
func (a *analysis) word(words ...string) (at, length int) {
	for _, t := range a.tokens {
		if t.Kind == sqlgen.Word && slices.Contains(words, strings.ToLower(t.Text(a.text))) {
			return t.Start, t.End - t.Start
		}
	}
	return 0, len(a.text)
}
