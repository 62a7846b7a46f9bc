package identity_test

import (
	"context"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
)

func analyzer(t testing.TB) warehouse.Analyzer {
	t.Helper()
	an, err := duckdb.NewAnalyzer(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { an.Close() })
	return an
}
