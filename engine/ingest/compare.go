package ingest

import (
	"context"
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// staged are the columns of staging.
func (a *agreement) staged() []schema.Column {
	columns := make([]schema.Column, len(a.columns))
	for i, c := range a.columns {
		columns[i] = c.Column
	}
	return columns
}

// tabled are the columns that arrive, with the types they have in the table, those without a column there left out.
func (a *agreement) tabled() []schema.Column {
	var columns []schema.Column
	for _, c := range a.columns {
		if c.Dropped {
			continue
		}
		t := c.Table
		if c.Bare {
			t = c.Type
		}
		columns = append(columns, schema.Column{Name: c.Name, Type: t})
	}
	return columns
}

// prepare fills what the statements are rendered with.
func (c *computing) prepare() {
	s, at := c.spec, c.spec.Address
	table := c.result.Table
	c.step = step{
		AsOf: c.env.AsOf,
		In:   work("work", at, ".in"), Parsed: work("work", at, ".in"), Twice: work("work", at, ".twice"), Winners: work("work", at, ".winners"),
		Kept: work("work", at, ".kept"), Rejects: c.rejects.into, Changes: work("work", at, ".changes"),
		Aside: work("delta", at, ".rejects"), Source: s.Source, Stream: s.Name,
		Insert: work("delta", at, "+"), Delete: work("delta", at, "-"),
		Was: table.Was(), Incoming: c.agreed.columns, Gone: c.agreed.gone, TableKey: table.Key,
		Cursor: s.Cursor, Scoped: !s.keyed(), History: s.Write == SCD2, Hard: s.hard,
		LoadColumn: LoadColumn, ScopeColumn: ScopeColumn, SeqColumn: seqColumn,
	}
	key := map[string]bool{}
	if s.keyed() {
		c.step.Key, c.step.FirstKey = s.Key, s.Key[0]
		for _, name := range s.Key {
			key[name] = true
		}
	}
	for _, in := range c.agreed.columns {
		if in.Cast || in.Strict {
			c.step.Parsed = work("work", at, ".parsed")
		}
		c.step.Misfits = c.step.Misfits || in.Strict
		if in.Dropped {
			continue
		}
		c.step.Own = append(c.step.Own, in.Name)
		if in.Bare {
			continue
		}
		c.step.Typed = append(c.step.Typed, in.Name)
		if !key[in.Name] {
			c.step.Compared = append(c.step.Compared, in.Name)
		}
	}
	for _, name := range c.step.Key {
		column, _ := schema.Find(c.agreed.tabled(), name)
		c.step.KeyColumns = append(c.step.KeyColumns, column)
	}
	c.step.Match = append(append([]string{}, c.step.Typed...), ScopeColumn)
	c.step.Stored = append(append([]string{}, c.step.Typed...), schema.Names(c.agreed.gone)...)
	c.step.AsideRecord = c.agreed.staged()
	if _, ok := schema.Find(c.agreed.tabled(), s.Cursor); !ok {
		c.step.Cursor = ""
	}
	if !c.arrived() {
		c.step.Key = nil // nothing came that could have one
	}
}

// arrived reports whether the source named any column.
func (c *computing) arrived() bool { return len(c.agreed.columns) > 0 }

// compare finds what the load changes in its table.
func (c *computing) compare(ctx context.Context) error {
	if c.step.Parsed != c.step.In {
		if err := c.do(ctx, "parsed"); err != nil {
			return err
		}
	}
	kept, err := c.survey(ctx)
	if err != nil {
		return err
	}
	if err := c.rejects.finish(ctx); err != nil {
		return err
	}
	c.step.Absent = c.spec.Mode == FullRefresh && c.feed.complete && c.rejects.keyless == 0 && !c.rebuild && c.spec.Write != Append
	n := &c.result.Counts
	switch {
	case c.wasEmpty:
		n.Inserted = kept
		if kept > 0 {
			err = c.firstRows(ctx)
		}
	case !c.arrived() && kept > 0:
		err = fmt.Errorf("%w: rows without columns", errProtocol)
	case c.spec.keyed():
		err = c.compareKeyed(ctx)
	default:
		err = c.compareUnkeyed(ctx)
	}
	if err != nil {
		return err
	}
	if c.rebuild {
		if err := c.remake(ctx, kept); err != nil {
			return err
		}
	}
	n.Unchanged = kept - n.Inserted - n.Updated
	if !n.Balanced() {
		return fmt.Errorf("counts of %s do not add up: %+v", c.spec.Address, *n)
	}
	return c.conclude(ctx)
}

// survey counts what arrived, sets aside what can't be kept, settles equal keys, and returns the rows that stay.
func (c *computing) survey(ctx context.Context) (int64, error) {
	n := &c.result.Counts
	var rows, keyless, misfit int64
	if err := c.count(ctx, "survey", &rows, &n.Filtered, &keyless, &misfit); err != nil {
		return 0, c.filterFailed(err)
	}
	if rows != c.feed.rows {
		return 0, fmt.Errorf("%s: %d rows came, %d are staged", c.spec.Address, c.feed.rows, rows)
	}
	if err := c.setAside(ctx, keyless, misfit); err != nil {
		return 0, err
	}
	n.Extracted = rows + c.rejects.read
	n.Rejected = c.rejects.count
	kept := rows - n.Filtered - keyless - misfit
	if !c.arrived() {
		c.step.Kept = work("work", c.spec.Address, ".nothing")
		return kept, c.do(ctx, "nothing")
	}
	if c.spec.keyed() {
		var doubled, records int64
		if err := c.do(ctx, "duplicates"); err != nil {
			return 0, err
		}
		if err := c.count(ctx, "doubled", &doubled, &records); err != nil {
			return 0, err
		}
		if c.step.Doubled = doubled > 0; c.step.Doubled {
			if err := c.do(ctx, "winners"); err != nil {
				return 0, err
			}
		}
		n.Deduplicated = records - doubled
		kept -= n.Deduplicated
	}
	return kept, c.do(ctx, "kept")
}

// setAside moves rows without a whole key, and rows the contract refuses, to the rejects.
func (c *computing) setAside(ctx context.Context, keyless, misfit int64) error {
	for _, kind := range []struct {
		rows                 int64
		misfit               bool
		column, code, reason string
	}{
		{keyless, false, "", "null_key", "a column of the primary key is null"},
		{misfit, true, "", "contract", "a value does not fit the table, and the contract says discard_row"},
	} {
		if kind.rows == 0 {
			continue
		}
		if err := c.rejects.flush(ctx); err != nil {
			return err
		}
		if len(c.spec.Key) == 1 && !kind.misfit {
			kind.column = c.spec.Key[0]
		}
		data := c.step
		data.AsideMisfit, data.AsideColumn, data.AsideCode, data.AsideReason = kind.misfit, kind.column, kind.code, kind.reason
		written, err := statements.Run(ctx, c.env.Store, "set_aside", data)
		if err != nil {
			return err
		}
		if written != kind.rows {
			return fmt.Errorf("%s: %d rows to set aside, %d were", c.spec.Address, kind.rows, written)
		}
		c.rejects.count += kind.rows
		if !kind.misfit || !c.spec.keyed() {
			c.rejects.keyless += kind.rows
		}
		c.rejects.note(kind.column, kind.code, "", kind.rows)
	}
	return nil
}

func (c *computing) firstRows(ctx context.Context) error {
	if err := c.do(ctx, "first"); err != nil {
		return err
	}
	c.delta(c.step.Insert, sqlgen.Relation{}, c.result.Counts.Inserted, 0)
	return nil
}

func (c *computing) compareKeyed(ctx context.Context) error {
	if !c.arrived() && !c.step.Absent {
		return nil
	}
	c.step.Key = c.spec.Key
	if err := c.do(ctx, "changes"); err != nil {
		return err
	}
	if c.step.Absent && c.rejects.count > 0 {
		if err := c.do(ctx, "protect"); err != nil {
			return err
		}
	}
	return c.written(ctx, "counted", func() error {
		if c.step.History {
			c.step.Insert.Name += "rows"
			return c.do(ctx, "versions", "delete")
		}
		return c.do(ctx, "insert", "delete")
	})
}

func (c *computing) compareUnkeyed(ctx context.Context) error {
	if !c.arrived() && !c.step.Absent {
		return nil
	}
	if err := c.do(ctx, "multiset"); err != nil {
		return err
	}
	c.step.Insert.Name += "rows" // tables: the names without are views
	c.step.Delete.Name += "rows"
	return c.written(ctx, "multiset_counted", func() error { return c.do(ctx, "multiset_insert", "multiset_delete") })
}

// written counts changes and, if there are any, makes the delta.
func (c *computing) written(ctx context.Context, count string, write func() error) error {
	n := &c.result.Counts
	var had int64
	if err := c.count(ctx, count, &n.Inserted, &n.Updated, &n.Deleted, &had); err != nil {
		return err
	}
	if n.Inserted+n.Updated+n.Deleted == 0 {
		return nil
	}
	if err := write(); err != nil {
		return err
	}
	remove := c.step.Delete
	if had == 0 {
		remove = sqlgen.Relation{}
	}
	var inserted int64
	if err := c.count(ctx, "size", &inserted); err != nil {
		return err
	}
	insert := c.step.Insert
	if inserted == 0 {
		insert = sqlgen.Relation{}
	}
	c.delta(insert, remove, inserted, had)
	return nil
}

func (c *computing) delta(insert, remove sqlgen.Relation, inserted, deleted int64) {
	c.result.Deltas = append(c.result.Deltas, warehouse.Delta{Table: c.result.Table, Insert: insert, Delete: remove, Replace: c.rebuild,
		Inserted: inserted, Deleted: deleted})
}

// conclude settles what is recorded besides rows.
func (c *computing) conclude(ctx context.Context) error {
	r := c.result
	if c.rebuild && len(r.Deltas) == 0 {
		c.delta(sqlgen.Relation{}, sqlgen.Relation{}, 0, 0) // the table changes its shape and has no rows
	}
	if len(r.Deltas) == 0 && (r.First || len(c.agreed.changes) > 0) {
		c.delta(sqlgen.Relation{}, sqlgen.Relation{}, 0, 0) // no rows; the table and its columns are to be there
	}
	r.Changed = len(r.Deltas) > 0
	r.Record = true
	if err := c.remember(ctx, c.env.Store); err != nil {
		return err
	}
	if c.rejects.count > 0 {
		if err := c.do(ctx, "set_aside_rows"); err != nil {
			return err
		}
		r.Deltas = append(r.Deltas, warehouse.Delta{Table: state.Rejects, Insert: c.step.Aside,
			Inserted: c.rejects.count})
	}
	return nil
}

// remember settles how far the stream was read.
func (c *computing) remember(ctx context.Context, in warehouse.Reader) error {
	r := c.result
	since := c.before.Value
	if c.rebuild || slices.ContainsFunc(c.recast, func(r recast) bool { return r.Name == c.spec.Cursor }) {
		since = "" // of a type that is no more: everything was read again
	}
	newest := since
	if c.step.Cursor != "" {
		var err error
		if newest, err = c.newest(ctx, in, since); err != nil {
			return err
		}
	}
	r.Cursor = state.Cursor{Stream: c.spec.Address, Value: newest, State: c.before.State, Shape: c.spec.Shape, Columns: c.agreed.own}
	if c.feed.checkpoint != nil {
		c.checkpointed()
	}
	return nil
}

// judge holds the numbers against the guards.
func (c *computing) judge(ctx context.Context) diag.Diagnostics {
	r, n := c.result, c.result.Counts
	c.judgeRejects()
	if l, on := c.spec.limit("empty_result"); on && !c.wasEmpty && (n.Deleted > 0 || n.Extracted == 0) && c.spec.Mode == FullRefresh {
		var before int64
		if err := c.count(ctx, "live", &before); err != nil {
			return diag.Diagnostics{c.failed(err)}
		}
		now := before + n.Inserted - n.Deleted
		if n.Extracted == 0 {
			now = 0
		}
		v := guard.Empty(l, c.spec.Address, before, now)
		v.Detail = fmt.Sprintf("%s had %d rows, now none", c.spec.Address, before)
		if v.Status != guard.OK {
			r.Verdicts = append(r.Verdicts, c.allow(v))
		}
	}
	c.judgeAge()
	return c.blockedWords()
}

// judgeRejects holds the share of records set aside against its limit.
func (c *computing) judgeRejects() {
	r, n := c.result, c.result.Counts
	if l, on := c.spec.limit("max_reject_ratio"); on && n.Rejected > 0 {
		v := guard.Ratio(l, c.spec.Address, n.Rejected, n.Extracted)
		v.Detail = c.setAsideWords()
		r.Verdicts = append(r.Verdicts, c.allow(v))
	}
	r.Rejects = c.rejectKinds()
}

// judgeAge holds the newest cursor value against the clock.
func (c *computing) judgeAge() {
	l, on := c.spec.limit("max_age")
	if !on {
		return
	}
	v := guard.Verdict{Name: l.Name, Address: c.spec.Address, Status: guard.Blocked, Limit: l.Limit, Detail: "no cursor value that is a time: the age cannot be told"}
	if newest, ok := moment(c.result.Cursor.Value); ok {
		v = guard.Count(l, c.spec.Address, int64(c.env.AsOf.Sub(newest).Seconds()))
		v.Detail = fmt.Sprintf("the newest record is of %s", newest.Format("2006-01-02 15:04:05Z"))
	}
	c.result.Verdicts = append(c.result.Verdicts, c.allow(v))
}

func (c *computing) allow(v guard.Verdict) guard.Verdict {
	if c.env.Allow != nil && c.env.Allow(v.Name, v.Address) {
		return guard.Allow(v)
	}
	return v
}
