package identity

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// Env is what a computation works with.
type Env struct {
	Store   warehouse.Store
	AsOf    time.Time
	Touched warehouse.Touched // clusters are recomputed whole; a later, incremental run will be a smaller set
}

// Counts say what changes. Merged are ids that go into others, Split parts that come off an id which lives on, Created
// customers none of whose records belonged to anybody.
type Counts struct {
	Records, Profiles, Before                            int64
	Created, Merged, Split, Retired, Resurrected         int64
	Moved                                                int64 // records whose customer id changes
	LargestCluster, LargestMerge                         int64
	MembersIn, MembersOut, IdentifiersIn, Redirects, Cut int64
}

// Change is one of the largest merges or splits: how many customers took part, how many records moved, and why.
type Change struct {
	Kind      string // merge, split
	Customers int64
	Records   int64
	Reason    string
}

// Result is what a computation found.
type Result struct {
	Spec     *Spec
	Counts   Counts
	Largest  []Change // at most ten merges, then ten splits
	Verdicts []guard.Verdict
	Deltas   []warehouse.Delta
}

// Changed reports whether publishing would change anything.
func (r *Result) Changed() bool { return len(r.Deltas) > 0 }

// Compute resolves an identity and stages what changes.
func Compute(ctx context.Context, env Env, spec *Spec) (*Result, diag.Diagnostics, error) {
	c := newComputation(ctx, env, spec)
	for _, step := range []func() error{c.begin, c.read, c.normalise, c.link, c.name, c.tables, c.judge} {
		if err := step(); err != nil {
			return nil, nil, fmt.Errorf("resolving %s: %w", spec.Identity.Addr, err)
		}
	}
	if err := env.Store.Stage(ctx, c.result.Deltas...); err != nil {
		return nil, nil, fmt.Errorf("resolving %s: %w", spec.Identity.Addr, err)
	}
	return c.result, nil, nil
}

// Records rebuilds work."<identity>.records" and the views of inputs from the members there are, when profiles have to be
// computed and the identity has not.
func Records(ctx context.Context, env Env, spec *Spec) error {
	c := newComputation(ctx, env, spec)
	finish := func() error { _, err := c.run("records_of", nil); return err }
	for _, step := range []func() error{c.begin, c.read, finish} {
		if err := step(); err != nil {
			return fmt.Errorf("reading records of %s: %w", spec.Identity.Addr, err)
		}
	}
	return nil
}

// computation is one Compute under way.
type computation struct {
	ctx    context.Context
	env    Env
	spec   *Spec
	set    TableSet
	data   map[string]any
	result *Result

	first    bool    // nothing was published before
	size     int     // record numbers are below it
	label    []int32 // by record: the smallest record of its cluster; −1: of no customer
	rejected []sqlgen.Relation
}

func newComputation(ctx context.Context, env Env, spec *Spec) *computation {
	c := &computation{ctx: ctx, env: env, spec: spec, set: Tables(spec.Identity), result: &Result{Spec: spec}}
	c.data = map[string]any{
		"ID": spec.ID, "AsOf": env.AsOf, "Inputs": spec.Inputs, "Attributes": spec.Attributes, "RawColumns": spec.Raw(), "IdentifierList": spec.Identifiers,
		"Uniques": spec.uniques(), "Words": placeholderWords, "Repeated": repeated, "Cap": pairCap, "Sides": sides(spec), "Cleans": cleans(spec),
		"Members": c.set.Members, "History": c.set.History, "Retired": c.set.Retired, "RedirectsTable": c.set.Redirects,
	}
	for name, table := range map[string]string{
		"Rows": "rows", "Raw": "raw", "Cleaned": "cleaned", "Values": "values", "Labels": "labels", "Contested": "contested", "Ordered": "ordered",
		"Claims": "claims", "Cuts": "cuts", "Cut": "cut", "Blocked": "blocked", "Rejections": "rejections", "Overlap": "overlap", "Old": "old",
		"Returns": "returns", "Disputed": "disputed", "Kept": "kept", "Decided": "decided", "Fresh": "fresh", "Renamed": "renamed", "IDs": "ids",
		"Records": "records", "Held": "held", "Identifiers": "identifiers", "Ended": "ended", "Parted": "parted", "Links": "links", "Reasons": "reasons",
		"Losses": "losses", "Next": "next", "Owners": "owners", "Redirects": "redirects", "Customers": "customers",
	} {
		c.data[name] = c.work(table)
	}
	return c
}

func (c *computation) work(name string) sqlgen.Relation {
	return sqlgen.Relation{Schema: "work", Name: c.spec.Identity.Addr.Ident() + "." + name}
}

func delta(t warehouse.Table, sign string) sqlgen.Relation {
	return sqlgen.Relation{Schema: "delta", Name: t.String() + sign}
}

// known is what a step is rendered with: what every step knows, and extra.
func (c *computation) known(extra map[string]any) map[string]any {
	data := maps.Clone(c.data)
	maps.Copy(data, extra)
	return data
}

func (c *computation) run(name string, extra map[string]any) (int64, error) {
	return statements.Run(c.ctx, c.env.Store, name, c.known(extra))
}

// runAll runs steps that need nothing of their own.
func (c *computation) runAll(names ...string) error {
	return statements.Do(c.ctx, c.env.Store, c.data, names...)
}

// each calls fn for every row of a small result.
func (c *computation) each(name string, extra map[string]any, fn func(warehouse.Row) error) error {
	return statements.Each(c.ctx, c.env.Store, name, c.known(extra), fn)
}

// number reads one number.
func (c *computation) number(name string, extra map[string]any) (int64, error) {
	return statements.Number(c.ctx, c.env.Store, name, c.known(extra))
}

// begin declares the tables and looks whether anything was published before.
func (c *computation) begin() error {
	if err := c.env.Store.Declare(c.ctx, c.set.All()...); err != nil {
		return err
	}
	c.first = true
	for _, t := range []warehouse.Table{c.set.Members, c.set.Retired} {
		n, err := c.number("count", map[string]any{"From": t.Was()})
		if err != nil {
			return err
		}
		c.first = c.first && n == 0
	}
	return nil
}
