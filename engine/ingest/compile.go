package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Given is a stream and what is known of it offline. Where nobody knows of columns, they are checked when the stream is read.
type Given struct {
	Stream  *config.Stream
	Info    schema.Stream   // what its connector says of it
	Columns []schema.Column // what its table has from earlier loads; nil: none
}

// Compile checks a stream without data.
func Compile(ctx context.Context, given Given, an warehouse.Analyzer) (*Spec, diag.Diagnostics) {
	stream, info := given.Stream, given.Info
	s := &Spec{
		Address: stream.Addr.String(), Addr: stream.Addr, Source: stream.Source.Addr.Ident(), Name: stream.Name,
		Key: stream.PrimaryKey, Cursor: stream.Cursor, Mode: stream.Mode, Write: stream.Write, Lag: stream.Lag,
		Contract: stream.Contract, Pinned: stream.Columns, Guards: stream.Guards, Range: stream.Range,
		stream: stream, an: an,
	}
	if len(s.Key) == 0 {
		s.Key = info.PrimaryKey
	}
	if s.Cursor == "" {
		s.Cursor = info.Cursor
	}
	ds := s.settle()
	s.Columns = given.Columns
	if len(s.Columns) == 0 {
		s.Columns = pinned(info.Columns, s.Pinned)
	}
	canonical := ""
	if !stream.Filter.IsZero() {
		s.filter = stream.Filter.Render(func(addr.Address) string { return "" })
		_, problems := s.checkFilter(ctx, s.Columns)
		ds = append(ds, problems...)
		meant, _ := s.checkFilter(ctx, nil) // the same before and after columns are known
		canonical = meant.Canonical
	}
	if len(s.Columns) > 0 {
		ds = append(ds, s.checkColumns(s.Columns)...)
	}
	s.Shape = shape(s)
	s.Fingerprint = s.fingerprint(canonical)
	return s, ds
}

// settle chooses what the block leaves open, and refuses combinations that mean nothing.
func (s *Spec) settle() diag.Diagnostics {
	var ds diag.Diagnostics
	bad := func(argument, code, summary, detail string) {
		ds = append(ds, diag.NewError(code, summary, detail, s.argument(argument)).About(s.Address))
	}
	if s.Contract.Columns == "" {
		s.Contract.Columns = "evolve"
	}
	if s.Contract.Types == "" {
		s.Contract.Types = "freeze"
	}
	s.hard = s.Write == Replace
	if s.Mode == "" {
		s.Mode = FullRefresh
		if s.Cursor != "" && s.Write != Replace {
			s.Mode = Incremental
		}
	}
	if s.Mode == Incremental && s.Cursor == "" {
		bad("mode", "stream.no_cursor", "Incremental stream without a cursor",
			`mode = "incremental" reads what is newer than the newest cursor value, so the stream needs cursor = "<column>".`)
	}
	if s.Write == "" {
		switch {
		case len(s.Key) > 0:
			s.Write = Upsert
		case s.Mode == Incremental:
			s.Write = Append
		default:
			s.Write = Replace
		}
	}
	if (s.Write == Upsert || s.Write == SCD2) && len(s.Key) == 0 {
		bad("write", "stream.no_key", "Stream needs a primary key",
			fmt.Sprintf(`write = %q tells rows apart by their key: add primary_key = ["<column>"], or use write = "append" or "replace".`, s.Write))
	}
	if s.hard && s.Mode == Incremental {
		bad("write", "stream.replace_incremental", "Replace needs a full refresh",
			`write = "replace" makes the table equal to one reading of the source; an incremental reading has only what is new. Use mode = "full_refresh", or write = "append".`)
	}
	if _, has := s.limit("max_age"); has && s.Cursor == "" {
		bad("guard", "stream.no_cursor", "Guard max_age needs a cursor",
			`max_age compares the clock with the newest cursor value, so the stream needs cursor = "<column>".`)
	}
	return ds
}

// checkColumns checks the columns a stream names against those there are.
func (s *Spec) checkColumns(have []schema.Column) diag.Diagnostics {
	var ds diag.Diagnostics
	missing := func(argument, what, name string) {
		if _, ok := schema.Find(have, name); ok {
			return
		}
		detail := fmt.Sprintf("%s %q is not a column of %s.", what, name, s.Address)
		if meant := diag.Meant(name, schema.Names(have)); meant != "" {
			detail += meant
		} else {
			detail += " It has: " + strings.Join(schema.Names(have), ", ") + "."
		}
		ds = append(ds, diag.NewError("stream.unknown_column", "Unknown column", detail, s.argument(argument)).About(s.Address))
	}
	for _, name := range s.Key {
		missing("primary_key", "The primary key's", name)
	}
	if s.Cursor != "" {
		missing("cursor", "The cursor", s.Cursor)
	}
	for _, c := range s.Pinned {
		missing("columns", "The pinned column", c.Name)
	}
	return ds
}

// checkFilter binds the filter against columns; nil columns are not known yet.
func (s *Spec) checkFilter(ctx context.Context, columns []schema.Column) (warehouse.Analysis, diag.Diagnostics) {
	a, problems := s.an.Analyze(ctx, warehouse.Query{
		Text:  s.filter,
		Scope: []warehouse.Scope{{Columns: columns, Open: len(columns) == 0}},
		Want:  &schema.Type{Kind: schema.Bool},
	})
	var ds diag.Diagnostics
	for _, p := range problems {
		at := s.filter.At(p.Offset, p.Length)
		ds = append(ds, diag.NewError(p.Code, p.Summary, p.Detail, &at).About(s.Address))
	}
	return a, ds
}

// fingerprint is of what decides which rows the table gets: not of guards, contract or lag.
func (s *Spec) fingerprint(filter string) string {
	var definition map[string]any
	if err := json.Unmarshal([]byte(s.stream.Definition), &definition); err == nil {
		for _, name := range []string{"guard", "guards", "contract", "lag", "filter"} {
			delete(definition, name)
		}
	}
	text, err := json.Marshal(map[string]any{
		"version": 1, "connector": s.stream.Source.Connector, "stream": definition, "filter": filter, "shape": s.Shape,
		"mode": s.Mode, "cursor": s.Cursor, "pinned": s.Pinned,
	})
	if err != nil {
		text = []byte(s.stream.Definition) // unreachable: what was JSON marshals
	}
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

func shape(s *Spec) string {
	key := s.Key
	if !s.keyed() {
		key = nil
	}
	write := s.Write
	if write == Replace && s.keyed() {
		write = Upsert // rows are told apart in the same way
	} else if write == Replace {
		write = Append
	}
	text, _ := json.Marshal(map[string]any{"key": append([]string{}, key...), "write": write}) // always marshals
	return string(text)
}

func pinned(columns, pins []schema.Column) []schema.Column {
	columns = slices.Clone(columns)
	for i, c := range columns {
		if pin, ok := schema.Find(pins, c.Name); ok {
			columns[i].Type = pin.Type
		}
	}
	return columns
}
