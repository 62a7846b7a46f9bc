package duckdb_test

import (
	"context"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
)

// An error of a statement over data says what is wrong, and shows no value.
func TestErrorsShowNoValues(t *testing.T) {
	s := openStore(t, duckdb.Options{})
	defer s.Close()
	for _, sql := range []string{
		`SELECT CAST(v AS INTEGER) FROM (VALUES ('canary@example.com')) t(v)`,
		`SELECT CAST(v AS DATE) FROM (VALUES ('canary@example.com')) t(v)`,
		`SELECT CAST(v AS JSON) FROM (VALUES ('{canary@example.com')) t(v)`,
		`SELECT strptime(v, '%Y') FROM (VALUES ('canary@example.com')) t(v)`,
		`SELECT CAST(v AS TINYINT) FROM (VALUES (7777777)) t(v)`,
		`SELECT v * v FROM (VALUES (CAST(7777777 AS INTEGER))) t(v)`,
		`SELECT CAST(v AS DECIMAL(3, 1)) FROM (VALUES (7777777.5)) t(v)`,
		`SELECT CAST(v AS DECIMAL(3, 1)) FROM (VALUES ('7777777.5')) t(v)`,
		`SELECT CAST(v AS BLOB) FROM (VALUES ('é7777777')) t(v)`,
	} {
		_, err := warehouse.Rows(context.Background(), s, sqlgen.Statement{Name: "test", SQL: sql})
		if !warehouse.IsReason(err, warehouse.BadValue) {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		_, detail, _ := warehouse.Explain(err)
		for _, text := range []string{err.Error(), detail} {
			if strings.Contains(text, "canary") || strings.Contains(text, "7777777") {
				t.Errorf("%s: told: %s", sql, text)
			}
		}
	}
}
