package duckdb_test

import (
	"context"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/engine/warehouse/warehousetest"
)

func TestConformance(t *testing.T) {
	warehousetest.Run(t, func(t testing.TB, path string) warehouse.Store {
		s, err := duckdb.Open(context.Background(), duckdb.Options{Path: path, Scratch: t.TempDir() + "/scratch.duckdb", Threads: 2, MemoryLimit: 1 << 30})
		if err != nil {
			t.Fatal(err)
		}
		return s
	})
}
