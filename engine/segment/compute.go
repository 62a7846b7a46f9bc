package segment

import (
	"context"
	"embed"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
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
	Touched warehouse.Touched
}

// Result is what changes in one segment.
type Result struct {
	Spec                   *Spec
	Identity               *config.Identity
	Members, Entered, Left int64
	Before                 int64
	Sides                  int64 // members whose side of the holdout changed
	Verdicts               []guard.Verdict
	Deltas                 []warehouse.Delta
}

// Changed reports whether publishing would change anything.
func (r *Result) Changed() bool { return r.Entered+r.Left+r.Sides > 0 }

// part is one segment in the templates.
type part struct {
	*Spec
	Name                                string
	Share                               string          // hexadecimal digits: hashes below are held out
	Insert, Sides, Delete, Keys, Events sqlgen.Relation // zero: nothing of the kind

	members, before, entered, left, sides int64
}

// event is a relation of customers whom the same happened to.
type event struct {
	Event string
	Of    sqlgen.Relation
}

// layered is a segment's condition in the templates.
type layered struct {
	Column           string
	Where            diag.Text
	Include, Exclude []string
}

// Specs are the segments of one identity that are decided together. Gone are segments that were applied and are no longer
// declared: their members leave.
type Specs struct {
	Identity *config.Identity
	Segments []*Spec
	Gone     []string
}

// Compute decides segments of one identity and stages their deltas. Results are in the order of specs, then of those gone.
func Compute(ctx context.Context, env Env, specs Specs) ([]*Result, diag.Diagnostics, error) {
	c := &computation{ctx: ctx, env: env, id: specs.Identity}
	c.table, c.history = Tables(c.id)
	if err := env.Store.Declare(ctx, c.table, c.history); err != nil {
		return nil, nil, fmt.Errorf("declaring segments: %w", err)
	}
	for _, s := range specs.Segments {
		c.parts = append(c.parts, c.part(s, s.Segment.Addr.Ident()))
	}
	if err := c.membership(specs.Segments); err != nil {
		return nil, nil, err
	}
	for _, name := range specs.Gone {
		c.parts = append(c.parts, c.part(&Spec{ID: c.id.IDColumn()}, name))
	}
	if err := c.count(specs.Segments); err != nil {
		return nil, nil, err
	}
	for _, p := range c.parts {
		if err := c.compare(p); err != nil {
			return nil, nil, err
		}
	}
	return c.results(), nil, c.stage()
}

type computation struct {
	ctx            context.Context
	env            Env
	id             *config.Identity
	table, history warehouse.Table
	parts          []*part
}

func (c *computation) part(s *Spec, name string) *part {
	delta := func(table, sign string) sqlgen.Relation {
		return sqlgen.Relation{Schema: "delta", Name: c.id.Addr.Ident() + "." + table + sign + name}
	}
	p := &part{Spec: s, Name: name, Insert: delta("segments", "+"), Sides: delta("segments", "="), Delete: delta("segments", "-"), Keys: delta("segments", "~"), Events: delta("segment_history", "+")}
	if s.Segment != nil && s.Segment.Holdout > 0 {
		p.Share = fmt.Sprintf("%08x", uint64(s.Segment.Holdout*(1<<32)))
		if s.Segment.Holdout >= 1 {
			p.Share = "g" // above every hexadecimal digit
		}
	}
	return p
}

func (c *computation) work(name string) sqlgen.Relation {
	return sqlgen.Relation{Schema: "work", Name: c.id.Addr.Ident() + "." + name}
}

// known is what a step is rendered with: what every step knows, and extra.
func (c *computation) known(extra map[string]any) map[string]any {
	data := map[string]any{
		"ID": c.id.IDColumn(), "AsOf": c.env.AsOf, "Touched": c.env.Touched, "Table": c.table,
		"Membership": c.work("membership"),
		"Profiles":   sqlgen.Relation{Schema: c.id.Addr.Ident(), Name: "profiles"},
	}
	maps.Copy(data, extra)
	return data
}

func (c *computation) run(name string, extra map[string]any) error {
	return statements.Do(c.ctx, c.env.Store, c.known(extra), name)
}

// membership decides every segment in one scan. Segments that include or exclude others stand in a later layer.
func (c *computation) membership(specs []*Spec) error {
	if len(specs) == 0 {
		return nil // nobody is a member of anything any more
	}
	var layers [][]layered
	var names []string
	depth := map[string]int{}
	byAddr := map[string]*Spec{}
	for _, s := range specs {
		byAddr[s.Segment.Addr.String()] = s
		names = append(names, s.Column)
	}
	for _, s := range specs {
		at := layerOf(s, byAddr, depth)
		for len(layers) <= at {
			layers = append(layers, nil)
		}
		layers[at] = append(layers[at], layered{Column: s.Column, Where: s.Where, Include: columns(s.Segment.Include), Exclude: columns(s.Segment.Exclude)})
	}
	slices.Reverse(layers) // the last layer is the outermost select
	return c.run("membership", map[string]any{"Names": names, "Layers": layers})
}

// layerOf is how many segments stand between this one and plain conditions; config has refused circles.
func layerOf(s *Spec, all map[string]*Spec, depth map[string]int) int {
	key := s.Segment.Addr.String()
	if d, ok := depth[key]; ok {
		return d
	}
	d := 0
	for _, r := range slices.Concat(s.Segment.Include, s.Segment.Exclude) {
		if other := all[r.Addr.String()]; other != nil {
			d = max(d, layerOf(other, all, depth)+1)
		}
	}
	depth[key] = d
	return d
}

func columns(refs []config.Ref) []string {
	var out []string
	for _, r := range refs {
		out = append(out, column(r.Addr))
	}
	return out
}

// compare finds who entered and left one segment. Where it had no members before, there is nothing to compare with: all
// its members enter, and their view is the delta as it is.
func (c *computation) compare(p *part) error {
	members := c.work("segment_members." + p.Name)
	declared, before := p.Segment != nil, p.before > 0
	steps := []struct {
		name   string
		wanted bool
		rows   *int64
	}{
		{"members", declared, nil},
		{"entered", declared && before, &p.entered},
		{"sides", declared && before, &p.sides},
		{"left", before, &p.left},
	}
	for _, s := range steps {
		if !s.wanted {
			continue
		}
		n, err := statements.Run(c.ctx, c.env.Store, s.name, c.known(map[string]any{"Segment": p, "Members": members}))
		if err != nil {
			return err
		}
		if s.rows != nil {
			*s.rows = n
		}
	}
	if declared && !before {
		p.Insert, p.entered = members, p.members
	}
	return c.changes(p)
}

// changes makes what is published of a segment that changed, and forgets the relations that have no rows.
func (c *computation) changes(p *part) error {
	if p.left+p.sides == 0 {
		p.Keys = sqlgen.Relation{}
	} else if err := c.run("moved", map[string]any{"Segment": p}); err != nil {
		return err
	}
	var happened []event
	if p.entered > 0 {
		happened = append(happened, event{"entered", p.Insert})
	}
	if p.left > 0 {
		happened = append(happened, event{"left", p.Delete})
	}
	if len(happened) > 0 {
		if err := c.run("history", map[string]any{"Segment": p, "Happened": happened}); err != nil {
			return err
		}
	}
	for _, r := range []struct {
		rows int64
		of   *sqlgen.Relation
	}{{p.entered, &p.Insert}, {p.sides, &p.Sides}, {p.left, &p.Delete}, {int64(len(happened)), &p.Events}} {
		if r.rows == 0 {
			*r.of = sqlgen.Relation{}
		}
	}
	return nil
}
