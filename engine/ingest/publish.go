package ingest

import (
	"context"
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Publish makes a load visible: rows, rejects, cursor, load record and what else the caller hands over, as one. Then it
// acknowledges the checkpoint to the connector and ends the reading.
func Publish(ctx context.Context, store warehouse.Store, st *state.State, run state.Run, r *Result, with ...warehouse.Delta) error {
	defer func() { _ = r.Close() }()
	if r.Blocked() {
		return fmt.Errorf("publishing %s: it is blocked", r.Address)
	}
	if r.Empty() && len(with) == 0 {
		return nil
	}
	p := publication(st, run, r, with)
	if err := store.Publish(ctx, p); err != nil {
		return fmt.Errorf("publishing %s: %w", r.Address, err)
	}
	if r.Record {
		st.Tables[r.Table.String()] = st.Tables[r.Table.String()] || r.Counts.Inserted > 0
	}
	acknowledge(ctx, r)
	return nil
}

// acknowledge tells the connector that its checkpoint is committed. If that fails, only the good news is lost: rows, and
// the state to go on from, are in.
func acknowledge(ctx context.Context, r *Result) {
	if r.reading != nil && r.checkpoint != nil {
		_ = r.reading.Committed(ctx, r.checkpoint.ID)
	}
}

func publication(st *state.State, run state.Run, r *Result, with []warehouse.Delta) warehouse.Publication {
	now := time.Now().UTC().Truncate(time.Microsecond)
	load := state.NewID()
	var p warehouse.Publication
	var tables []string
	for _, delta := range r.Deltas {
		if delta.Table.String() == state.Rejects.String() {
			delta.Fill = map[string]any{"load_id": load}
		} else {
			delta.Fill = map[string]any{LoadColumn: load, LoadedAtColumn: now}
			tables = append(tables, delta.Table.String())
		}
		p.Deltas = append(p.Deltas, delta)
	}
	if r.Record || r.checkpoint != nil {
		cursor := r.Cursor
		cursor.LoadedAt = now
		if r.Record {
			cursor.LoadID = load
		}
		p.Deltas = append(p.Deltas, st.SetCursor(cursor)...)
	}
	if r.Record {
		p.Deltas = append(p.Deltas, st.AddLoad(record(run, r, load, now))...)
		p.Then = func(ctx context.Context, in warehouse.Reader) ([]warehouse.Delta, error) {
			return nil, verify(ctx, in, r, load)
		}
	}
	p.Deltas = append(p.Deltas, st.Commit(run, r.Address, tables...)...)
	p.Deltas = append(p.Deltas, with...)
	return p
}

func record(run state.Run, r *Result, load string, now time.Time) state.LoadRecord {
	n := r.Counts
	return state.LoadRecord{LoadID: load, RunID: run.ID, Source: r.Source, Stream: r.Stream, Extracted: n.Extracted, Inserted: n.Inserted,
		Updated: n.Updated, Unchanged: n.Unchanged, Deduplicated: n.Deduplicated, Filtered: n.Filtered, Rejected: n.Rejected, Deleted: n.Deleted,
		CursorFrom: r.CursorFrom, CursorTo: r.Cursor.Value, CommittedAt: now}
}

// verify looks at what the transaction has written before it is committed.
func verify(ctx context.Context, in warehouse.Reader, r *Result, load string) error {
	if !r.Counts.Balanced() {
		return fmt.Errorf("counts of %s do not add up: %+v", r.Address, r.Counts)
	}
	for _, delta := range r.Deltas {
		column := LoadColumn
		if delta.Table.String() == state.Rejects.String() {
			column = "load_id"
		}
		published := delta.Table.Relation()
		published.Catalog = "wh"
		var rows int64
		if err := statements.Counts(ctx, in, "written", step{Published: published, LoadColumn: column, LoadID: load}, &rows); err != nil {
			return err
		}
		if rows != delta.Inserted {
			return fmt.Errorf("%d rows of %s were to be written, %d were", delta.Inserted, delta.Table, rows)
		}
	}
	return nil
}
