package engine

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// Status reads how the project stands.
func (p *Project) Status(ctx context.Context) (*render.StatusView, diag.Diagnostics) {
	out := &render.StatusView{Type: "status", Warehouse: p.config.Settings.Warehouse.Path, Path: p.config.Settings.Warehouse.Abs,
		Traces: []string{}, Unapplied: []string{}, Streams: []render.StreamStatus{}, Tables: []render.TableStatus{}, Syncs: []render.SyncStatus{}}
	if ds := p.prepare(ctx); ds.HasErrors() { // what a source's arguments mean, its connector says
		return nil, ds
	}
	if _, err := os.Stat(p.config.Settings.Warehouse.Abs); err != nil {
		out.Unapplied = append(out.Unapplied, plan.Unapplied(p.config, &state.State{})...)
		out.Traces = append(out.Traces, p.traces()...)
		return out, p.gone(&state.State{})
	}
	s, done, err := p.shared(ctx, p.look)
	if err != nil {
		return nil, p.Explain(err)
	}
	defer done()
	if err := p.stand(ctx, s, out); err != nil {
		return nil, p.Explain(err)
	}
	return out, nil
}

// stand fills in what the warehouse knows.
func (p *Project) stand(ctx context.Context, s *session, out *render.StatusView) error {
	st := s.state
	out.File, out.Exists, out.Serial, out.Applied = true, st.Exists, st.Serial, len(st.Applied)
	out.Unapplied = append(out.Unapplied, plan.Unapplied(p.config, st)...)
	if r := st.LastRun; r != nil {
		out.LastRun = &render.LastRun{RunID: r.RunID, Command: r.Command, Status: r.Status, StartedAt: r.StartedAt, ExitCode: &r.ExitCode}
		if r.Status == "running" {
			out.LastRun.Status, out.LastRun.ExitCode = "cut off", nil // we hold the lock: nobody is at work
		}
	}
	rows := map[string]int64{}
	for _, name := range slices.Sorted(maps.Keys(st.Tables)) {
		n, err := st.Rows(ctx, s.store, name)
		if err != nil {
			return err
		}
		rows[name] = n
		out.Tables = append(out.Tables, render.TableStatus{Name: name, Rows: n})
	}
	for _, address := range slices.Sorted(maps.Keys(st.Cursors)) {
		c := st.Cursors[address]
		out.Streams = append(out.Streams, render.StreamStatus{Address: address, Cursor: c.Value, LoadedAt: c.LoadedAt, Rows: rows[tableOf(address)]})
	}
	var err error
	if out.Rejects, err = statements.Number(ctx, s.store, "rejects", map[string]any{"Rejects": state.Rejects.Was()}); err != nil {
		return err
	}
	out.Syncs, err = ledger(ctx, s.store)
	return err
}

// tableOf is the raw table of a stream's address.
func tableOf(address string) string {
	parts := strings.SplitN(strings.TrimPrefix(address, "source."), ".", 2)
	if len(parts) < 2 {
		return ""
	}
	return "raw_" + parts[0] + "." + parts[1]
}

// ledger counts what each tool holds and what waits.
func ledger(ctx context.Context, store warehouse.Store) ([]render.SyncStatus, error) {
	out := []render.SyncStatus{}
	rows, err := statements.Rows(ctx, store, "ledger", map[string]any{"Ledger": state.Ledger.Was()})
	if err != nil {
		return nil, fmt.Errorf("counting the ledger: %w", err)
	}
	for _, r := range rows {
		one := render.SyncStatus{Address: "sync." + warehouse.Text(r[0])}
		for i, n := range []*int64{&one.Delivered, &one.Pending, &one.Rejected, &one.Unknown} {
			*n, _ = warehouse.Int(r[i+1])
		}
		out = append(out, one)
	}
	return out, nil
}
