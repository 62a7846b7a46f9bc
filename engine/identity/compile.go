package identity

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// formsVersion is in every fingerprint: a change of normal forms, of order or of ids resolves everybody again.
const formsVersion = 1

// Given is an identity and what is known of its inputs.
type Given struct {
	Identity *config.Identity
	Streams  schema.Catalog      // columns of streams and models, by address
	Keys     map[string][]string // primary keys, by address; missing or empty: none
	Repeats  map[string]bool     // addresses whose rows may share a key (append)
}

// Compile checks an identity. What depends on columns that nobody knows yet is left unchecked, and Spec.Complete false.
func Compile(ctx context.Context, given Given, an warehouse.Analyzer) (*Spec, diag.Diagnostics) {
	id := given.Identity
	c := &compiler{ctx: ctx, given: given, an: an, spec: &Spec{Identity: id, ID: id.IDColumn(), Prefix: id.IDPrefix, Complete: true}}
	if c.spec.Prefix == "" {
		c.spec.Prefix = id.Addr.Ident()[:min(3, len(id.Addr.Ident()))]
	}
	c.identifiers()
	c.attributes()
	for i, in := range id.Inputs {
		c.input(i, in)
	}
	c.records()
	c.rules()
	c.asserts()
	c.fingerprint()
	return c.spec, c.diags
}

type compiler struct {
	ctx   context.Context
	given Given
	an    warehouse.Analyzer
	spec  *Spec
	diags diag.Diagnostics
	canon []string // canonical user SQL and what it is for
}

func (c *compiler) fail(code, summary, detail string, at diag.Range) {
	c.diags = append(c.diags, diag.NewError(code, summary, detail, &at).About(c.given.Identity.Addr.String()))
}

// analyze checks one expression. what names it in the fingerprint.
func (c *compiler) analyze(what string, sql config.SQL, q warehouse.Query) (warehouse.Analysis, bool) {
	q.Text = sql.Render(nil)
	a, problems := c.an.Analyze(c.ctx, q)
	for _, p := range problems {
		c.fail(p.Code, p.Summary, p.Detail, q.Text.At(p.Offset, p.Length))
	}
	c.canon = append(c.canon, what+" "+a.Canonical)
	c.spec.Clock = c.spec.Clock || a.AsOf
	return a, len(problems) == 0
}

func (c *compiler) identifiers() {
	for i, id := range c.given.Identity.Identifiers {
		compiled := Identifier{Name: id.Name, Unique: id.Unique, Form: id.Normalize, Region: !id.Region.IsZero(), Priority: i}
		for _, in := range c.given.Identity.Inputs {
			for _, m := range in.Identifiers {
				if m.Name == id.Name {
					compiled.Width = max(compiled.Width, len(m.Exprs))
				}
			}
		}
		compiled.Several = compiled.Width > 1
		c.spec.Identifiers = append(c.spec.Identifiers, compiled)
	}
}

// attributes lists what inputs map, in order of first use.
func (c *compiler) attributes() {
	seen := map[string]bool{}
	for _, in := range c.given.Identity.Inputs {
		for _, m := range in.Attributes {
			if !seen[m.Name] {
				seen[m.Name] = true
				c.spec.Attributes = append(c.spec.Attributes, Attribute{Name: m.Name})
			}
		}
	}
}

func (c *compiler) input(i int, in *config.Input) {
	address := in.Stream.Addr.String()
	columns, known := c.given.Streams[address]
	c.spec.Complete = c.spec.Complete && known
	scope := []warehouse.Scope{{Columns: columns, Open: !known}}
	schemaName, table, _ := in.Stream.Addr.Relation()
	out := Input{Name: in.Name, Place: c.place(in.Name), From: sqlgen.Relation{Schema: schemaName, Name: table}, Columns: columns,
		Repeats: c.given.Repeats[address], Trust: in.Trust, Creates: in.Creates}
	for _, name := range c.given.Keys[address] {
		column, ok := schema.Find(columns, name)
		if !ok {
			column = schema.Column{Name: name}
		}
		out.Key = append(out.Key, column)
	}
	one := func(what string, sql config.SQL, want *schema.Type) (diag.Text, schema.Type) {
		if sql.IsZero() {
			return diag.Text{}, schema.Type{}
		}
		a, _ := c.analyze(in.Name+"."+what, sql, warehouse.Query{Scope: scope, Want: want})
		t := schema.Type{}
		if len(a.Columns) > 0 {
			t = a.Columns[0].Type
		}
		return a.SQL, t
	}
	stamp := &schema.Type{Kind: schema.Timestamp}
	out.OccurredAt, _ = one("occurred_at", in.OccurredAt, stamp)
	out.UpdatedAt, _ = one("updated_at", in.UpdatedAt, stamp)
	if in.UpdatedAt.IsZero() {
		out.UpdatedAt = out.OccurredAt
	}
	out.Deleted, _ = one("deleted", in.Deleted, &schema.Type{Kind: schema.Bool})
	out.Attributes = make([]diag.Text, len(c.spec.Attributes))
	for _, m := range in.Attributes {
		n := slices.IndexFunc(c.spec.Attributes, func(a Attribute) bool { return a.Name == m.Name })
		if len(m.Exprs) == 0 {
			continue
		}
		var t schema.Type
		out.Attributes[n], t = one("attribute "+m.Name, m.Exprs[0], nil)
		c.spec.Attributes[n].Type = common(c.spec.Attributes[n].Type, t)
	}
	raw := c.spec.Raw()
	out.Values, out.Regions = make([]diag.Text, len(raw)), make([]diag.Text, len(raw))
	for _, m := range in.Identifiers {
		n := slices.IndexFunc(c.spec.Identifiers, func(id Identifier) bool { return id.Name == m.Name })
		if n < 0 {
			continue // config has said so
		}
		c.values(&out, n, m, raw, one)
	}
	c.canon = append(c.canon, fmt.Sprintf("input %d %s %s key=%v repeats=%v trust=%d creates=%v", i, in.Name, address, c.given.Keys[address], out.Repeats, in.Trust, in.Creates))
	c.spec.Inputs = append(c.spec.Inputs, out)
}

// values compiles the expressions of one identifier of one input.
func (c *compiler) values(out *Input, n int, m config.InputColumn, raw []RawColumn, one func(string, config.SQL, *schema.Type) (diag.Text, schema.Type)) {
	id := c.given.Identity.Identifiers[n]
	region := diag.Text{}
	if !id.Region.IsZero() {
		region, _ = one("region "+id.Name, id.Region, &schema.Type{Kind: schema.String})
	}
	for k, expr := range m.Exprs {
		at := slices.IndexFunc(raw, func(r RawColumn) bool { return r.Identifier == n && r.Nth == k })
		out.Values[at], _ = one("identifier "+m.Name+" "+strconv.Itoa(k), expr, nil)
		out.Regions[at] = region
	}
}

// place is where an input's name stands among all, sorted.
func (c *compiler) place(name string) int {
	var names []string
	for _, in := range c.given.Identity.Inputs {
		names = append(names, in.Name)
	}
	slices.Sort(names)
	return slices.Index(names, name)
}

// records lists the columns that package profile sees.
func (c *compiler) records() {
	text, stamp := schema.Type{Kind: schema.String}, schema.Type{Kind: schema.Timestamp}
	c.spec.Records = []schema.Column{
		{Name: "input", Type: text}, {Name: "record_key", Type: text}, {Name: c.spec.ID, Type: text},
		{Name: "updated_at", Type: stamp}, {Name: "occurred_at", Type: stamp}, {Name: "trust", Type: schema.Type{Kind: schema.Int64}},
	}
	for _, a := range c.spec.Attributes {
		c.spec.Records = append(c.spec.Records, schema.Column{Name: a.Column(), Type: a.Type})
	}
	for _, id := range c.spec.Identifiers {
		c.spec.Records = append(c.spec.Records, schema.Column{Name: "i_" + id.Name, Type: text})
	}
}

// rules compiles rules; without any, one per identifier in order.
func (c *compiler) rules() {
	for i := range c.given.Identity.Identifiers {
		if len(c.given.Identity.Rules) == 0 {
			id := c.given.Identity.Identifiers[i]
			c.spec.Rules = append(c.spec.Rules, Rule{Name: "same_" + id.Name, On: []int{i}, Range: id.Range})
			c.spec.Identifiers[i].Ruled = true
		}
	}
	for _, r := range c.given.Identity.Rules {
		out := Rule{Name: r.Name, Range: r.Range}
		for _, name := range r.On {
			n := slices.IndexFunc(c.spec.Identifiers, func(id Identifier) bool { return id.Name == name })
			if n < 0 {
				continue // config has said so
			}
			if !slices.Contains(out.On, n) {
				out.On = append(out.On, n)
			}
			c.spec.Identifiers[n].Ruled = true
		}
		if !r.Where.IsZero() {
			left, right := c.side("l"), c.side("r")
			a, _ := c.analyze("where "+r.Name, r.Where, warehouse.Query{Scope: []warehouse.Scope{left, right}, Want: &schema.Type{Kind: schema.Bool}})
			out.Where = a.SQL
		}
		if len(out.On) > 0 {
			c.spec.Rules = append(c.spec.Rules, out)
		}
	}
	for _, r := range c.spec.Rules {
		c.canon = append(c.canon, fmt.Sprintf("rule %s %v", r.Name, r.On))
	}
}

// side is what a rule's condition sees of one record: attributes, identifiers, and the record's own columns where no
// attribute or identifier has their name.
func (c *compiler) side(alias string) warehouse.Scope {
	return warehouse.Scope{Alias: alias, Columns: c.sideColumns()}
}

func (c *compiler) sideColumns() []schema.Column {
	var out []schema.Column
	for _, s := range sides(c.spec) {
		out = append(out, schema.Column{Name: s.Name, Type: s.Type})
	}
	return out
}

// sideColumn is a column a rule's condition sees, and the one it is in the records.
type sideColumn struct {
	Name, Column string
	Type         schema.Type
}

func sides(s *Spec) []sideColumn {
	var out []sideColumn
	seen := map[string]bool{}
	add := func(name, column string, t schema.Type) {
		if !seen[name] {
			seen[name] = true
			out = append(out, sideColumn{name, column, t})
		}
	}
	for _, a := range s.Attributes {
		add(a.Name, a.Column(), a.Type)
	}
	text, stamp := schema.Type{Kind: schema.String}, schema.Type{Kind: schema.Timestamp}
	for _, id := range s.Identifiers {
		add(id.Name, "i_"+id.Name, text)
	}
	add("input", "input", text)
	add("record_key", "record_key", text)
	add("updated_at", "updated_at", stamp)
	add("occurred_at", "occurred_at", stamp)
	return out
}

// asserts compiles conditions over the table of customers.
func (c *compiler) asserts() {
	for _, a := range c.given.Identity.Asserts {
		an, ok := c.analyze("assert "+a.Name, a.Condition, warehouse.Query{
			Scope: []warehouse.Scope{{Columns: assertColumns(c.spec)}}, Aggregate: true, Want: &schema.Type{Kind: schema.Bool}})
		if ok {
			c.spec.Asserts = append(c.spec.Asserts, Assert{Name: a.Name, Condition: an.SQL, Range: a.Range})
		}
	}
}

// assertColumns are the columns of the table that asserts see. Each distinct count has its plural as a second name.
func assertColumns(s *Spec) []schema.Column {
	number := schema.Type{Kind: schema.Int64}
	out := []schema.Column{{Name: s.ID, Type: schema.Type{Kind: schema.String}}, {Name: "records", Type: number}, {Name: "identifiers", Type: number}}
	seen := map[string]bool{}
	for _, side := range sides(s)[:distinctSides(s)] {
		for _, name := range []string{"distinct_" + side.Name, "distinct_" + side.Name + "s"} {
			if !seen[name] {
				seen[name] = true
				out = append(out, schema.Column{Name: name, Type: number})
			}
		}
	}
	return out
}

// distinctSides is how many of the sides are attributes and identifiers.
func distinctSides(s *Spec) int {
	n := 0
	for _, side := range sides(s) {
		if side.Column == "a_"+side.Name || side.Column == "i_"+side.Name {
			n++
		}
	}
	return n
}

// common is the type that values of two types share.
func common(a, b schema.Type) schema.Type {
	number := func(k schema.Kind) bool { return k == schema.Int64 || k == schema.Decimal || k == schema.Double }
	moment := func(k schema.Kind) bool { return k == schema.Date || k == schema.Timestamp || k == schema.TimestampTZ }
	switch {
	case a.Kind == schema.Null:
		return b
	case b.Kind == schema.Null || a == b:
		return a
	case number(a.Kind) && number(b.Kind):
		return schema.Type{Kind: schema.Double}
	case moment(a.Kind) && moment(b.Kind):
		return schema.Type{Kind: schema.Timestamp}
	}
	return schema.Type{Kind: schema.String}
}

func rawName(kind, identifier string, n int) string {
	return kind + "_" + identifier + "_" + strconv.Itoa(n)
}

func (c *compiler) fingerprint() {
	type identifier struct {
		Name, Form     string
		Unique, Region bool
	}
	var ids []identifier
	for _, i := range c.spec.Identifiers {
		ids = append(ids, identifier{i.Name, i.Form, i.Unique, i.Region})
	}
	types := []string{}
	for _, a := range c.spec.Attributes {
		types = append(types, a.Name+" "+a.Type.String())
	}
	meaning, err := json.Marshal([]any{formsVersion, c.spec.Prefix, c.given.Identity.Survivor, ids, types, c.canon})
	if err != nil {
		panic(fmt.Sprintf("marshalling %s: %v", c.given.Identity.Addr, err)) // strings and numbers always marshal
	}
	sum := sha256.Sum256(meaning)
	c.spec.Fingerprint = hex.EncodeToString(sum[:])
}
