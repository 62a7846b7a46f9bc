package engine

import (
	"context"
	"os"
	"path/filepath"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
)

// Rows are the result of a query. Release them.
type Rows struct {
	array.RecordReader
	end func()
}

// Release ends the query and lets go of the warehouse.
func (r *Rows) Release() {
	r.RecordReader.Release()
	r.end()
}

// Query asks the warehouse, read-only.
func (p *Project) Query(ctx context.Context, sql string) (*Rows, diag.Diagnostics) {
	path := p.config.Settings.Warehouse.Abs
	if _, err := os.Stat(path); err != nil {
		at := p.config.Settings.Warehouse.Range
		return nil, one(diag.NewError("query.no_warehouse", "There is no warehouse yet",
			filepath.Base(path)+" does not exist: nothing has been applied. Begin with `cdp apply`.", &at))
	}
	release, err := p.lock(ctx, state.Shared)
	if err != nil {
		return nil, p.Explain(err)
	}
	reader, err := duckdb.OpenReader(ctx, duckdb.Options{Path: path, Threads: p.parallelism(), TempDir: filepath.Join(p.private(), "query")})
	if err != nil {
		release()
		return nil, p.Explain(err)
	}
	rows, err := reader.Query(ctx, sql)
	if err != nil {
		_ = reader.Close()
		release()
		if summary, detail, ok := warehouse.Explain(err); ok {
			return nil, one(diag.NewError("query.failed", summary, detail, nil))
		}
		return nil, p.Explain(err)
	}
	return &Rows{RecordReader: rows, end: func() { _ = reader.Close(); release() }}, nil
}

// WarehouseVersion names the warehouse engine that is built in.
func WarehouseVersion() string { return "DuckDB " + duckdb.Version() }
