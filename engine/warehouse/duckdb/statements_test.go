package duckdb

import "testing"

func TestOurStatementsKeepTheHouseRules(t *testing.T) {
	if err := statements.Check(); err != nil {
		t.Error(err)
	}
}
