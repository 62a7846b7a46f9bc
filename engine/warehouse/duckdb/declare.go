package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// tableState is a declared table and what is staged for it.
type tableState struct {
	warehouse.Table
	staged *warehouse.Delta
}

// columnSource is a column of a table and where its value comes from.
type columnSource struct {
	schema.Column
	There  bool // the relation read has it
	Same   bool // in the very type
	From   string
	Labels []labelled // what the value is instead, for some rows
	Nested bool       // as a list or struct
	Value  any        // else: this, or null
}

// inserted is a relation whose rows come into a table.
type inserted struct {
	From    sqlgen.Relation
	Columns []columnSource
}

// Declare makes tables known: their three views in scratch.
func (s *store) Declare(ctx context.Context, tables ...warehouse.Table) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer s.give(c)
	for _, t := range tables {
		if err := checkTable(t); err != nil {
			return err
		}
		state := &tableState{Table: t}
		if old := s.tables[t.String()]; old != nil {
			state.staged = old.staged
		}
		if err := s.show(ctx, c, state); err != nil {
			return fmt.Errorf("declaring %s: %w", t, err)
		}
		s.tables[t.String()] = state
	}
	return nil
}

func checkTable(t warehouse.Table) error {
	for _, list := range [][]string{t.Key, t.Hidden} {
		for _, name := range list {
			if _, ok := schema.Find(t.Columns, name); !ok {
				return fmt.Errorf("declaring %s: it has no column %s", t, name)
			}
		}
	}
	return nil
}

// show makes the views of a table.
func (s *store) show(ctx context.Context, c *conn, t *tableState) error {
	now, err := s.now(ctx, c, t)
	if err != nil {
		return err
	}
	live := map[string]any{"View": t.Relation(), "Now": t.Now(), "Columns": visible(t.Table), "Live": diag.Text{Value: t.Live}}
	steps := []step{{"create_schema", map[string]any{"Schema": sqlgen.Relation{Name: t.Schema}}}, now, {"live", live}}
	if len(t.Columns) > 0 { // else a view whose columns only its SELECT knows
		steps = append([]step{s.was(t)}, steps...)
	}
	return c.steps(ctx, steps...)
}

// was is the statement of the view of what the warehouse has.
func (s *store) was(t *tableState) step {
	stored, renamed := s.stored(t.Table)
	there := s.there[stored.String()]
	was := make([]columnSource, len(t.Columns))
	for i, col := range t.Columns {
		from := renamed.Was(col.Name)
		have, ok := there.find(from)
		was[i] = columnSource{Column: col, There: ok, Same: ok && have.kind == dialect{}.Type(col.Type), From: from, Labels: labelsOf(renamed, col.Name)}
	}
	return step{"was", map[string]any{"View": t.Was(), "Table": inWarehouse(stored), "Columns": was, "Exists": there != nil, "Gone": replacedBy(renamed)}}
}

// step is one of our statements with its data.
type step struct {
	name string
	data any
}

// steps renders and runs our own statements.
func (c *conn) steps(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		st, err := statements.Render(dialect{}, s.name, s.data)
		if err != nil {
			return err
		}
		if _, err := c.exec(ctx, st.SQL, st.Args...); err != nil {
			return fmt.Errorf("running %s: %w", st.Name, err)
		}
	}
	return nil
}

// now is the statement of the view with staged changes.
func (s *store) now(ctx context.Context, c *conn, t *tableState) (step, error) {
	d := t.staged
	if d != nil && d.View != "" {
		return step{"now_view", map[string]any{"View": t.Now(), "Select": diag.Text{Value: d.View}}}, nil
	}
	if len(t.Columns) == 0 {
		return step{}, fmt.Errorf("a table without columns")
	}
	data := map[string]any{"View": t.Now(), "Was": t.Was(), "Columns": t.Columns, "Key": t.Key, "Gone": false}
	var deletes []sqlgen.Relation
	var inserts []inserted
	if d != nil {
		data["Gone"] = d.Replace || d.Drop
		var err error
		if deletes, inserts, err = s.relationsOf(ctx, c, t, d); err != nil {
			return step{}, err
		}
	}
	data["Delete"], data["Insert"], data["Before"] = deletes, inserts, s.hasBefore(t, d, inserts)
	return step{"now", data}, nil
}

// hasBefore reports whether the view of what there was takes part in a table with its staged rows. Where it is empty for
// certain it is left out: a UNION ALL with an empty side lets DuckDB write what reads it by one thread only.
func (s *store) hasBefore(t *tableState, d *warehouse.Delta, inserts []inserted) bool {
	if len(inserts) == 0 {
		return true // else there is no SELECT at all
	}
	stored, _ := s.stored(t.Table)
	return s.there[stored.String()] != nil && !d.Replace && !d.Drop
}

// relationsOf are the scratch relations of a staged delta; rows given from Go become tables first.
func (s *store) relationsOf(ctx context.Context, c *conn, t *tableState, d *warehouse.Delta) (deletes []sqlgen.Relation, inserts []inserted, err error) {
	if d.Delete != (sqlgen.Relation{}) {
		deletes = append(deletes, d.Delete)
	}
	from := []sqlgen.Relation{}
	if d.Insert != (sqlgen.Relation{}) {
		from = append(from, d.Insert)
	}
	if len(d.Gone) > 0 {
		rel := sqlgen.Relation{Schema: "delta", Name: t.String() + "#gone"}
		if err := c.materialize(ctx, rel, keyColumns(t.Table), d.Gone); err != nil {
			return nil, nil, err
		}
		deletes = append(deletes, rel)
	}
	if len(d.Rows) > 0 {
		rel := sqlgen.Relation{Schema: "delta", Name: t.String() + "#rows"}
		if err := c.materialize(ctx, rel, t.Columns, d.Rows); err != nil {
			return nil, nil, err
		}
		from = append(from, rel)
	}
	for _, rel := range from {
		columns, err := c.describe(ctx, rel)
		if err != nil {
			return nil, nil, err
		}
		sources, err := sourcesOf(t.Table, columns, d.Fill)
		if err != nil {
			return nil, nil, err
		}
		inserts = append(inserts, inserted{From: rel, Columns: sources})
	}
	return deletes, inserts, nil
}

// sourcesOf says for each column of a table where its value comes from: a relation with these columns, else fill.
func sourcesOf(t warehouse.Table, columns []schema.Column, fill map[string]any) ([]columnSource, error) {
	for _, c := range columns {
		if !slices.ContainsFunc(t.Columns, func(have schema.Column) bool { return strings.EqualFold(have.Name, c.Name) }) {
			return nil, fmt.Errorf("rows for %s have a column %s, which the table has not", t, c.Name)
		}
	}
	out := make([]columnSource, len(t.Columns))
	for i, col := range t.Columns {
		there := slices.ContainsFunc(columns, func(have schema.Column) bool { return strings.EqualFold(have.Name, col.Name) })
		out[i] = columnSource{Column: col, There: there, Value: fill[col.Name]}
	}
	return out, nil
}

func visible(t warehouse.Table) []string {
	var names []string
	for _, c := range t.Columns {
		if !slices.Contains(t.Hidden, c.Name) {
			names = append(names, c.Name)
		}
	}
	return names
}

func keyColumns(t warehouse.Table) []schema.Column {
	columns := make([]schema.Column, len(t.Key))
	for i, name := range t.Key {
		columns[i], _ = schema.Find(t.Columns, name)
	}
	return columns
}

func inWarehouse(t warehouse.Table) sqlgen.Relation {
	return sqlgen.Relation{Catalog: wh, Schema: t.Schema, Name: t.Name}
}

// Stage adds deltas to what readers of their tables see.
func (s *store) Stage(ctx context.Context, deltas ...warehouse.Delta) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer s.give(c)
	for _, d := range deltas {
		if d.Stream != nil {
			return fmt.Errorf("staging %s: rows that stream into the warehouse cannot be read before", d.Table)
		}
		t := &tableState{Table: d.Table, staged: &d}
		if err := checkTable(d.Table); err != nil {
			return err
		}
		if err := s.show(ctx, c, t); err != nil {
			return fmt.Errorf("staging %s: %w", d.Table, err)
		}
		s.tables[d.Table.String()] = t
	}
	return nil
}
