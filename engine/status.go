package engine

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"time"

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

// Status is how a project stands.
type Status struct {
	Type      string         `json:"type"` // "status"
	Warehouse string         `json:"warehouse"`
	Exists    bool           `json:"exists"`
	Serial    int64          `json:"serial"`
	Applied   int            `json:"applied"` // blocks in force
	Unapplied []string       `json:"unapplied"`
	LastRun   *LastRun       `json:"last_run"`
	Streams   []StreamStatus `json:"streams"`
	Tables    []TableStatus  `json:"tables"`
	Syncs     []SyncStatus   `json:"syncs"`
	Rejects   int64          `json:"rejects"`
}

// LastRun is the newest apply or run.
type LastRun struct {
	RunID     string    `json:"run_id"`
	Command   string    `json:"command"`
	Status    string    `json:"status"`
	StartedAt time.Time `json:"started_at"`
	ExitCode  *int      `json:"exit_code"` // null: it was cut off, or is under way
}

// StreamStatus is how fresh a stream is.
type StreamStatus struct {
	Address  string    `json:"address"`
	Cursor   string    `json:"cursor,omitempty"`
	LoadedAt time.Time `json:"loaded_at"`
	Rows     int64     `json:"rows"`
}

// TableStatus is a table and its size.
type TableStatus struct {
	Name string `json:"name"`
	Rows int64  `json:"rows"`
}

// SyncStatus counts the ledger's rows of a sync by status.
type SyncStatus struct {
	Address                               string `json:"address"`
	Delivered, Pending, Rejected, Unknown int64
}

// Status reads how the project stands.
func (p *Project) Status(ctx context.Context) (*Status, diag.Diagnostics) {
	out := &Status{Type: "status", Warehouse: p.config.Settings.Warehouse.Path, Unapplied: []string{}, Streams: []StreamStatus{}, Tables: []TableStatus{}, Syncs: []SyncStatus{}}
	if ds := p.prepare(ctx); ds.HasErrors() { // what a source's arguments mean, its connector says
		return nil, ds
	}
	if _, err := os.Stat(p.config.Settings.Warehouse.Abs); err != nil {
		out.Unapplied = plan.Unapplied(p.config, &state.State{})
		return out, nil
	}
	s, done, err := p.shared(ctx, p.look)
	if err != nil {
		return nil, p.Explain(err)
	}
	defer done()
	st := s.state
	out.Exists, out.Serial, out.Applied = st.Exists, st.Serial, len(st.Applied)
	out.Unapplied = append(out.Unapplied, plan.Unapplied(p.config, st)...)
	if r := st.LastRun; r != nil {
		out.LastRun = &LastRun{RunID: r.RunID, Command: r.Command, Status: r.Status, StartedAt: r.StartedAt, ExitCode: &r.ExitCode}
	}
	rows := map[string]int64{}
	for _, name := range slices.Sorted(maps.Keys(st.Tables)) {
		if rows[name], err = st.Rows(ctx, s.store, name); err != nil {
			return nil, p.Explain(err)
		}
		out.Tables = append(out.Tables, TableStatus{name, rows[name]})
	}
	for _, address := range slices.Sorted(maps.Keys(st.Cursors)) {
		c := st.Cursors[address]
		out.Streams = append(out.Streams, StreamStatus{Address: address, Cursor: c.Value, LoadedAt: c.LoadedAt, Rows: rows[tableOf(address)]})
	}
	if out.LastRun != nil && out.LastRun.Status == "running" {
		out.LastRun.Status, out.LastRun.ExitCode = "cut off", nil // we hold the lock: nobody is at work
	}
	if out.Rejects, err = statements.Number(ctx, s.store, "rejects", map[string]any{"Rejects": state.Rejects.Was()}); err != nil {
		return nil, p.Explain(err)
	}
	if err := out.ledger(ctx, s.store); err != nil {
		return nil, p.Explain(err)
	}
	return out, nil
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
func (s *Status) ledger(ctx context.Context, store warehouse.Store) error {
	rows, err := statements.Rows(ctx, store, "ledger", map[string]any{"Ledger": state.Ledger.Was()})
	if err != nil {
		return fmt.Errorf("counting the ledger: %w", err)
	}
	for _, r := range rows {
		one := SyncStatus{Address: "sync." + warehouse.Text(r[0])}
		for i, n := range []*int64{&one.Delivered, &one.Pending, &one.Rejected, &one.Unknown} {
			*n, _ = warehouse.Int(r[i+1])
		}
		s.Syncs = append(s.Syncs, one)
	}
	return nil
}

// View is the status as it is printed for people.
func (s *Status) View() render.StatusView {
	v := render.StatusView{Warehouse: s.Warehouse, Exists: s.Exists, Serial: s.Serial, Applied: s.Applied, Unapplied: s.Unapplied, Rejects: s.Rejects}
	if r := s.LastRun; r != nil {
		v.LastRun, v.LastAt = r.Command+", "+r.Status, r.StartedAt
		if r.ExitCode != nil {
			v.LastRun += fmt.Sprintf(", exit %d", *r.ExitCode)
		}
	}
	for _, one := range s.Streams {
		text := fmt.Sprintf("%s, loaded %s", plural(int(one.Rows), "row"), one.LoadedAt.UTC().Format("2006-01-02 15:04:05Z"))
		if one.Cursor != "" {
			text += ", up to " + one.Cursor
		}
		v.Streams = append(v.Streams, render.StatusLine{Name: one.Address, Text: text})
	}
	for _, t := range s.Tables {
		v.Tables = append(v.Tables, render.StatusLine{Name: t.Name, Text: plural(int(t.Rows), "row")})
	}
	for _, y := range s.Syncs {
		v.Syncs = append(v.Syncs, render.StatusLine{Name: y.Address, Text: fmt.Sprintf("%d delivered, %d pending, %d rejected, %d unknown", y.Delivered, y.Pending, y.Rejected, y.Unknown)})
	}
	return v
}
