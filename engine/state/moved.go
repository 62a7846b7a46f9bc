package state

import (
	"maps"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Moves are blocks and tables that have other names from now on, by the old one.
type Moves struct {
	Blocks  map[addr.Address]addr.Address
	Tables  []warehouse.Rename // of the blocks' own
	Serials map[string]string  // names in _cdp.serials beside those of tables: a sync's part of the ledger
}

// Move rewrites what the state knows as if everything had been called so ever since, and gives the renames that make it so
// in the warehouse: the tables' own, and the labels in those of the engine.
func (s *State) Move(m Moves) []warehouse.Rename {
	names := maps.Clone(m.Serials)
	if names == nil {
		names = map[string]string{}
	}
	for _, r := range m.Tables {
		if from, to := r.From.String(), r.To.String(); from != to {
			names[from] = to
		}
		s.renameColumns(r)
	}
	for from, to := range names {
		rename(s.Serials, from, to)
		rename(s.Tables, from, to)
		rename(s.Columns, from, to)
	}
	labels := map[string][]warehouse.Label{}
	for from, to := range m.Blocks {
		if a, ok := s.Applied[from.String()]; ok {
			a.Address = to.String()
			delete(s.Applied, from.String())
			s.Applied[a.Address] = a
		}
		switch from.Type {
		case "source":
			if c, ok := s.Cursors[from.String()]; ok {
				c.Stream = to.String()
				delete(s.Cursors, from.String())
				s.Cursors[c.Stream] = c
			}
			label(labels, cursors, []string{"stream"}, []string{from.String()}, []string{to.String()})
			for _, t := range []warehouse.Table{Loads, Rejects} {
				label(labels, t, []string{"source", "stream"}, []string{from.Ident(), from.Member}, []string{to.Ident(), to.Member})
			}
		case "sync":
			for _, t := range []warehouse.Table{Ledger, Receipts} {
				label(labels, t, []string{"sync"}, []string{from.Ident()}, []string{to.Ident()})
			}
		}
	}
	for from, to := range names {
		label(labels, serials, []string{"table_name"}, []string{from}, []string{to})
	}
	out := m.Tables
	for _, t := range []warehouse.Table{cursors, Loads, Rejects, Ledger, Receipts, serials} {
		if l := labels[t.Name]; len(l) > 0 {
			out = append(out, warehouse.Rename{From: t, To: t, Labels: l})
		}
	}
	return out
}

func label(into map[string][]warehouse.Label, t warehouse.Table, columns, from, to []string) {
	keyed := len(t.Key) > 0 && columns[0] == t.Key[0] // a log keeps what it has
	into[t.Name] = append(into[t.Name], warehouse.Label{Columns: columns, Old: from, New: to, Replace: keyed})
}

func rename[V any](m map[string]V, from, to string) {
	v, ok := m[from]
	delete(m, to) // what is there is of nobody, and is dropped
	if ok {
		m[to] = v
		delete(m, from)
	}
}

func (s *State) renameColumns(r warehouse.Rename) {
	columns := s.Columns[r.From.String()]
	for i, c := range columns {
		if to, ok := r.Columns[c.Name]; ok {
			columns[i] = schema.Column{Name: to, Type: c.Type}
		}
	}
}
