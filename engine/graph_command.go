package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/graph"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
)

// Graph draws the project: its blocks, what each reads, and how much there is of each where a warehouse knows. With an
// address, only what that block reads and what reads it, over any number of others.
func (p *Project) Graph(ctx context.Context, address string) (*render.GraphView, diag.Diagnostics) {
	ds := p.prepare(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	d := &drawing{p: p, view: &render.GraphView{}, nodes: map[string]int{}, reads: graph.New(strings.Compare)}
	s, release, more := p.looking(ctx)
	defer release()
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	var known *state.State
	if s != nil {
		known = s.state
	}
	compiled, more := plan.Check(ctx, p.knownOf(known))
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	d.compiled = compiled
	d.draw()
	if s != nil {
		if err := d.count(ctx, s); err != nil {
			return nil, append(ds, p.Explain(err)...)
		}
	}
	more = d.restrict(address)
	d.edges()
	return d.view, append(ds, more...)
}

// looking opens the warehouse for a command that can do without it: where there is none, or a run holds it, there is no
// session. Call the function it returns.
func (p *Project) looking(ctx context.Context) (*session, func(), diag.Diagnostics) {
	nothing := func() {}
	if _, err := os.Stat(p.config.Settings.Warehouse.Abs); err != nil {
		return nil, nothing, nil
	}
	s, done, err := p.shared(ctx, p.look)
	var locked *state.LockedError
	if errors.As(err, &locked) {
		return nil, nothing, one(diag.NewWarning("graph.no_counts", "Nothing is counted", locked.Error()+". The graph is drawn without numbers; --lock-timeout 5m waits for them.", nil))
	}
	if err != nil {
		return nil, nothing, p.Explain(err)
	}
	return s, done, nil
}

// drawing is a graph on its way.
type drawing struct {
	p        *Project
	compiled *plan.Compiled
	view     *render.GraphView
	nodes    map[string]int // place in view.Nodes
	reads    *graph.Graph[string]
}

func (d *drawing) node(a addr.Address, kind, detail string, at diag.Range) {
	address := a.String()
	d.nodes[address] = len(d.view.Nodes)
	d.view.Nodes = append(d.view.Nodes, render.GraphNode{Type: "node", Address: address, Kind: kind, Detail: detail, Range: &at})
	d.reads.Add(address)
}

// draw makes a node of each block, and the edges to what it reads.
func (d *drawing) draw() {
	c := d.p.config
	for _, s := range c.Sources {
		d.node(s.Addr, "source", s.Connector, s.Range)
		for _, stream := range s.Streams {
			d.node(stream.Addr, "stream", "", stream.Range)
			d.read(stream.Addr, s.Addr)
		}
	}
	for _, m := range c.Models {
		d.node(m.Addr, "model", "", m.Range)
		d.readAll(m.Addr, m.DependsOn)
	}
	for _, id := range c.Identities {
		d.node(id.Addr, "identity", "", id.Range)
		for _, in := range id.Inputs {
			d.read(id.Addr, in.Stream.Addr)
		}
	}
	for _, t := range c.Traits {
		d.node(t.Addr, "trait", "", t.Range)
		d.read(t.Addr, t.Of.Addr)
		d.traits(t.Addr, t.Of.Addr, d.usedByTrait(t))
	}
	for _, s := range c.Segments {
		d.node(s.Addr, "segment", "", s.Range)
		d.read(s.Addr, s.Of.Addr)
		d.readAll(s.Addr, slices.Concat(s.Include, s.Exclude))
		d.traits(s.Addr, s.Of.Addr, d.compiled.Segments[s.Addr.String()].Uses)
	}
	for _, y := range c.Syncs {
		d.node(y.Addr, "sync", y.Object, y.Range)
		d.read(y.Addr, y.From.Addr)
		if y.Identity != (addr.Address{}) {
			d.read(y.Addr, y.Identity)
			d.traits(y.Addr, y.Identity, d.compiled.Syncs[y.Addr.String()].Uses)
		}
	}
	for _, dest := range c.Destinations {
		d.node(dest.Addr, "destination", dest.Connector, dest.Range)
		for _, y := range c.Syncs {
			if y.Destination.Addr == dest.Addr {
				d.read(dest.Addr, y.Addr)
			}
		}
	}
}

func (d *drawing) read(a, from addr.Address) { d.reads.Connect(a.String(), from.String()) }

func (d *drawing) readAll(a addr.Address, refs []config.Ref) {
	for _, r := range refs {
		d.read(a, r.Addr)
	}
}

// traits connects a block with the traits among the columns it uses.
func (d *drawing) traits(a, identity addr.Address, columns []string) {
	for _, t := range d.p.config.Traits {
		if t.Of.Addr == identity && t.Addr != a && slices.Contains(columns, t.Addr.Ident()) {
			d.read(a, t.Addr)
		}
	}
}

// usedByTrait are the columns of the profile that a trait is computed from.
func (d *drawing) usedByTrait(t *config.Trait) []string {
	prof := d.compiled.Profiles[t.Of.Addr.String()]
	if prof == nil {
		return nil
	}
	for _, layer := range prof.Layers {
		for _, c := range layer {
			if c.Address == t.Addr.String() {
				return c.Uses
			}
		}
	}
	return nil
}

// count fills in how much there is of each.
func (d *drawing) count(ctx context.Context, s *session) error {
	e := &explaining{ctx: ctx, p: d.p, store: s.store, state: s.state, compiled: d.compiled}
	if err := e.declare(); err != nil {
		return err
	}
	put := func(a addr.Address, from sqlgen.Relation, unit string, of ...match) error {
		n, err := e.count(search{From: from, Match: of})
		if err != nil {
			return fmt.Errorf("counting %s: %w", a, err)
		}
		node := &d.view.Nodes[d.nodes[a.String()]]
		node.Count, node.Unit = &n, unit
		return nil
	}
	table := func(a addr.Address) sqlgen.Relation {
		schema, name, _ := a.Relation()
		return sqlgen.Relation{Schema: schema, Name: name}
	}
	for i := range d.view.Nodes {
		a, err := addr.Parse(d.view.Nodes[i].Address)
		if err != nil {
			return err
		}
		if _, declared := s.store.Declared(table(a).Schema + "." + table(a).Name); declared && len(s.state.Columns[table(a).Schema+"."+table(a).Name]) > 0 {
			unit := "row"
			if a.Type == "identity" {
				unit = "profile"
				if a.Ident() == "customer" {
					unit = "customer"
				}
			}
			if err := put(a, table(a), unit); err != nil {
				return err
			}
		}
	}
	for _, g := range d.p.config.Segments {
		if _, applied := s.state.Applied[g.Addr.String()]; !applied {
			continue
		}
		for _, id := range d.p.config.Identities {
			if members, _ := segment.Tables(id); id.Addr == g.Of.Addr {
				if err := put(g.Addr, members.Was(), "member", match{"segment", g.Addr.Ident()}); err != nil {
					return err
				}
			}
		}
	}
	held, err := s.held(ctx)
	for _, y := range d.p.config.Syncs {
		if _, applied := s.state.Applied[y.Addr.String()]; applied {
			n := held[y.Addr.String()]
			node := &d.view.Nodes[d.nodes[y.Addr.String()]]
			node.Count, node.Unit = &n, "record"
		}
	}
	return err
}

// restrict leaves what a block reads and what reads it.
func (d *drawing) restrict(address string) diag.Diagnostics {
	if address == "" {
		return nil
	}
	if !d.reads.Has(address) {
		return one(diag.NewError("graph.unknown", "No such block", fmt.Sprintf("The project has no block %q.%s", address, diag.Suggest(address, d.reads.Nodes())), nil))
	}
	keep := slices.Concat(d.reads.Upstream(address), d.reads.Downstream(address))
	d.view.Nodes = slices.DeleteFunc(d.view.Nodes, func(n render.GraphNode) bool { return !slices.Contains(keep, n.Address) })
	d.view.About = address
	return nil
}

// edges lists the edges among the nodes that are left, in their order.
func (d *drawing) edges() {
	there := map[string]bool{}
	for _, n := range d.view.Nodes {
		there[n.Address] = true
	}
	for _, n := range d.view.Nodes {
		for _, from := range d.reads.Needs(n.Address) {
			if there[from] {
				d.view.Edges = append(d.view.Edges, render.GraphEdge{Type: "edge", From: from, To: n.Address})
			}
		}
	}
}
