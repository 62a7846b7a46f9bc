package profile

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// Env is what a computation works with.
type Env struct {
	Store   warehouse.Store
	AsOf    time.Time
	Touched warehouse.Touched
	Rebuild bool // the table's columns changed: write it anew
}

// Result is what changes in profiles and provenance.
type Result struct {
	Spec    *Spec
	Deltas  []warehouse.Delta
	Rows    int64 // profiles
	Changed int64 // profiles that are new or differ
	Sources int64 // values that come from another record or time than before, whether they differ or not
}

// Compute refreshes the profiles of touched customers. It reads work."<identity>.records" and members, and stages its
// deltas.
func Compute(ctx context.Context, env Env, spec *Spec) (*Result, diag.Diagnostics, error) {
	c := &computation{ctx: ctx, env: env, spec: spec, prefix: spec.Identity.Addr.Ident()}
	if err := env.Store.Declare(ctx, spec.Table, spec.Provenance); err != nil {
		return nil, nil, fmt.Errorf("declaring profiles: %w", err)
	}
	for _, step := range []func() error{c.rank, c.pick, c.golden, c.profiles} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	result := &Result{Spec: spec, Rows: c.rows}
	for _, part := range []struct {
		table warehouse.Table
		rows  sqlgen.Relation
		n     int64
	}{{spec.Table, c.work("profiles"), c.rows}, {spec.Provenance, c.work("provenance"), c.values}} {
		delta, err := c.delta(part.table, part.rows, part.n)
		if err != nil {
			return nil, nil, err
		}
		if part.table.Name == spec.Table.Name {
			result.Changed = max(delta.Inserted, delta.Deleted)
		} else {
			result.Sources = max(delta.Inserted, delta.Deleted)
		}
		result.Deltas = append(result.Deltas, delta)
	}
	if err := env.Store.Stage(ctx, result.Deltas...); err != nil {
		return nil, nil, fmt.Errorf("staging profiles: %w", err)
	}
	return result, nil, nil
}

type computation struct {
	ctx    context.Context
	env    Env
	spec   *Spec
	prefix string
	picks  []pick
	rows   int64 // profiles
	values int64 // rows of provenance
}

// pick is an attribute that needs a table of its own.
type pick struct {
	Alias, Column string
	Out           sqlgen.Relation
	Prefer        []order
	Largest       bool
	SQL           diag.Text
}

// order gives an input a number; higher wins.
type order struct {
	Name  string
	Order int64
}

func (c *computation) work(name string) sqlgen.Relation {
	return sqlgen.Relation{Schema: "work", Name: c.prefix + "." + name}
}

// base is what every template may use.
func (c *computation) base() map[string]any {
	return map[string]any{
		"ID": c.spec.ID, "AsOf": c.env.AsOf, "Touched": c.env.Touched, "Text": schema.Type{Kind: schema.String},
		"Records": c.work("records"), "Ranked": c.work("ranked"), "Winners": c.work("winners"), "Golden": c.work("golden"),
		"Provenance": c.work("provenance"), "Profiles": c.work("profiles"),
	}
}

func (c *computation) members() sqlgen.Relation {
	return sqlgen.Relation{Schema: "now", Name: c.prefix + ".members"}
}

func (c *computation) run(name string, extra map[string]any) (int64, error) {
	data := c.base()
	maps.Copy(data, extra)
	return statements.Run(c.ctx, c.env.Store, name, data)
}

// declared numbers inputs: all else equal, the one declared first wins.
func (c *computation) declared(sign int64) []order {
	var inputs []order
	for i, in := range c.spec.Identity.Inputs {
		inputs = append(inputs, order{in.Name, sign * int64(i)})
	}
	return inputs
}

// rank gives records one total order, for the attributes that need a table of their own: sorting all records is dear.
func (c *computation) rank() error {
	var columns []string
	needed := false
	for _, a := range c.spec.Attributes {
		if inOneScan(a) {
			continue
		}
		needed = true
		columns = append(columns, a.Column)
	}
	if !needed {
		return nil
	}
	if slices.ContainsFunc(c.spec.Attributes, func(a Attribute) bool { return a.Pick == "sql" && !inOneScan(a) }) {
		columns = nil // a user's aggregate sees records without a value too
	}
	_, err := c.run("ranked", map[string]any{"Inputs": c.declared(-1), "Columns": columns})
	return err
}

func preference(inputs []string) []order {
	var out []order
	for i, name := range inputs {
		out = append(out, order{name, int64(len(inputs) - i)})
	}
	return out
}

// first turns numbers where higher wins into numbers where lower wins.
func first(orders []order) []order {
	for i := range orders {
		orders[i].Order = -orders[i].Order
	}
	return orders
}

// scoredName is the column of winners that holds an attribute's winner; a group has one for all its attributes.
func scoredName(a Attribute) string {
	if a.Group != "" {
		return "group " + a.Group
	}
	return a.Name
}

func inOneScan(a Attribute) bool {
	return a.Group != "" || a.Pick == "most_recent" || a.Pick == "prefer" || a.Pick == "longest"
}

// pick chooses the winners: in one scan where a score per record decides, by a table of its own otherwise.
func (c *computation) pick() error {
	type scored struct {
		Name    string
		Columns []string
		Prefer  []order
		Longest bool
	}
	var one []scored
	for i, a := range c.spec.Attributes {
		if inOneScan(a) {
			if slices.ContainsFunc(one, func(s scored) bool { return s.Name == scoredName(a) }) {
				continue
			}
			columns := []string{a.Column}
			if a.Group != "" {
				columns = a.Of
			}
			one = append(one, scored{scoredName(a), columns, first(preference(a.Prefer)), a.Pick == "longest" && a.Group == ""})
			continue
		}
		p := pick{Alias: "p" + strconv.Itoa(i), Column: a.Column, Out: c.work("pick." + a.Name), Prefer: preference(a.Prefer), Largest: a.Pick == "max", SQL: a.SQL}
		c.picks = append(c.picks, p)
		template := map[string]string{"most_frequent": "counted", "min": "extreme", "max": "extreme", "most_restrictive": "extreme", "collect": "collected", "sql": "aggregated"}[a.Pick]
		if _, err := c.run(template, map[string]any{"Pick": p}); err != nil {
			return err
		}
	}
	_, err := c.run("winners", map[string]any{"Scored": one, "Inputs": c.declared(1)})
	return err
}

// golden takes values from winning records and notes where they came from.
func (c *computation) golden() error {
	type take struct{ Alias, Pick string }
	type value struct{ Name, Winner, From, Pick, Column string }
	type origin struct {
		Name, Rule, Winner, Column string
		Scores                     sqlgen.Relation
	}
	var takes []take
	var values []value
	var origins []origin
	picked := 0
	for i, a := range c.spec.Attributes {
		rule := a.Pick
		if len(a.Prefer) > 0 && rule == "most_recent" {
			rule = "prefer"
		}
		if inOneScan(a) {
			values = append(values, value{Name: a.Name, Winner: scoredName(a), Column: a.Column})
			origins = append(origins, origin{Name: a.Name, Rule: rule, Winner: scoredName(a), Column: a.Column})
			continue
		}
		p := c.picks[picked]
		picked++
		if a.Pick == "collect" || a.Pick == "sql" {
			values = append(values, value{Name: a.Name, Pick: p.Alias})
			continue
		}
		from := "r" + strconv.Itoa(i)
		takes = append(takes, take{Alias: from, Pick: p.Alias})
		values = append(values, value{Name: a.Name, From: from, Column: a.Column})
		origins = append(origins, origin{Name: a.Name, Rule: rule, Column: a.Column, Scores: p.Out})
	}
	if _, err := c.run("golden", map[string]any{"Values": values, "Picks": c.picks, "Takes": takes}); err != nil {
		return err
	}
	var err error
	c.values, err = c.run("provenance", map[string]any{"Origins": origins})
	return err
}

// scan is the traits over one input in the templates. Its rows go into the profiles as they come: a table in between would
// be written and read again for nothing.
type scan struct {
	Alias, ID       string
	Traits          []Column
	Where           diag.Text
	Input           string
	Stream, Members sqlgen.Relation
	Touched         warehouse.Touched
}

func (c *computation) scan(alias string, s Scan, traits []Column) scan {
	return scan{Alias: alias, ID: c.spec.ID, Traits: traits, Where: s.Where, Input: s.Input.Name,
		Stream: c.work("input." + s.Input.Name), Members: c.members(), Touched: c.env.Touched}
}

// aggregate is a trait over an input in the templates.
type aggregate struct {
	Column
	Alias string
}

// joined are the scans of traits over inputs, as the profiles join them.
func (c *computation) joined() (scans []scan, aggregates []aggregate) {
	for i, s := range c.spec.Scans {
		alias := "t" + strconv.Itoa(i)
		scans = append(scans, c.scan(alias, s, s.Traits))
		for _, t := range s.Traits {
			aggregates = append(aggregates, aggregate{t, alias})
		}
	}
	return scans, aggregates
}

func (c *computation) profiles() error {
	rows, err := c.assemble(c.work("profiles"), c.spec.Table.Columns, c.spec.Layers)
	c.rows = rows
	return err
}

// assemble puts golden values and traits into one row per customer.
func (c *computation) assemble(out sqlgen.Relation, columns []schema.Column, layers [][]Column) (int64, error) {
	scans, aggregates := c.joined()
	layers = slices.Clone(layers)
	slices.Reverse(layers) // the last layer is the outermost select
	return c.run("profiles", map[string]any{"Profiles": out, "Columns": columns, "Scans": scans, "Aggregates": aggregates, "Layers": layers})
}

// delta compares n new rows with the table before. Where there is none to compare with, they are the delta as they are.
func (c *computation) delta(table warehouse.Table, rows sqlgen.Relation, n int64) (warehouse.Delta, error) {
	if c.env.Rebuild {
		return warehouse.Delta{Table: table, Insert: rows, Replace: true, Inserted: c.rows}, nil
	}
	if empty, err := c.empty(table); empty || err != nil {
		return warehouse.Delta{Table: table, Insert: rows, Inserted: n}, err
	}
	d := warehouse.Delta{Table: table,
		Insert: sqlgen.Relation{Schema: "delta", Name: table.String() + "+"},
		Delete: sqlgen.Relation{Schema: "delta", Name: table.String() + "-"},
	}
	data := map[string]any{"Table": table, "New": rows, "Insert": d.Insert, "Delete": d.Delete}
	var err error
	if d.Inserted, err = c.run("insert", data); err != nil {
		return d, err
	}
	d.Deleted, err = c.run("delete", data)
	return d, err
}

// empty reports whether a table had no row before.
func (c *computation) empty(table warehouse.Table) (bool, error) {
	rows, err := statements.Rows(c.ctx, c.env.Store, "any", map[string]any{"Table": table})
	return len(rows) == 0, err
}
