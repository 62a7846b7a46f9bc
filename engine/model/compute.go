package model

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

//go:embed all:sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// Env is what a computation works with.
type Env struct {
	Store warehouse.Store
	AsOf  time.Time
}

// Result is a model, computed and not yet published. It survives JSON as long as the scratch it points into.
type Result struct {
	Address  string            `json:"address"`
	Table    warehouse.Table   `json:"table"`
	Columns  []schema.Column   `json:"columns"`
	Rows     int64             `json:"rows"`     // of a view: not counted
	Inserted int64             `json:"inserted"` // rows that come
	Deleted  int64             `json:"deleted"`  // rows that go
	Changed  bool              `json:"changed"`  // what readers see changes; of a view this is not known: false
	Deltas   []warehouse.Delta `json:"deltas,omitempty"`
}

// step is what the templates are rendered with.
type step struct {
	AsOf                                          time.Time
	SQL                                           diag.Text
	Columns                                       []schema.Column
	Select, New, Was, Changes, Insert, Delete, Of sqlgen.Relation
}

// Compute makes a model's rows visible to those who read it, and stages what changes.
func Compute(ctx context.Context, env Env, spec *Spec) (*Result, diag.Diagnostics, error) {
	c := &computing{env: env, spec: spec, r: &Result{Address: spec.Address}}
	if err := c.compute(ctx); err != nil {
		return nil, nil, fmt.Errorf("computing %s: %w", spec.Address, err)
	}
	return c.r, nil, nil
}

// Declare shows a model as it was published, when it is not due.
func Declare(ctx context.Context, env Env, spec *Spec) error {
	if len(spec.Columns) == 0 {
		return fmt.Errorf("declaring %s: its columns are not known", spec.Address)
	}
	if err := env.Store.Declare(ctx, spec.table(spec.Columns)); err != nil {
		return fmt.Errorf("declaring %s: %w", spec.Address, err)
	}
	return nil
}

type computing struct {
	env  Env
	spec *Spec
	step step
	r    *Result
}

func (c *computing) settle(columns []schema.Column) {
	c.r.Columns = columns
	c.r.Table = c.spec.table(columns)
}

func (c *computing) compute(ctx context.Context) error {
	rel := func(schemaName, what string) sqlgen.Relation {
		return sqlgen.Relation{Schema: schemaName, Name: c.spec.Address + what}
	}
	c.step = step{AsOf: c.env.AsOf, SQL: c.spec.SQL, Select: rel("work", ".select"), New: rel("work", ".new"), Changes: rel("work", ".changes"),
		Insert: rel("delta", "+"), Delete: rel("delta", "-")}
	if err := c.run(ctx, "select"); err != nil {
		return err
	}
	columns, err := c.columns(ctx)
	if err != nil {
		return err
	}
	c.settle(columns)
	c.step.Columns, c.step.Was = columns, c.r.Table.Was()
	if err := c.env.Store.Declare(ctx, c.r.Table); err != nil {
		return err
	}
	if c.spec.View() {
		return c.view(ctx)
	}
	return c.rows(ctx)
}

// columns are those the engine gives; where compiling knew them already, as it said.
func (c *computing) columns(ctx context.Context) ([]schema.Column, error) {
	if len(c.spec.Columns) > 0 && !slices.ContainsFunc(c.spec.Columns, func(col schema.Column) bool { return col.Type.Kind == schema.Null }) {
		return c.spec.Columns, nil
	}
	reader, err := statements.Read(ctx, c.env.Store, "shape", c.step)
	if err != nil {
		return nil, err
	}
	defer reader.Release()
	for reader.Next() { // to its end: no rows, and nothing stays open
	}
	return schema.FromArrowSchema(reader.Schema())
}

// view shows the SELECT itself.
func (c *computing) view(ctx context.Context) error {
	var reads []string
	for _, a := range c.spec.Reads {
		schemaName, name, _ := a.Relation()
		reads = append(reads, schemaName+"."+name)
	}
	text, err := published(c.spec.SQL.Value, reads, c.env.Store.Dialect(), c.env.Store)
	if err != nil {
		return err
	}
	c.r.Deltas = []warehouse.Delta{{Table: c.r.Table, View: text}}
	return c.env.Store.Stage(ctx, warehouse.Delta{Table: c.r.Table, Replace: true, Insert: c.step.Select})
}

// rows keeps the result as a table: what differs from the rows there were is written.
func (c *computing) rows(ctx context.Context) error {
	if err := c.run(ctx, "new", "changes"); err != nil {
		return err
	}
	if err := statements.Counts(ctx, c.env.Store, "size", c.step, &c.r.Rows); err != nil {
		return err
	}
	var writes, removes int64
	if err := statements.Counts(ctx, c.env.Store, "counted", c.step, &c.r.Inserted, &c.r.Deleted, &writes, &removes); err != nil {
		return err
	}
	c.r.Changed = c.r.Inserted+c.r.Deleted > 0
	d := warehouse.Delta{Table: c.r.Table, Inserted: writes, Deleted: removes}
	if writes > 0 {
		d.Insert = c.step.Insert
	}
	if removes > 0 {
		d.Delete = c.step.Delete
	}
	if err := c.run(ctx, "insert", "delete"); err != nil {
		return err
	}
	c.r.Deltas = []warehouse.Delta{d}
	return c.env.Store.Stage(ctx, d)
}

func (c *computing) run(ctx context.Context, names ...string) error {
	return statements.Do(ctx, c.env.Store, c.step, names...)
}

// visible are the columns readers see.
func visible(t warehouse.Table) []schema.Column {
	return slices.DeleteFunc(slices.Clone(t.Columns), func(c schema.Column) bool { return slices.Contains(t.Hidden, c.Name) })
}
