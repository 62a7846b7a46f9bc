package config

import (
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/hashicorp/hcl/v2"
)

// Config is one project. Lists are in order of declaration (files by name, then line); after for_each.
type Config struct {
	Dir          string // absolute
	Settings     Settings
	Sources      []*Source
	Models       []*Model
	Identities   []*Identity
	Traits       []*Trait
	Segments     []*Segment
	Destinations []*Destination
	Syncs        []*Sync
	Moves        []*Move
	Removed      []*Removed
	Imports      []*Import
	Checks       []*Check
	Policies     []*Policy
	Files        map[string][]byte // source by file name relative to Dir, for carets
	Secrets      []string          // values of sensitive variables, to redact
	Given        Kept              // variables that the command line gave
	Folder       Kept              // variables that the folder's *.cdpvars.hcl files gave

	loader *loader
	sorted []*Block
	byAddr map[addr.Address]*Block
	places map[string]*place // where connector arguments stand, by address
}

// Settings is the cdp block.
type Settings struct {
	Range       diag.Range
	Warehouse   Warehouse
	Connectors  map[string]RequiredConnector
	Parallelism int // 0: not set
	Plan        PlanSettings
}

// Warehouse is the `warehouse` block: Path as written and made absolute.
type Warehouse struct {
	Kind  string // "duckdb"
	Path  string
	Abs   string
	Range diag.Range
}

// RequiredConnector is one entry of required_connectors.
type RequiredConnector struct {
	Source, Version string
	Path            string // absolute; an executable of the author's own
	Range           diag.Range
}

// PlanSettings bound how far a plan may be from what apply meets.
type PlanSettings struct {
	Expires   time.Duration // 0: the default
	Tolerance float64
	OnMoved   string // rebase, fail, frozen
}

// Block is what every block has. Definition is the block's meaning, normalised and without secrets: equal text means
// equal meaning, whatever the order of arguments, comments or files.
type Block struct {
	Addr       addr.Address
	Range      diag.Range // of the header: segment "vip"
	Definition string     // canonical JSON
	DependsOn  []Ref      // references, in order of address, without doubles
	Guards     []Guard
	Tags       []string // in order; of a stream: with those of its source
}

// Ref is a reference to another block, at its place.
type Ref struct {
	Addr  addr.Address
	Range diag.Range
}

// SQL is a user's SQL: an expression or one SELECT, as parts. A Part with Ref set stands for the relation of that
// address; every other part is text as the user wrote it (Source says where) or the value of a variable in it.
type SQL struct {
	Parts []Part
	Range diag.Range // of the whole string literal
}

// Part is a piece of SQL.
type Part struct {
	Text   string
	Ref    addr.Address
	Source diag.Range
	Exact  bool // Text stands in the file as it is
}

// IsZero reports whether nothing was written.
func (s SQL) IsZero() bool { return len(s.Parts) == 0 }

// Render joins the parts, with relation giving the text of a reference, and keeps the way back to the source.
func (s SQL) Render(relation func(addr.Address) string) diag.Text {
	out := diag.Text{Range: s.Range}
	for _, p := range s.Parts {
		text, exact, written := p.Text, p.Exact, ""
		if p.Ref != (addr.Address{}) {
			text, exact, written = relation(p.Ref), false, "${"+p.Ref.String()+"}"
		}
		out.Spans = append(out.Spans, diag.Span{Offset: len(out.Value), Length: len(text), Source: p.Source, Exact: exact, Written: written})
		out.Value += text
	}
	return out
}

// Guard is one limit set in a guard block.
type Guard struct {
	Name   string  // max_remove_ratio
	Limit  float64 // for ages: seconds; for booleans: 1 on, 0 off; -1: the default, only the floor is said
	Floor  int64   // rows below which a ratio does not trip; -1: the default
	Reason string
	Range  diag.Range
}

// Says is what a guard block says, for guard.Of.
func (g Guard) Says() (name string, limit float64, floor int64, reason string) {
	return g.Name, g.Limit, g.Floor, g.Reason
}

// Source is a source block: a connector and its streams. Body holds the connector's own arguments.
type Source struct {
	Block
	Connector      string
	ConnectorRange diag.Range
	Body           hcl.Body
	Context        *hcl.EvalContext
	Streams        []*Stream
	Call           wire.Call // filled by Decode: settings of the block and of all its streams

	block *block
}

// Stream is a stream of a source with the engine's own arguments; Body holds the connector's.
type Stream struct {
	Block
	Source     *Source
	Name       string
	PrimaryKey []string
	Cursor     string
	Mode       string // incremental, full_refresh
	Write      string // upsert, append, replace, scd2
	Lag        time.Duration
	Contract   Contract
	Columns    []schema.Column // pinned
	Filter     SQL             // expression over the stream's columns; zero: none
	Body       hcl.Body
	Ranges     map[string]diag.Range // of arguments' values, by name; of nested blocks, of their headers

	block *block
}

// Contract says what happens when the source's shape changes: evolve, freeze, discard_value, discard_row.
type Contract struct{ Columns, Types string }

// Model is a SQL transform.
type Model struct {
	Block
	SQL         SQL
	Materialize string // view, table, incremental
}

// Identity is an identity block.
type Identity struct {
	Block
	IDPrefix    string // "cus"; default: the first three letters of the name
	Identifiers []*Identifier
	Inputs      []*Input
	Rules       []*Rule
	Attributes  []*Attribute
	Groups      []*AttributeGroup
	Asserts     []*Assert
	Survivor    string // oldest, largest
}

// Name of the id column: customer_id; household_id for identity "household" and so on.
func (i *Identity) IDColumn() string { return i.Addr.Ident() + "_id" }

// Identifier is one kind of identifier, in order of priority.
type Identifier struct {
	Name      string
	Unique    bool
	Normalize string // "", email, phone, text, name, date, id
	Region    SQL    // expression over the input's columns; for phones
	Range     diag.Range
}

// Input feeds records of a stream or model into an identity.
type Input struct {
	Name        string
	Stream      Ref // source.x.y or model.x
	Identifiers []InputColumn
	Attributes  []InputColumn
	UpdatedAt   SQL // zero: occurred_at
	OccurredAt  SQL
	Deleted     SQL
	Trust       int
	Creates     bool
	Range       diag.Range
}

// InputColumn maps expressions over the input's columns to an identifier (several values) or attribute (one).
type InputColumn struct {
	Name  string
	Exprs []SQL
	Range diag.Range // of the name
}

// Rule links records that share the value of every identifier in On.
type Rule struct {
	Name  string
	On    []string
	Where SQL // over l and r
	Range diag.Range
}

// Attribute is how one golden value is chosen.
type Attribute struct {
	Name   string
	Pick   string   // most_recent, most_frequent, longest, min, max, most_restrictive, collect, sql
	Prefer []string // inputs, best first
	SQL    SQL
	Range  diag.Range
}

// AttributeGroup is attributes whose values are taken from one record together.
type AttributeGroup struct {
	Name       string
	Attributes []string
	Pick       string
	Prefer     []string
	Range      diag.Range
}

// Assert is a condition over a table with a row per customer.
type Assert struct {
	Name      string
	Condition SQL
	Range     diag.Range
}

// Trait is a computed column of the profile: an aggregate over an input (Input, Value) or SQL over profile columns.
type Trait struct {
	Block
	Of      Ref
	Input   string
	Value   SQL
	Where   SQL
	Window  Window
	Default *string // canonical SQL literal text of the value; nil: null
	SQL     SQL
	Ranges  map[string]diag.Range
}

// Window is a length of time back from as_of. Months and Years are calendar lengths; the zero Window is all time.
type Window struct {
	Months   int
	Duration time.Duration
	Text     string
}

// Segment is a set of customers.
type Segment struct {
	Block
	Of      Ref
	Where   SQL
	Include []Ref
	Exclude []Ref
	Holdout float64
	Ranges  map[string]diag.Range
}

// Destination is an account in a tool.
type Destination struct {
	Block
	Connector      string
	ConnectorRange diag.Range
	Body           hcl.Body
	Context        *hcl.EvalContext
	Call           wire.Call // filled by Decode
	Declared       []string  // names of the block's own object blocks, filled by Decode
	Purposes       []string
	Allow          []string // tags of personal data that may go there

	block *block
}

// Sync keeps rows in a tool equal to a segment, model or identity.
type Sync struct {
	Block
	From        Ref          // segment, model or identity
	Identity    addr.Address // whose profiles Key and Fields see; zero for a model
	Destination Ref
	Object      string
	Mode        string // mirror, upsert, update, insert, append, replace
	OnLeave     Leave
	Key         []Mapping
	Fields      []Mapping
	OnNull      string            // skip, clear, invalid
	Null        map[string]string // per field
	Hash        map[string]string // tool's normal form, per key or field
	Where       SQL
	Holdouts    string         // exclude, include
	Includes    []addr.Address // segments with a holdout that the one sent includes
	Each        string         // change, run (append)
	OnConflict  string         // "", newest
	Schedule    string
	Retry       string // each_run, when_changed, never
	Import      string // "readback": what the tool has already is adopted before the first comparison; "": it is not
	Ranges      map[string]diag.Range
}

// Mapping is a tool's name and the expression that gives its value.
type Mapping struct {
	Name  string
	Expr  SQL
	Range diag.Range
}

// Leave is what happens to a record whose customer left. Update holds expressions by field.
type Leave struct {
	Rule   string // "", remove, delete, keep, update
	Update []Mapping
}
