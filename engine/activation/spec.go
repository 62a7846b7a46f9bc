package activation

import (
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Spec is a compiled sync.
type Spec struct {
	Sync        *config.Sync
	Name        string // as in _cdp.ledger: vip_to_crm
	Address     string // sync.vip_to_crm
	Object      schema.Object
	From        string // "segment", "identity", "model"
	ID          string // name of the identity's id column; empty: rows of a model have none
	Key         []Column
	Fields      []Column
	Leave       []Column // what on_leave = { update = … } sets
	Where       diag.Text
	Add, Update schema.Operation // how a record comes and changes
	Out         schema.Operation // how it leaves; Op empty: it is kept
	Whole       bool             // the object is written whole from all wanted rows
	Clock       bool             // it depends on as_of
	Uses        []string         // columns it reads, sorted
	Fingerprint string
	Farewell    bool // it is no longer declared, and takes out what it put in
	Moved       bool // it goes to another object or destination than before: what the ledger knew is not there
}

// Column is a key or field: the tool's name and the expression that gives it.
type Column struct {
	Name  string
	SQL   diag.Text
	Null  string // skip, clear, invalid: what a null field means; empty for keys
	Hash  *form  // nil: sent as it is
	Phone string // the identifier that it is, where a phone is hashed: the number with its country is known from matching
	Type  schema.Type
}

// Append reports whether rows are added and never taken back.
func (s *Spec) Append() bool { return s.Sync.Mode == "append" }

// EachRun reports whether every run sends every row: the sync is computed though nothing changed.
func (s *Spec) EachRun() bool { return s.Append() && s.Sync.Each == "run" }

// operation is the operation of that name.
func (s *Spec) operation(op schema.Op) schema.Operation {
	for _, o := range []schema.Operation{s.Out, s.Update, s.Add} {
		if o.Op == op {
			return o
		}
	}
	return schema.Operation{Op: op}
}

// wireKey and wireFields are the typed columns as a connector is told them.
func (s *Spec) wireKey() []schema.Column { return plainColumns(s.Key) }

func (s *Spec) wireFields() []schema.Column {
	return append(plainColumns(s.Fields), plainColumns(s.leaveOnly())...)
}

// leaveOnly are the columns of on_leave's update that are no fields of the sync.
func (s *Spec) leaveOnly() []Column {
	var out []Column
	for _, c := range s.Leave {
		if find(s.Fields, c.Name) == nil {
			out = append(out, c)
		}
	}
	return out
}

func plainColumns(columns []Column) []schema.Column {
	out := make([]schema.Column, len(columns))
	for i, c := range columns {
		out[i] = schema.Column{Name: c.Name, Type: c.Type}
	}
	return out
}

func find(columns []Column, name string) *Column {
	for i := range columns {
		if columns[i].Name == name {
			return &columns[i]
		}
	}
	return nil
}
