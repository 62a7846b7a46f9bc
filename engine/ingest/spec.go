package ingest

import (
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Modes of reading.
const (
	Incremental = "incremental"
	FullRefresh = "full_refresh"
)

// Ways of writing.
const (
	Upsert  = "upsert"
	Append  = "append"
	Replace = "replace"
	SCD2    = "scd2"
)

// Columns the engine keeps beside the source's own.
const (
	LoadColumn      = "_cdp_load"
	LoadedAtColumn  = "_cdp_loaded_at"
	DeletedAtColumn = "_cdp_deleted_at"
	ScopeColumn     = "_cdp_scope"
	ValidFromColumn = "_cdp_valid_from"
	ValidToColumn   = "_cdp_valid_to"
	seqColumn       = "_cdp_seq" // order of arrival, in staging only
	reservedPrefix  = "_cdp_"
)

// Spec is a stream, checked: how it is read and what its table is.
type Spec struct {
	Address     string // source.shop.orders
	Addr        addr.Address
	Source      string // name of the source, for _cdp.loads
	Name        string // name of the stream
	Key         []string
	Cursor      string
	Mode        string
	Write       string
	Lag         time.Duration
	Contract    config.Contract
	Pinned      []schema.Column
	Guards      []config.Guard
	Fingerprint string
	Shape       string          // what a row of the table stands for; another shape is another table
	Columns     []schema.Column // the table's own columns as far as they are known; nil: not before the first load
	Range       diag.Range

	stream *config.Stream
	filter diag.Text // as the user wrote it; empty: none
	hard   bool      // rows that are gone leave the table
	an     warehouse.Analyzer
}

// keyed reports whether rows are told apart by a key. Appended records are not.
func (s *Spec) keyed() bool { return len(s.Key) > 0 && s.Write != Append }

// Table is the raw table with these columns of the source's own.
func (s *Spec) Table(own []schema.Column) warehouse.Table {
	schemaName, name, _ := s.Addr.Relation()
	t := warehouse.Table{Schema: schemaName, Name: name, Columns: slices.Clone(own), Live: `"` + DeletedAtColumn + `" is null`}
	if len(own) == 0 { // the source had no record yet to tell columns by: the table is made anew with the first
		for _, key := range s.Key {
			t.Columns = append(t.Columns, schema.Column{Name: key, Type: schema.Type{Kind: schema.String}})
		}
	}
	hide := func(column string, kind schema.Kind) {
		t.Columns = append(t.Columns, schema.Column{Name: column, Type: schema.Type{Kind: kind}})
		t.Hidden = append(t.Hidden, column)
	}
	hide(LoadColumn, schema.String)
	hide(LoadedAtColumn, schema.Timestamp)
	hide(DeletedAtColumn, schema.Timestamp)
	switch {
	case s.Write == SCD2:
		hide(ValidFromColumn, schema.Timestamp)
		hide(ValidToColumn, schema.Timestamp)
		t.Key = append(slices.Clone(s.Key), ValidFromColumn)
		t.Live += ` and "` + ValidToColumn + `" is null`
	case s.keyed():
		t.Key = slices.Clone(s.Key)
	default:
		hide(ScopeColumn, schema.String)
		t.Key = append(typed(own), ScopeColumn, DeletedAtColumn)
	}
	return t
}

// typed names the columns that have a type.
func typed(columns []schema.Column) []string {
	var names []string
	for _, c := range columns {
		if c.Type.Kind != schema.Null {
			names = append(names, c.Name)
		}
	}
	return names
}

// argument is where an argument of the stream stands, or the stream itself.
func (s *Spec) argument(name string) *diag.Range {
	if r, ok := s.stream.Ranges[name]; ok {
		return &r
	}
	return &s.Range
}

// limit is a guard's limit for this stream. on is false where there is none.
func (s *Spec) limit(name string) (guard.Limit, bool) { return guard.Of(name, s.Guards) }
