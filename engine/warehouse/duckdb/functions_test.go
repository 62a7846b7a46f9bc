package duckdb

import (
	"context"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// A new version of DuckDB brings functions nobody has read yet: they are refused, and this test names them.
func TestEveryFunctionIsReviewed(t *testing.T) {
	b, err := newBinder(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	there := map[string]bool{"unnest": true, "current_time": true, "current_timestamp": true, "localtime": true, "localtimestamp": true, "count_star": true}
	err = warehouse.Each(context.Background(), b.c, sqlgen.Statement{SQL: "SELECT DISTINCT lower(function_name), function_type FROM duckdb_functions()"}, func(r warehouse.Row) error {
		name, kind := r[0].(string), r[1].(string)
		there[name] = true
		f := functions[name]
		switch {
		case f == nil:
			t.Errorf("functions.txt does not know %s (%s)", name, kind)
		case strings.HasPrefix(kind, "table") && f.table && !tableFunctions[name]:
			t.Errorf("functions.txt lets user SQL read from %s: it is not among those meant", name)
		case kind == "pragma" && (f.scalar || f.aggregate || f.table):
			t.Errorf("functions.txt allows the pragma %s", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range functions {
		if !there[name] {
			t.Errorf("functions.txt has %s, which DuckDB has not", name)
		}
	}
}

// tableFunctions are all that may stand in a FROM.
var tableFunctions = map[string]bool{"unnest": true, "generate_series": true, "generate_subscripts": true, "range": true, "repeat": true, "json_each": true, "json_tree": true, "regexp_split_to_table": true}
