package profile

import (
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// attributes lists the golden values: attribute blocks in order, what groups and inputs name beyond them, then identifiers
// that no attribute names.
func (c *compiler) attributes() {
	id := c.given.Identity
	seen := map[string]bool{}
	add := func(a Attribute) {
		if !seen[a.Name] {
			seen[a.Name] = true
			c.spec.Attributes = append(c.spec.Attributes, c.typed(a))
		}
	}
	groups := map[string]*config.AttributeGroup{}
	for _, g := range id.Groups {
		for _, name := range g.Attributes {
			groups[name] = g
		}
	}
	for _, a := range id.Attributes {
		add(c.fromBlock(a, groups[a.Name]))
	}
	for _, g := range id.Groups {
		for _, name := range g.Attributes {
			add(grouped(Attribute{Name: name, Column: "a_" + name}, g))
		}
	}
	for _, in := range id.Inputs {
		for _, m := range in.Attributes {
			add(Attribute{Name: m.Name, Column: "a_" + m.Name, Pick: "most_recent"})
		}
	}
	for _, i := range id.Identifiers {
		add(Attribute{Name: i.Name, Column: "i_" + i.Name, Pick: "most_recent"})
	}
}

func (c *compiler) fromBlock(a *config.Attribute, g *config.AttributeGroup) Attribute {
	out := Attribute{Name: a.Name, Column: "a_" + a.Name, Pick: a.Pick, Prefer: a.Prefer}
	if !mapped(c.given.Identity, a.Name) {
		// An attribute that only names an identifier chooses among the identifier's own values.
		out.Column = "i_" + a.Name
	}
	if out.Pick == "" {
		out.Pick = "most_recent"
	}
	if g != nil {
		return grouped(out, g)
	}
	if a.Pick == "sql" {
		column, _ := schema.Find(c.given.Records, out.Column)
		scope := warehouse.Scope{Open: c.given.Records == nil, Columns: []schema.Column{
			{Name: "value", Type: column.Type}, {Name: "updated_at", Type: schema.Type{Kind: schema.Timestamp}},
			{Name: "input", Type: schema.Type{Kind: schema.String}}, {Name: "trust", Type: schema.Type{Kind: schema.Int64}},
		}}
		an, _ := c.analyze(c.given.Identity.Addr.String(), a.SQL, warehouse.Query{Aggregate: true, Scope: []warehouse.Scope{scope}})
		out.SQL = an.SQL
	}
	return out
}

func grouped(a Attribute, g *config.AttributeGroup) Attribute {
	a.Group, a.Prefer, a.Pick = g.Name, g.Prefer, g.Pick
	if a.Pick == "" {
		a.Pick = "most_recent"
	}
	for _, name := range g.Attributes {
		a.Of = append(a.Of, "a_"+name)
	}
	return a
}

func mapped(id *config.Identity, attribute string) bool {
	return slices.ContainsFunc(id.Inputs, func(in *config.Input) bool {
		return slices.ContainsFunc(in.Attributes, func(m config.InputColumn) bool { return m.Name == attribute })
	})
}

// typed gives the attribute its type and refuses a pick that the type has no meaning for.
func (c *compiler) typed(a Attribute) Attribute {
	column, known := schema.Find(c.given.Records, a.Column)
	a.Type = column.Type
	switch {
	case a.Pick == "collect":
		a.Type = schema.Type{Kind: schema.JSON}
	case a.Pick == "most_restrictive" && known && a.Type.Kind != schema.Bool && a.Type.Kind != schema.Null:
		at := c.blockRange(a.Name)
		c.diags = append(c.diags, diag.NewError("profile.not_restrictive", "Values have no more and less restrictive",
			fmt.Sprintf("most_restrictive takes false over true; attribute %q is %s. Map it to a boolean in its inputs, or choose min or max.", a.Name, a.Type), at).
			About(c.given.Identity.Addr.String()))
	}
	return a
}

func (c *compiler) blockRange(attribute string) *diag.Range {
	for _, a := range c.given.Identity.Attributes {
		if a.Name == attribute {
			return &a.Range
		}
	}
	r := c.given.Identity.Range
	return &r
}
