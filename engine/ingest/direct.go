package ingest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

var (
	errIndirect = errors.New("rows need comparing") // equal or null keys: the load has to go through scratch
	errBlocked  = errors.New("a guard stands in the way")
)

// maxDirectRejects bounds the rejects a direct load carries; more go through scratch.
const maxDirectRejects = 10000

// Straight reports whether Direct would send a stream's rows straight into the warehouse: its table is empty and nothing
// of the block needs them in scratch first.
func Straight(st *state.State, spec *Spec) bool {
	return begin(Env{State: st}, spec).straight()
}

func (c *computing) straight() bool {
	return c.wasEmpty && !c.rebuild && len(c.recast) == 0 && c.spec.filter.Value == "" && c.spec.Write != SCD2
}

// Direct loads and publishes in one go. The store has been promoted and the command holds the warehouse alone. Rows for a
// table that is still empty go straight into the warehouse inside the publish transaction; what has to be compared first
// goes the way of Compute and Publish. A blocked or failed load publishes nothing. with is published with the rows.
func Direct(ctx context.Context, env Env, run state.Run, spec *Spec, with ...warehouse.Delta) (*Result, diag.Diagnostics) {
	c := begin(env, spec)
	defer func() { _ = c.result.Close() }()
	if c.straight() {
		result, ds, err := c.direct(ctx, run, with)
		if !errors.Is(err, errIndirect) {
			return result, ds
		}
		_ = c.result.Close()
	}
	result, ds := Compute(ctx, env, spec)
	if result == nil || result.Blocked() {
		return result, ds
	}
	c.result = result
	if err := Publish(ctx, env.Store, env.State, run, result, with...); err != nil {
		return nil, append(ds, explain(env, spec, err))
	}
	return result, ds
}

// direct streams rows into the empty table. It returns errIndirect if that can't be; nothing is published then.
func (c *computing) direct(ctx context.Context, run state.Run, with []warehouse.Delta) (*Result, diag.Diagnostics, error) {
	ds, ready := c.enter(ctx)
	switch {
	case ds.HasErrors() && c.result.Blocked():
		return c.result, ds, nil
	case ds.HasErrors():
		return nil, ds, nil
	case !ready:
		return c.still(ctx, run, with, ds)
	}
	for _, in := range c.agreed.columns {
		if in.Cast || in.Strict || in.Dropped {
			return nil, ds, errIndirect
		}
	}
	c.feed.arrange(c.agreed.staged(), c.step.Scoped, false)
	err := c.pour(ctx, run, with)
	c.feed.drop()
	if c.feed.err != nil {
		err = c.feed.err
	}
	switch {
	case errors.Is(err, errIndirect):
		return nil, ds, err
	case errors.Is(err, errBlocked):
		return c.result, append(append(ds, c.told()...), c.blockedWords()...), nil
	case err != nil:
		return nil, append(ds, c.failed(err)), nil
	}
	c.env.State.Tables[c.result.Table.String()] = c.result.Counts.Inserted > 0
	acknowledge(ctx, c.result)
	ds = append(ds, c.told()...)
	if err := c.env.Store.Declare(ctx, c.result.Table); err != nil {
		return nil, append(ds, c.failed(err)), nil
	}
	return c.result, ds, nil
}

// still publishes a load that had nothing to read.
func (c *computing) still(ctx context.Context, run state.Run, with []warehouse.Delta, ds diag.Diagnostics) (*Result, diag.Diagnostics, error) {
	if c.result.Blocked() {
		return c.result, ds, nil
	}
	if err := Publish(ctx, c.env.Store, c.env.State, run, c.result, with...); err != nil {
		return nil, append(ds, c.failed(err)), nil
	}
	return c.result, ds, nil
}

// pour is the one transaction: rows, then a look at them, then what is recorded about them.
func (c *computing) pour(ctx context.Context, run state.Run, with []warehouse.Delta) error {
	now := time.Now().UTC().Truncate(time.Microsecond)
	load := state.NewID()
	rows := warehouse.Delta{Table: c.result.Table, Stream: c.feed, Fill: map[string]any{LoadColumn: load, LoadedAtColumn: now}}
	return c.env.Store.Publish(ctx, warehouse.Publication{
		Deltas: []warehouse.Delta{rows},
		Then: func(ctx context.Context, in warehouse.Reader) ([]warehouse.Delta, error) {
			if c.feed.err != nil {
				return nil, c.feed.err
			}
			if err := c.inspect(ctx, in); err != nil {
				return nil, err
			}
			deltas := c.env.State.AddLoad(record(run, c.result, load, now))
			cursor := c.result.Cursor
			cursor.LoadedAt, cursor.LoadID = now, load
			deltas = append(deltas, c.env.State.SetCursor(cursor)...)
			deltas = append(deltas, c.env.State.Commit(run, c.spec.Address, c.result.Table.String())...)
			deltas = append(deltas, c.rejects.deltas(load, c.spec)...)
			return append(deltas, with...), nil
		},
	})
}

// inspect counts and judges what came, before it is committed.
func (c *computing) inspect(ctx context.Context, in warehouse.Reader) error {
	if c.rejects.written || len(c.rejects.held) > maxDirectRejects || c.feed.unchanged {
		return errIndirect
	}
	c.step.Parsed = c.result.Table.Relation()
	c.step.Parsed.Catalog = "wh"
	var rows, filtered, keyless, misfit int64
	if err := statements.Counts(ctx, in, "survey", c.step, &rows, &filtered, &keyless, &misfit); err != nil {
		return err
	}
	if rows != c.feed.rows {
		return fmt.Errorf("%s: %d rows came, %d are in the table", c.spec.Address, c.feed.rows, rows)
	}
	if keyless > 0 {
		return errIndirect
	}
	if c.spec.keyed() && c.arrived() {
		var twice int64
		if err := statements.Counts(ctx, in, "repeated", c.step, &twice); err != nil {
			return err
		}
		if twice > 0 {
			return errIndirect
		}
	}
	r := c.result
	r.Counts = Counts{Extracted: rows + c.rejects.read, Inserted: rows, Rejected: c.rejects.read}
	if !r.Counts.Balanced() {
		return fmt.Errorf("counts of %s do not add up: %+v", c.spec.Address, r.Counts)
	}
	r.Record, r.Changed = true, true
	if err := c.remember(ctx, in); err != nil {
		return err
	}
	c.judgeRejects()
	c.judgeAge()
	if r.Blocked() {
		return errBlocked
	}
	return nil
}

// deltas are rejects that are still held, as rows.
func (r *rejects) deltas(load string, s *Spec) []warehouse.Delta {
	if len(r.held) == 0 {
		return nil
	}
	d := warehouse.Delta{Table: state.Rejects, Inserted: int64(len(r.held))}
	for _, m := range r.held {
		d.Rows = append(d.Rows, []any{load, s.Source, s.Name, orNull(m.Position), orNull(m.Column), orNull(m.Code), orNull(m.Reason), orNull(m.Record)})
	}
	return []warehouse.Delta{d}
}

func orNull(text string) any {
	if text == "" {
		return nil
	}
	return text
}
