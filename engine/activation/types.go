package activation

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// types asks the query engine what the expressions give, and settles on a type of ours for each.
func (c *computation) types() error {
	if c.spec.Farewell {
		return nil // told by the ledger
	}
	for _, list := range []struct {
		columns []Column
		view    func(*view) []column
	}{{c.spec.Key, func(v *view) []column { return v.KeyColumns }}, {c.spec.Fields, func(v *view) []column { return v.FieldColumns }},
		{c.spec.Leave, func(v *view) []column { return v.LeaveColumns }}} {
		if len(list.columns) == 0 {
			continue
		}
		v := c.view()
		v.Columns = list.view(v)
		if err := c.probe(v, list.columns); err != nil {
			return err
		}
	}
	return nil
}

func (c *computation) probe(v *view, columns []Column) error {
	reader, err := statements.Read(c.ctx, c.env.Store, "probe", v)
	if err != nil {
		return err
	}
	defer reader.Release()
	for i, f := range reader.Schema().Fields() {
		found, ok := schema.FromArrowField(f)
		if !ok {
			found.Type = schema.Type{Kind: schema.String}
		}
		if found.Type.Kind == schema.Null || f.Type.ID() == arrow.INTERVAL_MONTH_DAY_NANO || columns[i].Hash != nil {
			found.Type = schema.Type{Kind: schema.String}
		}
		columns[i].Type = found.Type
	}
	return reader.Err()
}

// sharedTypes gives what on_leave sets the types of the fields it sets.
func (c *computation) sharedTypes() error {
	for i, l := range c.spec.Leave {
		if f := find(c.spec.Fields, l.Name); f != nil {
			c.spec.Leave[i].Type = f.Type
		}
	}
	return nil
}
