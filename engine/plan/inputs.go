package plan

import (
	"slices"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
)

// Inputs are the tables of sources and models that the acting blocks of a plan read, directly or through others, sorted:
// only these make a plan stale when they move.
func (p *Plan) Inputs(c *config.Config) []string {
	reads := map[addr.Address][]addr.Address{}
	for _, b := range Blocks(c) {
		for _, r := range b.DependsOn {
			reads[b.Addr] = append(reads[b.Addr], r.Addr)
		}
	}
	for _, t := range c.Traits { // a profile has all traits of its identity
		reads[t.Of.Addr] = append(reads[t.Of.Addr], t.Addr)
	}
	seen := map[addr.Address]bool{}
	var tables []string
	var visit func(a addr.Address)
	visit = func(a addr.Address) {
		if seen[a] {
			return
		}
		seen[a] = true
		if schemaName, name, ok := a.Relation(); ok && (a.Type == "source" || a.Type == "model") {
			tables = append(tables, schemaName+"."+name)
		}
		for _, r := range reads[a] {
			visit(r)
		}
	}
	for _, s := range p.Steps {
		if a, err := addr.Parse(s.Base().Address); err == nil && acting(s) {
			visit(a)
		}
	}
	slices.Sort(tables)
	return tables
}

// Moved are the tables a plan read that were changed by commits since.
func (p *Plan) Moved(c *config.Config, serials map[string]int64) []string {
	var out []string
	for _, table := range p.Inputs(c) {
		if serials[table] != p.Pins.Tables[table] {
			out = append(out, table)
		}
	}
	return out
}
