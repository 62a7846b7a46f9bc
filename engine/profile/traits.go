package profile

import (
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// aggregates compiles traits over inputs. Traits of one input share a scan: each trait's where and window become a FILTER of
// its aggregates. A trait whose aggregates have filters of their own gets a scan to itself.
func (c *compiler) aggregates() {
	shared := map[string]*Scan{}
	var order []*Scan
	for _, t := range c.given.Traits {
		if t.Input == "" {
			continue
		}
		in := c.input(t.Input)
		if in == nil {
			continue // config has said so
		}
		column, where, own, ok := c.aggregate(t, in)
		if !ok {
			c.broken = append(c.broken, schema.Column{Name: t.Addr.Ident()})
			continue
		}
		switch {
		case own:
			order = append(order, &Scan{Input: in, Traits: []Column{column}, Where: where})
		case shared[in.Name] == nil:
			shared[in.Name] = &Scan{Input: in}
			order = append(order, shared[in.Name])
			fallthrough
		default:
			shared[in.Name].Traits = append(shared[in.Name].Traits, column)
		}
	}
	for _, s := range order {
		c.spec.Scans = append(c.spec.Scans, *s)
	}
}

func (c *compiler) input(name string) *config.Input {
	for _, in := range c.given.Identity.Inputs {
		if in.Name == name {
			return in
		}
	}
	return nil
}

// aggregate compiles one trait. own says that it needs a scan of its own, filtered by where.
func (c *compiler) aggregate(t *config.Trait, in *config.Input) (col Column, where diag.Text, own, ok bool) {
	columns, known := c.given.Streams[in.Stream.Addr.String()]
	scope := []warehouse.Scope{{Columns: columns, Open: !known}}
	c.spec.Complete = c.spec.Complete && known
	address := t.Addr.String()
	value, ok1 := c.analyze(address, t.Value, warehouse.Query{Scope: scope, Aggregate: true})
	if ok1 && len(value.Aggregates) == 0 {
		c.diags = append(c.diags, diag.NewError("trait.not_aggregate", "A trait over an input is an aggregate",
			fmt.Sprintf("A customer has many records of %q; %q must make one value of them: sum(…), max(…), count(*), count(distinct …).", in.Name, t.Value.Render(nil).Value), &t.Value.Range).About(address))
		ok1 = false
	}
	var conditions []diag.Text
	ok2 := true
	if !t.Where.IsZero() {
		var cond warehouse.Analysis
		cond, ok2 = c.analyze(address, t.Where, warehouse.Query{Scope: scope, Want: &schema.Type{Kind: schema.Bool}})
		conditions = append(conditions, cond.SQL)
	}
	if t.Window != (config.Window{}) {
		window, fine := c.window(t, in, scope)
		ok2 = ok2 && fine
		conditions = append(conditions, window)
	}
	if !ok1 || !ok2 {
		return col, where, false, false
	}
	where = allOf(conditions)
	col = Column{Address: address, Name: t.Addr.Ident(), Type: resultType(value), Uses: value.Uses}
	if !c.fallback(t, &col) {
		return col, where, false, false
	}
	if slices.ContainsFunc(value.Aggregates, func(a warehouse.AggregateCall) bool { return a.Filtered }) {
		col.Value = value.SQL
		return col, where, true, true
	}
	col.Value = filtered(value, where)
	return col, where, false, true
}

// window is the condition that a record's event time lies in (as_of − w, as_of].
func (c *compiler) window(t *config.Trait, in *config.Input, scope []warehouse.Scope) (diag.Text, bool) {
	c.spec.Clock = true
	if in.OccurredAt.IsZero() {
		at := t.Range
		if r, ok := t.Ranges["window"]; ok {
			at = r
		}
		c.diags = append(c.diags, diag.NewError("trait.no_event_time", "A window needs an event time",
			fmt.Sprintf("Input %q says no occurred_at, so nobody knows when its records happened. Add occurred_at = \"<column>\" to the input.", in.Name), &at).About(t.Addr.String()))
		return diag.Text{}, false
	}
	a, ok := c.analyze(t.Addr.String(), in.OccurredAt, warehouse.Query{Scope: scope, Want: &schema.Type{Kind: schema.Timestamp}})
	if !ok {
		return diag.Text{}, false
	}
	lower := fmt.Sprintf(" > {{as_of}} - interval '%d microseconds'", t.Window.Duration.Microseconds())
	if t.Window.Months > 0 {
		lower = fmt.Sprintf(" > {{as_of}} - interval '%d months'", t.Window.Months)
	}
	event := join("cast((", a.SQL, ") as timestamp)")
	out := join("", event, lower)
	out = join("", out, " and ")
	return concat(out, join("", event, " <= {{as_of}}")), true
}

// derived compiles traits over profile columns, in layers so that one may use another.
func (c *compiler) derived() {
	known := append(c.profileColumns(), c.broken...)
	todo := slices.DeleteFunc(slices.Clone(c.given.Traits), func(t *config.Trait) bool { return t.SQL.IsZero() })
	names := map[string]bool{}
	for _, t := range todo {
		names[t.Addr.Ident()] = true
	}
	for len(todo) > 0 {
		var layer []Column
		var broken []schema.Column
		var later []*config.Trait
		for _, t := range todo {
			scope := warehouse.Scope{Columns: slices.Clone(known), Open: !c.spec.Complete}
			for _, other := range todo {
				if other != t {
					scope.Columns = append(scope.Columns, schema.Column{Name: other.Addr.Ident()})
				}
			}
			q := warehouse.Query{Text: t.SQL.Render(nil), Scope: []warehouse.Scope{scope}}
			if a, _ := c.an.Analyze(c.ctx, q); slices.ContainsFunc(a.Uses, func(u string) bool { return names[u] && u != t.Addr.Ident() }) {
				later = append(later, t)
				continue
			}
			a, ok := c.analyze(t.Addr.String(), t.SQL, q)
			if !ok {
				broken = append(broken, schema.Column{Name: t.Addr.Ident()})
				continue
			}
			col := Column{Address: t.Addr.String(), Name: t.Addr.Ident(), Type: resultType(a), Value: a.SQL, Uses: a.Uses}
			if !c.fallback(t, &col) {
				broken = append(broken, schema.Column{Name: t.Addr.Ident()})
				continue
			}
			layer = append(layer, col)
		}
		if len(later) == len(todo) {
			c.cycle(later)
			return
		}
		for _, t := range todo {
			if !slices.Contains(later, t) {
				delete(names, t.Addr.Ident())
			}
		}
		for _, col := range layer {
			known = append(known, schema.Column{Name: col.Name, Type: col.Type})
		}
		known = append(known, broken...)
		if len(layer) > 0 {
			c.spec.Layers = append(c.spec.Layers, layer)
		}
		todo = later
	}
}

func (c *compiler) cycle(traits []*config.Trait) {
	for _, t := range traits {
		at := t.SQL.Range
		c.diags = append(c.diags, diag.NewError("trait.cycle", "Traits are made of each other",
			fmt.Sprintf("%s needs a trait that in the end needs %s itself. Break the circle.", t.Addr, t.Addr), &at).About(t.Addr.String()))
	}
}

// profileColumns are the columns that traits over the profile see.
func (c *compiler) profileColumns() []schema.Column {
	columns := []schema.Column{{Name: c.spec.ID, Type: schema.Type{Kind: schema.String}}}
	for _, a := range c.spec.Attributes {
		columns = append(columns, schema.Column{Name: a.Name, Type: a.Type})
	}
	for _, s := range c.spec.Scans {
		for _, t := range s.Traits {
			columns = append(columns, schema.Column{Name: t.Name, Type: t.Type})
		}
	}
	return columns
}

func resultType(a warehouse.Analysis) schema.Type {
	if len(a.Columns) == 0 {
		return schema.Type{Kind: schema.Null}
	}
	return a.Columns[0].Type
}
