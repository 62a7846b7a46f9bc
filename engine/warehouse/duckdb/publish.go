package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Promote attaches the warehouse for writing; a file that is not there is made.
func (s *store) Promote(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.writable {
		return nil
	}
	if s.options.ReadOnly || s.options.Path == "" {
		return errors.New("this store was opened for reading only")
	}
	c, err := s.alone(ctx)
	if err != nil {
		return err
	}
	defer s.together(c)
	if s.attached {
		if _, err := c.exec(ctx, "DETACH wh"); err != nil {
			return fmt.Errorf("letting go of the warehouse: %w", err)
		}
		s.attached = false
	}
	if err := os.MkdirAll(filepath.Dir(s.options.Path), 0o700); err != nil {
		return about(s.options.Path, &warehouse.Error{Reason: warehouse.Access, Message: err.Error()})
	}
	if err := clearEmpty(s.options.Path); err != nil {
		return about(s.options.Path, &warehouse.Error{Reason: warehouse.Access, Message: err.Error()})
	}
	if _, err := c.exec(ctx, "ATTACH "+quoteText(s.options.Path)+" AS wh"); err != nil {
		return about(s.options.Path, err)
	}
	s.attached, s.writable = true, true
	for _, end := range []string{"", ".wal"} {
		if err := private(s.options.Path + end); err != nil {
			return fmt.Errorf("making the warehouse private: %w", err)
		}
	}
	s.there, err = c.relations(ctx)
	return err
}

// alone takes all connections: nothing may read the warehouse while it is detached.
func (s *store) alone(ctx context.Context) (*conn, error) {
	var held []*conn
	var err error
	patience := time.After(30 * time.Second)
	for range s.all {
		select {
		case c := <-s.idle:
			held = append(held, c)
		case <-ctx.Done():
			err = ctx.Err()
		case <-patience:
			err = errors.New("a result of the warehouse is still being read. This is a bug in cdp")
		}
		if err != nil {
			for _, c := range held {
				s.give(c)
			}
			return nil, err
		}
	}
	for _, c := range held {
		// A stream that was released before its end keeps its transaction, and with it the attached file, until the next statement.
		if _, failed := c.exec(ctx, "SELECT 1"); failed != nil && err == nil {
			err = failed
		}
	}
	for _, c := range held[1:] {
		defer s.give(c)
	}
	if err != nil {
		s.give(held[0])
		return nil, err
	}
	return held[0], nil
}

func (s *store) together(c *conn) { s.give(c) }

// Publish writes deltas in one transaction.
func (s *store) Publish(ctx context.Context, p warehouse.Publication) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.writable {
		return errors.New("publishing before the warehouse was opened for writing")
	}
	c, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer s.give(c)
	w := &writer{conn: c, there: s.copyOfThere(), changed: map[string]bool{}, streams: map[array.RecordReader]*arrival{}}
	for _, d := range p.Deltas {
		if d.Stream == nil {
			continue
		}
		a, err := c.register(ctx, s.arrivalName(), d.Stream)
		if err != nil {
			return fmt.Errorf("publishing: %s: %w", d.Table, err)
		}
		defer a.release(context.WithoutCancel(ctx))
		w.streams[d.Stream] = a
	}
	if _, err := c.exec(ctx, "BEGIN TRANSACTION"); err != nil {
		return err
	}
	err = w.publish(ctx, p)
	if err == nil {
		_, err = c.exec(ctx, "COMMIT")
	}
	if err != nil {
		if _, undo := c.exec(context.WithoutCancel(ctx), "ROLLBACK"); undo != nil && !strings.Contains(undo.Error(), "no transaction is active") {
			err = errors.Join(err, undo)
		}
		return fmt.Errorf("publishing: %w", err)
	}
	return s.published(context.WithoutCancel(ctx), c, w)
}

// copyOfThere is what the warehouse has, for a transaction that may come to nothing.
func (s *store) copyOfThere() map[string]*relation {
	out := make(map[string]*relation, len(s.there))
	for name, r := range s.there {
		out[name] = &relation{view: r.view, columns: slices.Clone(r.columns)}
	}
	return out
}

// published makes scratch show what the warehouse has now, and folds changes of tables' shapes into the file.
func (s *store) published(ctx context.Context, c *conn, w *writer) (err error) {
	if w.shaped {
		if s.there, err = c.relations(ctx); err != nil {
			return fmt.Errorf("reading what was published: %w", err)
		}
		if _, err := c.exec(ctx, "CHECKPOINT wh"); err != nil {
			return fmt.Errorf("folding the log into the warehouse: %w", err)
		}
	}
	if err := s.renamedShown(ctx, c, w); err != nil {
		return err
	}
	for name := range w.changed {
		if t := s.tables[name]; t != nil && (t.staged != nil || w.shaped) {
			t.staged = nil
			if s.there[name] == nil || len(t.Columns) == 0 {
				continue
			}
			if err := s.show(ctx, c, t); err != nil {
				return fmt.Errorf("showing what was published: %w", err)
			}
		}
	}
	return nil
}

// Checkpoint folds the write-ahead log into the file.
func (s *store) Checkpoint(ctx context.Context) error {
	if !s.writable {
		return nil
	}
	c, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer s.give(c)
	_, err = c.exec(ctx, "CHECKPOINT wh")
	return err
}

// writer is one publish transaction.
type writer struct {
	*conn
	there   map[string]*relation
	changed map[string]bool
	streams map[array.RecordReader]*arrival
	shaped  bool     // a table was made, dropped or altered
	renamed []string // tables, by their new names
}

func (w *writer) publish(ctx context.Context, p warehouse.Publication) error {
	for _, r := range p.Renames {
		if err := w.rename(ctx, r); err != nil {
			return fmt.Errorf("renaming %s to %s: %w", r.From, r.To, err)
		}
	}
	for _, d := range p.Deltas {
		if err := w.write(ctx, d); err != nil {
			return fmt.Errorf("%s: %w", d.Table, err)
		}
	}
	if p.Then == nil {
		return nil
	}
	more, err := p.Then(ctx, w)
	if err != nil {
		return err
	}
	for _, d := range more {
		if err := w.write(ctx, d); err != nil {
			return fmt.Errorf("%s: %w", d.Table, err)
		}
	}
	return nil
}

func (w *writer) write(ctx context.Context, d warehouse.Delta) error {
	w.changed[d.Table.String()] = true
	table := inWarehouse(d.Table)
	if d.Drop {
		return w.drop(ctx, d.Table)
	}
	if d.View != "" {
		if have := w.there[d.Table.String()]; have != nil && !have.view {
			if err := w.drop(ctx, d.Table); err != nil {
				return err
			}
		}
		w.shaped = true
		return w.steps(ctx, w.schemaOf(d.Table), step{"create_view", map[string]any{"View": table, "Select": diag.Text{Value: d.View}}})
	}
	if err := w.shape(ctx, d); err != nil {
		return err
	}
	if err := w.delete(ctx, d); err != nil {
		return err
	}
	if d.Insert != (sqlgen.Relation{}) {
		columns, err := w.describe(ctx, d.Insert)
		if err != nil {
			return err
		}
		if err := w.insert(ctx, d, d.Insert, columns); err != nil {
			return err
		}
	}
	if len(d.Rows) > 0 {
		if err := w.insertRows(ctx, d); err != nil {
			return err
		}
	}
	if d.Stream != nil {
		return w.insertStream(ctx, d)
	}
	return nil
}

func (w *writer) schemaOf(t warehouse.Table) step {
	return step{"create_schema", map[string]any{"Schema": sqlgen.Relation{Catalog: wh, Name: t.Schema}}}
}

func (w *writer) drop(ctx context.Context, t warehouse.Table) error {
	have := w.there[t.String()]
	if have == nil {
		return nil
	}
	w.shaped = true
	delete(w.there, t.String())
	name := "drop_table"
	if have.view {
		name = "drop_view"
	}
	return w.steps(ctx, step{name, map[string]any{"Table": inWarehouse(t)}})
}

// shape makes the table have the declared columns. A replaced table is made anew where its shape differs.
func (w *writer) shape(ctx context.Context, d warehouse.Delta) error {
	t, have := d.Table, w.there[d.Table.String()]
	if have != nil && (have.view || d.Replace && !sameShape(have, t.Columns)) {
		if err := w.drop(ctx, t); err != nil {
			return err
		}
		have = nil
	}
	table := inWarehouse(t)
	if have == nil {
		w.shaped = true
		made := &relation{}
		for _, c := range t.Columns {
			made.columns = append(made.columns, haveOf(c))
		}
		w.there[t.String()] = made
		return w.steps(ctx, w.schemaOf(t), step{"create_table", map[string]any{"Table": table, "Columns": t.Columns}})
	}
	for _, c := range t.Columns {
		there, ok := have.find(c.Name)
		switch {
		case !ok:
			w.shaped = true
			have.columns = append(have.columns, haveOf(c))
			if err := w.steps(ctx, step{"add_column", map[string]any{"Table": table, "Column": c}}); err != nil {
				return err
			}
		case c.Type.Kind != schema.Null && there.kind != dialect{}.Type(c.Type):
			w.shaped = true
			if err := w.steps(ctx, step{"alter_column", map[string]any{"Table": table, "Column": c}}); err != nil {
				return fmt.Errorf("changing column %s from %s to %s: %w", c.Name, there.kind, c.Type, err)
			}
		}
	}
	return nil
}

func haveOf(c schema.Column) have { return have{c.Name, dialect{}.Type(c.Type)} }

func sameShape(r *relation, columns []schema.Column) bool {
	if len(r.columns) != len(columns) {
		return false
	}
	for i, c := range columns {
		if r.columns[i] != haveOf(c) {
			return false
		}
	}
	return true
}

func (w *writer) delete(ctx context.Context, d warehouse.Delta) error {
	table := inWarehouse(d.Table)
	if d.Replace {
		return w.steps(ctx, step{"delete_all", map[string]any{"Table": table}})
	}
	if len(d.Table.Key) == 0 && (d.Delete != (sqlgen.Relation{}) || len(d.Gone) > 0) {
		return errors.New("rows to delete, but no key")
	}
	key := keyColumns(d.Table)
	if d.Delete != (sqlgen.Relation{}) {
		if err := w.steps(ctx, step{"delete", map[string]any{"Table": table, "From": d.Delete, "Key": key}}); err != nil {
			return err
		}
	}
	return inLists(key, d.Gone, func(lists []list) error {
		return w.steps(ctx, step{"delete_rows", map[string]any{"Table": table, "Lists": lists}})
	})
}

func (w *writer) insertRows(ctx context.Context, d warehouse.Delta) error {
	return inLists(d.Table.Columns, d.Rows, func(lists []list) error {
		return w.steps(ctx, step{"insert_rows", map[string]any{"Table": inWarehouse(d.Table), "Names": schema.Names(d.Table.Columns), "Lists": lists}})
	})
}

func (w *writer) insert(ctx context.Context, d warehouse.Delta, from sqlgen.Relation, columns []schema.Column) error {
	sources, err := sourcesOf(d.Table, columns, d.Fill)
	if err != nil {
		return err
	}
	return w.steps(ctx, step{"insert", map[string]any{"Table": inWarehouse(d.Table), "Names": schema.Names(d.Table.Columns), "Columns": sources, "From": from}})
}

// insertStream inserts what the reader of a delta gives. Its view was made before the transaction, which cannot write
// scratch.
func (w *writer) insertStream(ctx context.Context, d warehouse.Delta) error {
	from, ok := w.streams[d.Stream]
	if !ok {
		return errors.New("a stream can be inserted by the deltas of a publication, not by what Then returns")
	}
	arrived, err := incoming(d.Stream.Schema())
	if err != nil {
		return err
	}
	columns := make([]schema.Column, len(arrived))
	for i, c := range arrived {
		columns[i] = c.Column
	}
	sources, err := sourcesOf(d.Table, columns, d.Fill)
	if err != nil {
		return err
	}
	for i := range sources {
		for _, c := range arrived {
			sources[i].Nested = sources[i].Nested || c.Nested && strings.EqualFold(c.Name, sources[i].Name)
		}
	}
	err = w.steps(ctx, step{"insert", map[string]any{"Table": inWarehouse(d.Table), "Names": schema.Names(d.Table.Columns), "Columns": sources, "From": from.relation}})
	if failed := from.source.Err(); failed != nil {
		return failed
	}
	return err
}
