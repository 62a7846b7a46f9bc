package segment

import (
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// count counts the members of every segment, now and before.
func (c *computation) count(specs []*Spec) error {
	if len(c.parts) == 0 {
		return nil
	}
	had := map[string]int64{}
	err := statements.Each(c.ctx, c.env.Store, "before", c.known(nil), func(r warehouse.Row) error {
		had[warehouse.Text(r[0])], _ = warehouse.Int(r[1])
		return nil
	})
	if err != nil {
		return err
	}
	for _, p := range c.parts {
		p.before = had[p.Name]
	}
	if len(specs) == 0 {
		return nil
	}
	var names []string
	var into []*int64
	for i, s := range specs { // theirs are the first parts, in the same order
		names, into = append(names, s.Column), append(into, &c.parts[i].members)
	}
	return statements.Counts(c.ctx, c.env.Store, "counts", c.known(map[string]any{"Names": names}), into...)
}

// results tells what changes in every segment and judges its guard.
func (c *computation) results() []*Result {
	var out []*Result
	for _, p := range c.parts {
		r := &Result{Spec: p.Spec, Identity: c.id, Members: p.members, Entered: p.entered, Left: p.left, Before: p.before, Sides: p.sides, Deltas: c.deltas(p)}
		if p.Segment != nil {
			limit, _ := guard.Of("empty_result", p.Segment.Guards)
			r.Verdicts = []guard.Verdict{guard.Empty(limit, p.Segment.Addr.String(), p.before, p.members)}
		}
		out = append(out, r)
	}
	return out
}

func (c *computation) deltas(p *part) []warehouse.Delta {
	var out []warehouse.Delta
	if p.entered+p.left+p.sides > 0 {
		out = append(out, warehouse.Delta{Table: c.table, Insert: p.Insert, Delete: p.Keys, Inserted: p.entered, Deleted: p.left})
	}
	if p.sides > 0 {
		out = append(out, warehouse.Delta{Table: c.table, Insert: p.Sides, Inserted: p.sides})
	}
	if p.entered+p.left > 0 {
		out = append(out, warehouse.Delta{Table: c.history, Insert: p.Events, Inserted: p.entered + p.left})
	}
	return out
}

// stage lets later nodes see the memberships as they will be.
func (c *computation) stage() error {
	if len(c.parts) == 0 {
		return nil
	}
	name := c.id.Addr.Ident()
	var come, gone []sqlgen.Relation
	for _, p := range c.parts {
		come, gone = append(come, p.Insert, p.Sides), append(gone, p.Keys)
	}
	d := warehouse.Delta{Table: c.table}
	var err error
	if d.Insert, err = c.merged(sqlgen.Relation{Schema: "delta", Name: name + ".segments+"}, come, true); err != nil {
		return err
	}
	if d.Delete, err = c.merged(sqlgen.Relation{Schema: "delta", Name: name + ".segments-"}, gone, false); err != nil {
		return err
	}
	if err := c.env.Store.Stage(c.ctx, d); err != nil {
		return fmt.Errorf("staging segments: %w", err)
	}
	return nil
}

// merged puts the relations that have rows into one, and gives none where none has.
func (c *computation) merged(out sqlgen.Relation, parts []sqlgen.Relation, rows bool) (sqlgen.Relation, error) {
	parts = slices.DeleteFunc(parts, func(r sqlgen.Relation) bool { return r == (sqlgen.Relation{}) })
	if len(parts) == 0 {
		return sqlgen.Relation{}, nil
	}
	return out, c.run("merged", map[string]any{"Out": out, "Parts": parts, "Rows": rows})
}
