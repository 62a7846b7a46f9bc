package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// cell is a column and the value it has.
type cell struct{ Column, Value string }

// labelled is a value for the rows that have others.
type labelled struct {
	When []cell
	New  string
}

// labelsOf are the values that one column has instead of those stored.
func labelsOf(r warehouse.Rename, column string) []labelled {
	var out []labelled
	for _, l := range r.Labels {
		at := slices.Index(l.Columns, column)
		if at < 0 || l.Old[at] == l.New[at] {
			continue
		}
		out = append(out, labelled{When: cells(l.Columns, l.Old, r), New: l.New[at]})
	}
	return out
}

// replacedBy are the rows that give way to others that get their labels.
func replacedBy(r warehouse.Rename) [][]cell {
	var out [][]cell
	for _, l := range r.Labels {
		if l.Replace {
			out = append(out, cells(l.Columns, l.New, r))
		}
	}
	return out
}

// cells names columns as they are stored.
func cells(columns, values []string, r warehouse.Rename) []cell {
	var out []cell
	for i, c := range columns {
		out = append(out, cell{r.Was(c), values[i]})
	}
	return out
}

// stored is the table of the warehouse that holds what is declared under t's name.
func (s *store) stored(t warehouse.Table) (warehouse.Table, warehouse.Rename) {
	r, ok := s.renames[t.String()]
	if !ok {
		return t, r
	}
	if s.there[r.From.String()] == nil { // never loaded: nothing to rename
		return t, warehouse.Rename{}
	}
	return r.From, r
}

// Rename shows tables under other names.
func (s *store) Rename(ctx context.Context, renames ...warehouse.Rename) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	c, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer s.give(c)
	if s.renames == nil {
		s.renames = map[string]warehouse.Rename{}
	}
	for _, r := range renames {
		s.renames[r.To.String()] = r
		if t := s.tables[r.To.String()]; t != nil {
			if err := s.show(ctx, c, t); err != nil {
				return fmt.Errorf("renaming %s: %w", r.From, err)
			}
		}
	}
	return nil
}

// rename carries out one of a publication's renames.
func (w *writer) rename(ctx context.Context, r warehouse.Rename) error {
	have := w.there[r.From.String()]
	if have == nil {
		return nil
	}
	w.renamed = append(w.renamed, r.To.String())
	table := step{"", map[string]any{"From": inWarehouse(r.From), "To": inWarehouse(r.To)}}
	switch {
	case r.From.String() == r.To.String():
		if err := w.renameColumns(ctx, r, have); err != nil {
			return err
		}
	case have.view: // it names what may be renamed as well: whoever declares it makes it anew
		return w.drop(ctx, r.From)
	default:
		if err := w.drop(ctx, r.To); err != nil {
			return err
		}
		if err := w.move(ctx, r, have, table); err != nil {
			return err
		}
	}
	for _, gone := range replacedBy(warehouse.Rename{Labels: r.Labels}) {
		if err := w.steps(ctx, step{"delete_labelled", map[string]any{"Table": inWarehouse(r.To), "When": gone}}); err != nil {
			return err
		}
	}
	for _, l := range r.Labels {
		err := w.steps(ctx, step{"relabel", map[string]any{"Table": inWarehouse(r.To), "When": cells(l.Columns, l.Old, warehouse.Rename{}), "Set": cells(l.Columns, l.New, warehouse.Rename{})}})
		if err != nil {
			return err
		}
	}
	return nil
}

// move gives a table another name: in its schema by the name alone, else by way of a copy.
func (w *writer) move(ctx context.Context, r warehouse.Rename, have *relation, table step) error {
	w.shaped = true
	w.there[r.To.String()] = have
	delete(w.there, r.From.String())
	if strings.EqualFold(r.From.Schema, r.To.Schema) {
		table.name = "rename_table"
		if err := w.steps(ctx, table); err != nil {
			return err
		}
		return w.renameColumns(ctx, r, have)
	}
	type column struct{ From, To string }
	var columns []column
	for i, h := range have.columns {
		now := h.name
		if to, ok := r.Columns[h.name]; ok {
			now = to
		}
		columns = append(columns, column{h.name, now})
		have.columns[i].name = now
	}
	table.name, table.data.(map[string]any)["Columns"] = "move_table", columns
	if err := w.steps(ctx, w.schemaOf(r.To), table, step{"drop_table", map[string]any{"Table": inWarehouse(r.From)}}); err != nil {
		return err
	}
	for name := range w.there {
		if strings.HasPrefix(name, r.From.Schema+".") {
			return nil
		}
	}
	return w.steps(ctx, step{"drop_schema", map[string]any{"Schema": sqlgen.Relation{Catalog: wh, Name: r.From.Schema}}})
}

func (w *writer) renameColumns(ctx context.Context, r warehouse.Rename, have *relation) error {
	for i, h := range have.columns {
		to, ok := r.Columns[h.name]
		if !ok {
			continue
		}
		w.shaped = true
		have.columns[i].name = to
		if err := w.steps(ctx, step{"rename_column", map[string]any{"Table": inWarehouse(r.To), "From": h.name, "To": to}}); err != nil {
			return err
		}
	}
	return nil
}

// renamedShown forgets renames that were carried out. What is staged for a table stays staged.
func (s *store) renamedShown(ctx context.Context, c *conn, w *writer) error {
	for _, name := range w.renamed {
		delete(s.renames, name)
	}
	for _, name := range w.renamed {
		t := s.tables[name]
		if t == nil || len(t.Columns) == 0 {
			continue
		}
		// What stands on it stays as it is: those views may read others that come later in this list.
		if err := c.steps(ctx, s.was(t)); err != nil {
			return fmt.Errorf("showing what was renamed: %w", err)
		}
	}
	return nil
}
