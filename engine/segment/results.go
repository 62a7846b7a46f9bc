package segment

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// counted is one row of counts.sql.
type counted struct {
	Segment                               string
	Members, Entered, Left, Before, Sides int64
}

func countedOf(r warehouse.Row) (counted, error) {
	out := counted{}
	name, ok := r[0].(string)
	if !ok || len(r) != 6 {
		return out, fmt.Errorf("a row of counts has %d columns", len(r))
	}
	out.Segment = name
	for i, n := range []*int64{&out.Members, &out.Entered, &out.Left, &out.Before, &out.Sides} {
		if *n, ok = r[i+1].(int64); !ok {
			return out, fmt.Errorf("a count is a %T", r[i+1])
		}
	}
	return out, nil
}

// results counts every segment and judges its guard.
func (c *computation) results() ([]*Result, error) {
	if len(c.parts) == 0 {
		return nil, nil
	}
	byName := map[string]counted{}
	err := statements.Each(c.ctx, c.env.Store, "counts", c.known(nil), func(r warehouse.Row) error {
		n, err := countedOf(r)
		byName[n.Segment] = n
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("counting members: %w", err)
	}
	var out []*Result
	for _, p := range c.parts {
		n := byName[p.Name]
		r := &Result{Spec: p.Spec, Identity: c.id, Members: n.Members, Entered: n.Entered, Left: n.Left, Before: n.Before, Sides: n.Sides, Deltas: c.deltas(p, n)}
		if p.Segment != nil {
			limit, _ := guard.Of("empty_result", p.Segment.Guards)
			r.Verdicts = []guard.Verdict{guard.Empty(limit, p.Segment.Addr.String(), n.Before, n.Members)}
		}
		out = append(out, r)
	}
	return out, nil
}

func (c *computation) deltas(p part, n counted) []warehouse.Delta {
	var out []warehouse.Delta
	if n.Entered+n.Left+n.Sides > 0 {
		out = append(out, warehouse.Delta{Table: c.table, Insert: p.Insert, Delete: p.Keys, Inserted: n.Entered, Deleted: n.Left})
	}
	if n.Sides > 0 {
		out = append(out, warehouse.Delta{Table: c.table, Insert: p.Sides, Inserted: n.Sides})
	}
	if n.Entered+n.Left > 0 {
		out = append(out, warehouse.Delta{Table: c.history, Insert: p.Events, Inserted: n.Entered + n.Left})
	}
	return out
}

// stage lets later nodes see the memberships as they will be.
func (c *computation) stage() error {
	if len(c.parts) == 0 {
		return nil
	}
	name := c.id.Addr.Ident()
	insert := sqlgen.Relation{Schema: "delta", Name: name + ".segments+"}
	remove := sqlgen.Relation{Schema: "delta", Name: name + ".segments-"}
	var come, gone []sqlgen.Relation
	for _, p := range c.parts {
		come, gone = append(come, p.Insert, p.Sides), append(gone, p.Keys)
	}
	if err := c.run("merged", map[string]any{"Out": insert, "Parts": come, "Rows": true}); err != nil {
		return err
	}
	if err := c.run("merged", map[string]any{"Out": remove, "Parts": gone, "Rows": false}); err != nil {
		return err
	}
	if err := c.env.Store.Stage(c.ctx, warehouse.Delta{Table: c.table, Insert: insert, Delete: remove}); err != nil {
		return fmt.Errorf("staging segments: %w", err)
	}
	return nil
}
