package identity

import (
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Spec is a compiled identity.
type Spec struct {
	Identity    *config.Identity
	ID          string // name of the id column
	Prefix      string // of ids, without the underscore
	Inputs      []Input
	Identifiers []Identifier
	Rules       []Rule
	Attributes  []Attribute
	Asserts     []Assert
	Records     []schema.Column // of work."<identity>.records"
	Complete    bool            // all columns of the inputs are known
	Clock       bool            // it depends on as_of
	Fingerprint string
}

// Input is one input, compiled.
type Input struct {
	Name       string
	Place      int // among the inputs sorted by name: anchors compare by it
	From       sqlgen.Relation
	Columns    []schema.Column
	Key        []schema.Column // nil: none; a record's content is its key
	Repeats    bool            // several rows may have one key: the newest counts
	UpdatedAt  diag.Text
	OccurredAt diag.Text
	Deleted    diag.Text
	Trust      int
	Creates    bool
	Attributes []diag.Text // as Spec.Attributes; a zero Text: not mapped
	Values     []diag.Text // as Spec.Raw
	Regions    []diag.Text // as Spec.Raw; zero: none
}

// Identifier is one kind of identifier. Its number is its place in Spec.Identifiers.
type Identifier struct {
	Name     string
	Unique   bool
	Form     string // "", email, phone, text, name, date, id
	Width    int    // most values that one record of an input may have
	Region   bool
	Ruled    bool // some rule links by it
	Several  bool // one record may have several values
	Priority int
}

// Rule links records. Its number is its place in Spec.Rules.
type Rule struct {
	Name  string
	On    []int // identifiers
	Where diag.Text
	Range diag.Range
}

// Plain reports whether the rule is "same value of one identifier".
func (r Rule) Plain() bool { return len(r.On) == 1 && r.Where.Value == "" }

// Attribute is an attribute that inputs map.
type Attribute struct {
	Name string
	Type schema.Type
}

// Column is its name in the records relation.
func (a Attribute) Column() string { return "a_" + a.Name }

// Assert is one condition over the customers.
type Assert struct {
	Name      string
	Condition diag.Text
	Range     diag.Range
}

// RawColumn is one raw value of a record: the n-th of an identifier.
type RawColumn struct {
	Identifier int
	Nth        int
	Column     string
	Region     string // column; empty: none
}

// Raw are the columns that hold raw values, in order.
func (s *Spec) Raw() []RawColumn {
	var out []RawColumn
	for i, id := range s.Identifiers {
		for n := range id.Width {
			c := RawColumn{Identifier: i, Nth: n, Column: rawName("r", id.Name, n)}
			if id.Region {
				c.Region = rawName("g", id.Name, 0)
			}
			out = append(out, c)
		}
	}
	return out
}

// uniques are the numbers of identifiers of which a customer has at most one value.
func (s *Spec) uniques() []int {
	var out []int
	for i, id := range s.Identifiers {
		if id.Unique {
			out = append(out, i)
		}
	}
	return out
}
