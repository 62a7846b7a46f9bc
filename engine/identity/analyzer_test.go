package identity_test

import (
	"context"
	"sync"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
)

// shared is one analyzer for all tests: it holds an instance of the query engine.
var shared = sync.OnceValues(func() (warehouse.Analyzer, error) { return duckdb.NewAnalyzer(context.Background()) })

func analyzer(t testing.TB) warehouse.Analyzer {
	t.Helper()
	an, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	return an
}
