package identity

import (
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// tables works out what changes in each table.
func (c *computation) tables() error {
	if err := c.runAll("records", "owners", "held", "identifiers", "cut_values"); err != nil {
		return err
	}
	parts := append([]sqlgen.Relation{c.work("blocked")}, c.rejected...)
	if _, err := c.run("rejections", map[string]any{"Parts": parts}); err != nil {
		return err
	}
	for _, step := range []func() error{c.members, c.history, c.redirects} {
		if err := step(); err != nil {
			return err
		}
	}
	if err := c.differ(c.set.Identifiers, c.work("identifiers"), nil); err != nil {
		return err
	}
	return c.differ(c.set.Rejections, c.work("rejections"), nil)
}

// make runs a step and counts the rows of what it made.
func (c *computation) make(step string, data map[string]any, made sqlgen.Relation) (int64, error) {
	if _, err := c.run(step, data); err != nil {
		return 0, err
	}
	return c.number("count", map[string]any{"From": made})
}

// add keeps a delta if there is anything in it.
func (c *computation) add(d warehouse.Delta, err error) error {
	if err != nil {
		return err
	}
	if d.Inserted == 0 {
		d.Insert = sqlgen.Relation{}
	}
	if d.Deleted == 0 {
		d.Delete = sqlgen.Relation{}
	}
	if d.Inserted+d.Deleted > 0 {
		c.result.Deltas = append(c.result.Deltas, d)
	}
	return nil
}

func (c *computation) members() error {
	if c.first {
		_, owned := c.sizes()
		return c.add(warehouse.Delta{Table: c.set.Members, Insert: c.work("owners"), Inserted: owned}, nil)
	}
	d := warehouse.Delta{Table: c.set.Members, Insert: delta(c.set.Members, "+"), Delete: delta(c.set.Members, "-")}
	data := map[string]any{"Insert": d.Insert, "Delete": d.Delete}
	var err error
	if d.Inserted, err = c.make("members_in", data, d.Insert); err == nil {
		d.Deleted, err = c.make("members_out", data, d.Delete)
	}
	return c.add(d, err)
}

// sizes gives the records of the largest customer, and those of all.
func (c *computation) sizes() (largest, all int64) {
	records := make([]int32, len(c.label))
	for _, l := range c.label {
		if l >= 0 {
			all++
			records[l]++
			largest = max(largest, int64(records[l]))
		}
	}
	return largest, all
}

// history lists events, and remembers the members of ids that ended.
func (c *computation) history() error {
	d := warehouse.Delta{Table: c.set.History, Insert: delta(c.set.History, "+")}
	data := map[string]any{"Insert": d.Insert}
	var err error
	if c.first {
		d.Inserted, err = c.make("first_history", data, d.Insert)
		return c.add(d, err)
	}
	d.Inserted, err = c.make("history", data, d.Insert)
	if err := c.add(d, err); err != nil {
		return err
	}
	r := warehouse.Delta{Table: c.set.Retired, Insert: delta(c.set.Retired, "+"), Delete: delta(c.set.Retired, "-")}
	if r.Inserted, err = c.make("retired", map[string]any{"Insert": r.Insert}, r.Insert); err == nil {
		r.Deleted, err = c.make("revived", map[string]any{"Delete": r.Delete}, r.Delete)
	}
	return c.add(r, err)
}

func (c *computation) redirects() error {
	if c.first {
		return nil
	}
	if _, err := c.run("redirects", nil); err != nil {
		return err
	}
	return c.differ(c.set.Redirects, c.work("redirects"), []string{"from_id", "to_id"})
}

// differ makes the delta between a table before and its new rows. columns are those that are compared and written; nil: all.
func (c *computation) differ(t warehouse.Table, rows sqlgen.Relation, columns []string) error {
	if columns == nil {
		columns = schema.Names(t.Columns)
	}
	d := warehouse.Delta{Table: t, Insert: rows}
	var err error
	if c.first {
		d.Inserted, err = c.number("count", map[string]any{"From": rows})
		return c.add(d, err)
	}
	d.Insert, d.Delete = delta(t, "+"), delta(t, "-")
	data := map[string]any{"Table": t, "New": rows, "Columns": columns, "Insert": d.Insert, "Delete": d.Delete}
	if d.Inserted, err = c.make("differ_in", data, d.Insert); err == nil {
		d.Deleted, err = c.make("differ_out", data, d.Delete)
	}
	return c.add(d, err)
}
