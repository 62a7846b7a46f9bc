package profile

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Given is what profiles are made from: an identity, its traits, and the columns of what they read.
type Given struct {
	Identity *config.Identity
	Traits   []*config.Trait
	Records  []schema.Column // of work."<identity>.records"; nil: not known yet
	Streams  schema.Catalog  // columns of the inputs' streams, by address
}

// Spec is a compiled profile.
type Spec struct {
	Identity    *config.Identity
	ID          string // name of the id column
	Attributes  []Attribute
	Scans       []Scan     // traits over inputs, one scan per stream and input
	Layers      [][]Column // traits over profile columns, each layer over those before it
	Table       warehouse.Table
	Provenance  warehouse.Table
	Complete    bool // all columns are known
	Clock       bool // it depends on as_of
	Fingerprint string
}

// Attribute is one golden value and how it is chosen.
type Attribute struct {
	Name   string
	Type   schema.Type
	Column string // in the records relation
	Pick   string
	Prefer []string
	Group  string   // attribute_group; empty: none
	Of     []string // columns of the whole group
	SQL    diag.Text
}

// Scan is the traits that one scan of one stream computes.
type Scan struct {
	Input  *config.Input
	Traits []Column
	Where  diag.Text // filters the whole scan; zero: traits filter themselves
}

// Column is a computed column of the profile.
type Column struct {
	Address string
	Name    string
	Type    schema.Type
	Value   diag.Text
	Default diag.Text // a literal; empty: null
	Uses    []string
}

// Compile checks attributes and traits and says what columns a profile has. Where columns are not known yet, what depends
// on them is left unchecked and Spec.Complete is false.
func Compile(ctx context.Context, given Given, an warehouse.Analyzer) (*Spec, diag.Diagnostics) {
	c := &compiler{ctx: ctx, given: given, an: an, spec: &Spec{Identity: given.Identity, ID: given.Identity.IDColumn(), Complete: given.Records != nil}}
	c.attributes()
	c.aggregates()
	c.derived()
	c.tables()
	c.fingerprint()
	return c.spec, c.diags
}

type compiler struct {
	ctx   context.Context
	given Given
	an    warehouse.Analyzer
	spec  *Spec
	diags diag.Diagnostics
	canon []string // canonical user SQL, for the fingerprint
	// broken are traits told to be wrong already: those that use them are not told so once more.
	broken []schema.Column
}

// analyze checks one expression and turns its problems into diagnostics of the block.
func (c *compiler) analyze(address string, sql config.SQL, q warehouse.Query) (warehouse.Analysis, bool) {
	q.Text = sql.Render(nil)
	a, problems := c.an.Analyze(c.ctx, q)
	for _, p := range problems {
		at := q.Text.At(p.Offset, p.Length)
		c.diags = append(c.diags, diag.NewError(p.Code, p.Summary, p.Detail, &at).About(address))
	}
	c.canon = append(c.canon, address+" "+a.Canonical)
	c.spec.Clock = c.spec.Clock || a.AsOf
	return a, len(problems) == 0
}

func (c *compiler) fingerprint() {
	type attribute struct {
		Name, Type, Column, Pick, Group string
		Prefer                          []string
	}
	var parts struct {
		Version    int
		ID         string
		Attributes []attribute
		Columns    []string
		SQL        []string
		Defaults   []string
	}
	parts.Version, parts.ID, parts.SQL = 1, c.spec.ID, c.canon
	for _, a := range c.spec.Attributes {
		parts.Attributes = append(parts.Attributes, attribute{a.Name, a.Type.String(), a.Column, a.Pick, a.Group, a.Prefer})
	}
	for _, col := range c.spec.Table.Columns {
		parts.Columns = append(parts.Columns, col.Name+" "+col.Type.String())
	}
	for _, t := range c.given.Traits {
		parts.Defaults = append(parts.Defaults, t.Definition)
	}
	text, err := json.Marshal(parts)
	if err != nil {
		panic("marshalling strings cannot fail: " + err.Error())
	}
	sum := sha256.Sum256(text)
	c.spec.Fingerprint = hex.EncodeToString(sum[:])
}

// tables lays out profiles and provenance.
func (c *compiler) tables() {
	s := c.spec
	name := s.Identity.Addr.Ident()
	columns := []schema.Column{{Name: s.ID, Type: schema.Type{Kind: schema.String}}}
	for _, a := range s.Attributes {
		columns = append(columns, schema.Column{Name: a.Name, Type: a.Type})
	}
	byName := map[string]Column{}
	for _, scan := range s.Scans {
		for _, t := range scan.Traits {
			byName[t.Name] = t
		}
	}
	for _, layer := range s.Layers {
		for _, t := range layer {
			byName[t.Name] = t
		}
	}
	for _, t := range c.given.Traits {
		if col, ok := byName[t.Addr.Ident()]; ok {
			columns = append(columns, schema.Column{Name: col.Name, Type: col.Type})
		}
	}
	s.Table = warehouse.Table{Schema: name, Name: "profiles", Columns: columns, Key: []string{s.ID}}
	s.Provenance = Provenance(s.Identity)
}

// Provenance is the table that says where each golden value of an identity came from.
func Provenance(id *config.Identity) warehouse.Table {
	text, stamp := schema.Type{Kind: schema.String}, schema.Type{Kind: schema.Timestamp}
	key := id.IDColumn()
	return warehouse.Table{Schema: id.Addr.Ident(), Name: "provenance", Key: []string{key, "attribute"}, Columns: []schema.Column{
		{Name: key, Type: text}, {Name: "attribute", Type: text}, {Name: "input", Type: text},
		{Name: "record_key", Type: text}, {Name: "updated_at", Type: stamp}, {Name: "pick", Type: text},
	}}
}
