package config

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/zclconf/go-cty/cty"
)

var removedSpec = &blockSpec{
	doc: "A block is gone from the code: what becomes of what it left behind.",
	args: []arg{
		{name: "from", kind: kindRaw, required: true, doc: "The address it had: sync.vips_crm."},
		{name: "destroy", typ: cty.Bool, doc: "Take a sync's records out of its tool; drop the tables of a source, model or identity. Default false: they stay."},
	},
}

// Removed says what becomes of what a block left that is no longer declared.
type Removed struct {
	From    addr.Address
	Destroy bool
	Range   diag.Range

	from target
}

// Covers reports whether a block that is gone is meant.
func (r *Removed) Covers(a addr.Address) bool { return r.from.covers(a) }

// Destroys finds the removed block that tells to destroy what a block left; nil: it stays.
func (c *Config) Destroys(a addr.Address) *Removed {
	for _, r := range c.Removed {
		if r.Destroy && r.Covers(a) {
			return r
		}
	}
	return nil
}

func (l *loader) readRemoved() {
	for _, syntax := range l.blocks["removed"] {
		b := l.block(syntax, l.full, removedSpec, "")
		destroy := b.bool("destroy", false)
		from, ok := b.target("from")
		if !ok || l.undeterminable(from) {
			continue
		}
		if l.declared(from) {
			b.err("removed.still_declared", "Removed block is still declared", fmt.Sprintf("%s is still in the code. Take its block out as well, or this one.", from.Address), &from.at)
			continue
		}
		if m := moveFrom(l.cfg.Moves, from.Address); m != nil {
			b.err("removed.moved", "Removed block has moved", fmt.Sprintf("%s is now %s (line %d of %s), so it is not removed. Take one of the two out.", from.Address, m.To, m.Range.Start.Line, m.Range.File), &from.at)
			continue
		}
		for _, other := range l.cfg.Removed {
			if other.From == from.Address {
				b.err("removed.twice", "Removed twice", fmt.Sprintf("There is a `removed` of %s already, on line %d of %s.", from.Address, other.Range.Start.Line, other.Range.File), &from.at)
				ok = false
			}
		}
		if ok {
			l.cfg.Removed = append(l.cfg.Removed, &Removed{From: from.Address, Destroy: destroy, Range: *b.header, from: from})
		}
	}
}
