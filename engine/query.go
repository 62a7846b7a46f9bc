package engine

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
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

var showTables = regexp.MustCompile(`(?i)^\s*show\s+tables\s*;?\s*$`)

// Query asks the warehouse, read-only.
func (p *Project) Query(ctx context.Context, sql string) (*Rows, diag.Diagnostics) {
	path := p.config.Settings.Warehouse.Abs
	if _, err := os.Stat(path); err != nil {
		at := p.config.Settings.Warehouse.Range
		return nil, p.absent(diag.NewError("query.no_warehouse", "There is no warehouse yet",
			path+" does not exist: nothing has been applied. Begin with `cdp apply`.", &at))
	}
	if showTables.MatchString(sql) { // all lie in schemas of their own, and SQL's words list one schema
		stmt, err := statements.Render(duckdb.Dialect(), "relations", nil)
		if err != nil {
			return nil, p.Explain(err)
		}
		sql = stmt.SQL
	}
	release, err := p.lock(ctx, state.Shared)
	if err != nil {
		return nil, p.Explain(err)
	}
	spill, err := p.scratchToLook()
	if err != nil {
		release()
		return nil, p.Explain(err)
	}
	held := &session{dir: spill}
	unlock := release
	release = func() { held.close(); unlock() }
	if held.alive, err = hold(spill); err != nil { // or another command would sweep it away
		release()
		return nil, p.Explain(err)
	}
	reader, err := duckdb.OpenReader(ctx, duckdb.Options{Path: path, Threads: p.parallelism(), TempDir: filepath.Join(spill, "tmp")})
	if err != nil {
		release()
		return nil, p.Explain(err)
	}
	phase(p.opts.Listener, "Querying")
	defer phase(p.opts.Listener, PhaseDone)
	rows, err := reader.Query(ctx, sql)
	if err != nil {
		// as_of is a column of some tables. Where it is none, it is the clock.
		if again, ok := withClock(sql, p.opts.AsOf); ok {
			if clocked, failed := reader.Query(ctx, again); failed == nil {
				rows, err = clocked, nil
			}
		}
	}
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

// withClock puts the clock in place of the word as_of; ok is false where there is none.
func withClock(sql string, asOf time.Time) (string, bool) {
	var out strings.Builder
	last := 0
	for _, t := range sqlgen.Scan(sql) {
		if t.Kind == sqlgen.Word && strings.EqualFold(t.Text(sql), "as_of") {
			out.WriteString(sql[last:t.Start] + "(TIMESTAMP '" + asOf.UTC().Format("2006-01-02 15:04:05.999999") + "')")
			last = t.End
		}
	}
	return out.String() + sql[last:], last > 0
}

// WarehouseVersion names the warehouse engine that is built in.
func WarehouseVersion() string { return "DuckDB " + duckdb.Version() }
