package ingest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// SchemaChange is one difference between what a source gives and what its table has, and what was done about it.
type SchemaChange struct {
	Column   string `json:"column"`
	From     string `json:"from,omitempty"` // type in the table; empty: not there
	To       string `json:"to,omitempty"`   // type in the source; empty: gone
	Decision string `json:"decision"`       // added, typed, widened, pinned, gone, blocked, discarded, remade
	Note     string `json:"note,omitempty"` // of a table made anew: why, and how many rows go
}

func (c SchemaChange) String() string {
	switch c.Decision {
	case "added":
		return fmt.Sprintf("%s %s added", c.Column, c.To)
	case "typed":
		return fmt.Sprintf("%s is %s, by its first values", c.Column, c.To)
	case "pinned":
		return fmt.Sprintf("%s %s → %s   cast in place, as pinned", c.Column, c.From, c.To)
	case "remade":
		return c.Note
	case "gone":
		return fmt.Sprintf("%s %s is no longer in the source; what the table has stays", c.Column, c.From)
	case "blocked":
		if c.From == "" {
			return fmt.Sprintf("%s %s is new, contract freeze", c.Column, c.To)
		}
		if c.To == "" {
			return fmt.Sprintf("%s %s is gone, contract freeze", c.Column, c.From)
		}
		return fmt.Sprintf("%s %s → %s, contract freeze", c.Column, c.From, c.To)
	case "discarded":
		if c.From == "" {
			return fmt.Sprintf("%s %s is new and left out by contract", c.Column, c.To)
		}
		return fmt.Sprintf("%s stays %s by contract; the source gives %s", c.Column, c.From, c.To)
	}
	return fmt.Sprintf("%s %s → %s   %s, contract evolve", c.Column, c.From, c.To, c.Decision)
}

// incoming is a column of the source and what becomes of it.
type incoming struct {
	schema.Column             // in staging: a column without a type has the table's, else text
	Table         schema.Type // in the table
	Cast          bool        // staging has another type: values are cast
	Try           bool        // values that do not cast become null
	Strict        bool        // rows with values that do not fit are rejected
	Dropped       bool        // it has no column in the table
	Bare          bool        // it has no type yet
}

// Exact is how the statement tells whether a value of staging fits its table.
func (in incoming) Exact() recast {
	return recast{Column: schema.Column{Name: in.Name, Type: in.Table}, From: in.Type}
}

// agreement is the outcome of comparing a source's columns with its table's.
type agreement struct {
	columns []incoming
	gone    []schema.Column // of the table, no longer in the source
	own     []schema.Column // of the table from now on
	changes []SchemaChange
	blocked []SchemaChange
}

// agree compares columns as they arrive with those of the table (nil: no table yet) under the stream's contract.
func (s *Spec) agree(arriving, table []schema.Column) agreement {
	a := agreement{own: slices.Clone(table)}
	for _, c := range arriving {
		if old, ok := schema.Find(table, c.Name); ok {
			a.known(s, c, old)
		} else {
			a.fresh(s, c, len(table) == 0)
		}
	}
	for _, c := range table {
		if _, ok := schema.Find(arriving, c.Name); ok {
			continue
		}
		a.gone = append(a.gone, c)
		if len(arriving) == 0 { // nothing came that could have columns: none of them is missed
			continue
		}
		change := SchemaChange{Column: c.Name, From: c.Type.String(), Decision: "gone"}
		if s.Contract.Columns == "freeze" {
			change.Decision = "blocked"
			a.blocked = append(a.blocked, change)
			continue
		}
		a.changes = append(a.changes, change)
	}
	a.gone = slices.DeleteFunc(a.gone, func(c schema.Column) bool { return c.Type.Kind == schema.Null })
	return a
}

// fresh decides about a column the table does not have.
func (a *agreement) fresh(s *Spec, c schema.Column, first bool) {
	in := incoming{Column: c, Table: c.Type, Bare: c.Type.Kind == schema.Null}
	if in.Bare {
		in.Type = schema.Type{Kind: schema.String}
	}
	change := SchemaChange{Column: c.Name, To: c.Type.String(), Decision: "added"}
	switch {
	case first:
		a.own = append(a.own, c)
	case s.Contract.Columns == "freeze":
		change.Decision = "blocked"
		a.blocked = append(a.blocked, change)
		in.Dropped = true
	case s.Contract.Columns == "evolve":
		a.own = append(a.own, c)
		a.changes = append(a.changes, change)
	default: // discard_value, discard_row
		in.Dropped, in.Strict = true, s.Contract.Columns == "discard_row"
		change.Decision = "discarded"
		a.changes = append(a.changes, change)
	}
	a.columns = append(a.columns, in)
}

// known decides about a column the table has.
func (a *agreement) known(s *Spec, c, old schema.Column) {
	in := incoming{Column: c, Table: old.Type}
	switch {
	case c.Type.Kind == schema.Null:
		in.Bare, in.Type = old.Type.Kind == schema.Null, old.Type
		if in.Bare {
			in.Type = schema.Type{Kind: schema.String}
		}
	case old.Type.Kind == schema.Null:
		in.Table = c.Type
		a.retype(c.Name, c.Type)
		a.changes = append(a.changes, SchemaChange{Column: c.Name, To: c.Type.String(), Decision: "typed"})
	case c.Type == old.Type:
	default:
		a.differs(s, &in, c, old)
	}
	a.columns = append(a.columns, in)
}

// differs decides about a column whose type is another one than the table's.
func (a *agreement) differs(s *Spec, in *incoming, c, old schema.Column) {
	in.Cast = true
	wide, ok := widen(old.Type, c.Type)
	if ok && wide == old.Type {
		return // the table's type holds every value
	}
	change := SchemaChange{Column: c.Name, From: old.Type.String(), To: c.Type.String()}
	switch {
	case s.Contract.Types == "evolve" && ok:
		in.Table, in.Cast = wide, wide != c.Type
		a.retype(c.Name, wide)
		change.To, change.Decision = wide.String(), "widened"
		a.changes = append(a.changes, change)
	case s.Contract.Types == "discard_value" || s.Contract.Types == "discard_row":
		in.Try, in.Strict = true, s.Contract.Types == "discard_row"
		change.Decision = "discarded"
		a.changes = append(a.changes, change)
	default:
		change.Decision = "blocked"
		a.blocked = append(a.blocked, change)
	}
}

func (a *agreement) retype(name string, t schema.Type) {
	for i := range a.own {
		if a.own[i].Name == name {
			a.own[i].Type = t
		}
	}
}

// looks reports whether a connector is to look for the type anew: values that do not fit the table's widen it, or are left
// out one by one. Nothing is wider than text, and what was kept as text is read as it is written.
func (s *Spec) looks(t schema.Type) bool {
	switch t.Kind {
	case schema.String, schema.JSON, schema.Bytes:
		return false
	}
	return s.Contract.Types == "evolve" || s.Contract.Types == "discard_value"
}

// widen is the narrowest type that holds the values of the table's type and of the one that arrives; text holds all but
// bytes. Whether a table's very values fit is looked at where a type does not hold all there can be: holdWidened.
func widen(table, arriving schema.Type) (schema.Type, bool) {
	a, b := table, arriving
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a == b:
		return a, true
	case a.Kind == schema.Bytes || b.Kind == schema.Bytes:
		return schema.Type{}, false
	case table.Kind == schema.Int64 && arriving.Kind == schema.Decimal:
		return decimal(schema.Type{Kind: schema.Decimal, Precision: 19}, arriving), true
	case table.Kind == schema.Decimal && arriving.Kind == schema.Int64:
		if table.Precision-table.Scale >= 19 {
			return table, true
		}
		return decimal(table, schema.Type{Kind: schema.Decimal, Precision: 19}), true
	case a.Kind == schema.Decimal && b.Kind == schema.Decimal:
		return decimal(table, arriving), true
	case (a.Kind == schema.Int64 || a.Kind == schema.Decimal) && b.Kind == schema.Double:
		return b, true
	case a.Kind == schema.Date && (b.Kind == schema.Timestamp || b.Kind == schema.TimestampTZ):
		return b, true
	}
	return schema.Type{Kind: schema.String}, true
}

// decimal holds what arrives, and of the table's values those that 38 digits leave room for.
func decimal(table, arriving schema.Type) schema.Type {
	scale := max(table.Scale, arriving.Scale)
	digits := max(table.Precision-table.Scale, arriving.Precision-arriving.Scale)
	if arriving.Precision-arriving.Scale+scale > 38 {
		return schema.Type{Kind: schema.String}
	}
	return schema.Type{Kind: schema.Decimal, Precision: min(38, digits+scale), Scale: scale}
}

// checkNames refuses columns that cannot stand side by side in a table.
func (s *Spec) checkNames(arriving, table []schema.Column) diag.Diagnostics {
	var ds diag.Diagnostics
	seen := map[string]string{}
	for _, c := range table {
		seen[strings.ToLower(c.Name)] = c.Name
	}
	own := map[string]bool{}
	for _, c := range arriving {
		folded := strings.ToLower(c.Name)
		other, taken := seen[folded]
		switch {
		case strings.HasPrefix(folded, reservedPrefix):
			ds = append(ds, diag.NewError("stream.reserved_column", "Column name is reserved",
				fmt.Sprintf("%s gives a column %q. Names that begin with %q are the engine's own: rename the column in the source.", s.Address, c.Name, reservedPrefix),
				&s.Range).About(s.Address))
		case taken && (other != c.Name || own[c.Name]):
			ds = append(ds, diag.NewError("stream.case_collision", "Two columns differ only by case",
				fmt.Sprintf("%s gives the columns %q and %q. SQL does not tell them apart: rename one of them in the source.", s.Address, other, c.Name),
				&s.Range).About(s.Address))
		}
		seen[folded], own[c.Name] = c.Name, true
	}
	return ds
}

// contractBroken turns blocked changes into a verdict and into what to tell the user.
func (s *Spec) contractBroken(blocked []SchemaChange) (guard.Verdict, diag.Diagnostics) {
	table, name, _ := s.Addr.Relation()
	var ds diag.Diagnostics
	var words []string
	for _, c := range blocked {
		words = append(words, c.String())
		var detail string
		switch {
		case c.From == "":
			detail = fmt.Sprintf("The source of %s now has a column %s of type %s, which %s.%s does not have. The contract says columns = \"freeze\". "+
				"To take it, set columns = \"evolve\"; to leave it out, \"discard_value\".", s.Address, c.Column, c.To, table, name)
		case c.To == "":
			detail = fmt.Sprintf("The column %s (%s) of %s.%s is no longer in the source of %s. The contract says columns = \"freeze\". "+
				"To go on without it, set columns = \"evolve\".", c.Column, c.From, table, name, s.Address)
		default:
			detail = fmt.Sprintf("Column %s is %s in %s.%s, and the source of %s now gives %s. The contract says types = %q. "+
				"Mend the source, pin the type with columns = { %s = %q } to load the stream anew, or set types = \"discard_row\" to set aside rows that do not fit.",
				c.Column, c.From, table, name, s.Address, c.To, s.Contract.Types, c.Column, strings.ToLower(c.To))
		}
		ds = append(ds, diag.NewError("contract.broken", "The source breaks its contract", detail, s.argument("contract")).About(s.Address))
	}
	return guard.Verdict{Name: "contract", Address: s.Address, Status: guard.Blocked, Value: float64(len(blocked)), Rows: int64(len(blocked)),
		Detail: strings.Join(words, "; ")}, ds
}
