package plan

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Moves are the `moved` blocks that have something to move. Nil: none has.
type Moves struct {
	From    map[string]string // the address a block had, by the one it has
	Touched map[string]bool   // blocks whose stored fingerprint may name something by its former name
	Renames []warehouse.Rename
	Tables  []string // that have another name, by the new one
}

// Of is the address that a block had; empty: it has not moved.
func (m *Moves) Of(address string) string {
	if m == nil {
		return ""
	}
	return m.From[address]
}

func (m *Moves) touched(address string) bool { return m != nil && m.Touched[address] }

// Relocate finds what has moved since it was applied, and rewrites the state as if everything had had its new name ever since:
// what compares, counts and guards then sees nothing but what changes besides. The caller shows the renames to the store.
// A move that was carried out already has nothing to move.
func Relocate(c *config.Config, s *state.State) (*Moves, diag.Diagnostics) {
	for address, definition := range s.LetGo {
		s.LetGo[address] = c.MovedDefinition(definition) // what it wrote into may have another name by the time it is to go
	}
	v := &mover{config: c, state: s, blocks: map[addr.Address]addr.Address{}}
	if ds := v.find(); len(v.blocks) == 0 || ds.HasErrors() {
		return nil, ds
	}
	m := &Moves{From: map[string]string{}, Touched: map[string]bool{}}
	for from, to := range v.blocks {
		m.From[to.String()] = from.String()
		m.Touched[to.String()] = true
		if a := s.Applied[from.String()]; from.Type == "segment" && a.Salt == "" {
			a.Salt = from.String() // a holdout's sides are told by the first address, whatever the segment is called
			s.Applied[from.String()] = a
		}
	}
	v.tables()
	for address, a := range s.Applied {
		if now := c.MovedDefinition(a.Definition); now != a.Definition {
			a.Definition = now
			s.Applied[address] = a
			if to := v.now(address); to != "" {
				address = to
			}
			m.Touched[address] = true
		}
	}
	serials := map[string]string{}
	for from, to := range v.blocks {
		if from.Type == "sync" {
			serials[activation.LedgerTable(from.Ident())] = activation.LedgerTable(to.Ident())
		}
	}
	m.Renames = s.Move(state.Moves{Blocks: v.blocks, Tables: v.sorted(), Serials: serials})
	for _, r := range v.renames {
		m.Tables = append(m.Tables, r.To.String())
	}
	slices.Sort(m.Tables)
	v.spread(m)
	return m, nil
}

type mover struct {
	config  *config.Config
	state   *state.State
	blocks  map[addr.Address]addr.Address
	renames map[string]*warehouse.Rename // by the name that the table has
}

func (v *mover) now(address string) string {
	if a, err := addr.Parse(address); err == nil {
		if to, ok := v.blocks[a]; ok {
			return to.String()
		}
	}
	return ""
}

// find pairs the addresses of blocks in force with those they have now.
func (v *mover) find() diag.Diagnostics {
	var ds diag.Diagnostics
	taken := map[addr.Address]addr.Address{}
	for _, address := range slices.Sorted(maps.Keys(v.state.Applied)) {
		from, err := addr.Parse(address)
		if err != nil {
			continue
		}
		to := v.config.Moved(from)
		if _, declared := v.config.Block(to); to == from || !declared {
			continue // what has moved and is gone since is a removal
		}
		_, there := v.state.Applied[to.String()]
		other, two := taken[to]
		if there || two {
			if there {
				other = to
			}
			at := v.at(from)
			ds = append(ds, diag.NewError("moved.taken", "Two blocks in force move to one", fmt.Sprintf(
				"%s cannot become %s: %s is in force as well, and two blocks cannot become one. Take the `moved` out: the plan shows %s removed then.", from, to, other, from), at).About(to.String()))
			continue
		}
		taken[to] = from
		v.blocks[from] = to
	}
	return ds
}

// at is the line of the move that begins at an address.
func (v *mover) at(from addr.Address) *diag.Range {
	for _, m := range v.config.Moves {
		if m.From.Type == from.Type && m.From.Name == from.Name {
			return &m.Range
		}
	}
	return nil
}

// tables finds what each moved block has in the warehouse.
func (v *mover) tables() {
	v.renames = map[string]*warehouse.Rename{}
	for from, to := range v.blocks {
		switch from.Type {
		case "source", "model":
			oldSchema, old, _ := from.Relation()
			newSchema, now, ok := to.Relation()
			if ok {
				v.rename(oldSchema, old, newSchema, now)
			}
		case "identity":
			v.identity(from, to)
		}
	}
	for from, to := range v.blocks {
		switch from.Type {
		case "trait":
			if id := v.identityOf(from); id != "" {
				v.table(id, "profiles").Columns[from.Ident()] = to.Ident()
			}
		case "segment":
			for _, name := range []string{"segments", "segment_history"} {
				if id := v.identityOf(from); id != "" {
					r := v.table(id, name)
					r.Labels = append(r.Labels, warehouse.Label{Columns: []string{"segment"}, Old: []string{from.Ident()}, New: []string{to.Ident()}})
				}
			}
		}
	}
}

// identity renames every table of an identity, and the column of its ids.
func (v *mover) identity(from, to addr.Address) {
	old, now := &config.Identity{Block: config.Block{Addr: from}}, &config.Identity{Block: config.Block{Addr: to}}
	ids := func(r *warehouse.Rename, columns []schema.Column) {
		for _, c := range columns {
			if c.Name == old.IDColumn() {
				r.Columns[old.IDColumn()] = now.IDColumn()
			}
		}
	}
	for name, columns := range v.state.Columns {
		if schemaName, table, ok := strings.Cut(name, "."); ok && schemaName == from.Ident() {
			ids(v.rename(schemaName, table, to.Ident(), table), columns)
		}
	}
	retired, then := identity.Tables(old).Retired, identity.Tables(now).Retired
	v.rename(retired.Schema, retired.Name, then.Schema, then.Name)
	table, history := segment.Tables(old)
	ids(v.table(to.Ident(), "segments"), table.Columns)
	ids(v.table(to.Ident(), "segment_history"), history.Columns)
}

// identityOf is the schema that the identity of a trait or segment has now.
func (v *mover) identityOf(a addr.Address) string {
	id, err := addr.Parse(referenceOf(v.state.Applied[a.String()].Definition, "of"))
	if err != nil {
		return ""
	}
	return v.config.Moved(id).Ident()
}

func (v *mover) rename(oldSchema, old, newSchema, now string) *warehouse.Rename {
	r := &warehouse.Rename{From: warehouse.Named(oldSchema, old), To: warehouse.Named(newSchema, now), Columns: map[string]string{}}
	v.renames[r.To.String()] = r
	return r
}

// table is the rename of a table by the name it has now; one that keeps its name has other columns or labels.
func (v *mover) table(schemaName, name string) *warehouse.Rename {
	if r := v.renames[schemaName+"."+name]; r != nil {
		return r
	}
	return v.rename(schemaName, name, schemaName, name)
}

func (v *mover) sorted() []warehouse.Rename {
	var out []warehouse.Rename
	for _, name := range slices.Sorted(maps.Keys(v.renames)) {
		out = append(out, *v.renames[name])
	}
	return out
}

// spread marks what follows a moved block: what it is compiled to may name the block, its tables or its columns, and the
// fingerprint that is stored is of the former name. Such a block is judged by its definition alone.
func (v *mover) spread(m *Moves) {
	for _, t := range v.config.Traits {
		if m.Touched[t.Addr.String()] {
			m.Touched[t.Of.Addr.String()] = true
		}
	}
	blocks := Blocks(v.config)
	for grown := true; grown; {
		grown = false
		for _, b := range blocks {
			for _, r := range b.DependsOn {
				if m.Touched[r.Addr.String()] && !m.Touched[b.Addr.String()] {
					m.Touched[b.Addr.String()], grown = true, true
				}
			}
		}
	}
}

// applied is a block as it is in force. A fingerprint of before a move is taken for what it would be now.
func (p *planner) applied(b *config.Block, fingerprint string) (state.Applied, bool) {
	address := b.Addr.String()
	applied, known := p.State.Applied[address]
	if known && p.Moves.touched(address) && applied.Definition == b.Definition && applied.Fingerprint != fingerprint {
		applied.Fingerprint = fingerprint
		p.State.Applied[address] = applied
	}
	return applied, known
}

// relocated reports whether a view must be made anew because it, or what it reads, is called otherwise now.
func (p *planner) relocated(addresses ...string) bool {
	if p.Moves == nil {
		return false
	}
	return slices.ContainsFunc(addresses, func(a string) bool { return p.Moves.Of(a) != "" })
}

// Due reports whether the step's own definition is a reason to compute: a name alone is none.
func (h *Head) Due() bool { return h.Action != None && h.Action != Move }

// relocate notes on a step that its block had another name.
func (p *planner) relocate(h *Head) {
	from := p.Moves.Of(h.Address)
	if from == "" {
		return
	}
	h.MovedFrom = from
	if h.Action == None {
		h.Action, h.Reason, h.Category, h.Detail = Move, ByDefinition, NonBreaking, "was "+from
		return
	}
	h.Detail = "was " + from + "; " + h.Detail
}
