package plan

import (
	"slices"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
)

// Inputs are the tables of sources and models that the acting blocks of a plan read, directly or through others, sorted:
// only these make a plan stale when they move.
func (p *Plan) Inputs(c *config.Config) []string {
	var from []addr.Address
	for _, s := range p.Steps {
		if a, err := addr.Parse(s.Base().Address); err == nil && acting(s) {
			from = append(from, a)
		}
	}
	var tables []string
	for a := range Needed(c, from...) {
		if schemaName, name, ok := a.Relation(); ok && a.Type != "identity" {
			tables = append(tables, schemaName+"."+name)
		}
	}
	slices.Sort(tables)
	return tables
}

// Needed are blocks and all that they read, directly or through others. A source needs its streams.
func Needed(c *config.Config, from ...addr.Address) map[addr.Address]bool {
	reads := map[addr.Address][]addr.Address{}
	for _, b := range Blocks(c) {
		for _, r := range b.DependsOn {
			reads[b.Addr] = append(reads[b.Addr], r.Addr)
		}
	}
	for _, s := range c.Sources {
		for _, stream := range s.Streams {
			reads[s.Addr] = append(reads[s.Addr], stream.Addr)
		}
	}
	for _, t := range c.Traits { // a profile has all traits of its identity
		reads[t.Of.Addr] = append(reads[t.Of.Addr], t.Addr)
	}
	needed := map[addr.Address]bool{}
	for len(from) > 0 {
		a := from[0]
		from = from[1:]
		if !needed[a] {
			needed[a] = true
			from = append(from, reads[a]...)
		}
	}
	return needed
}

// Moved are the tables a plan read that were changed by commits since. begun: the plan's own apply has begun and was cut off,
// so that a table which the plan itself writes may have been changed by nobody else.
func (p *Plan) Moved(c *config.Config, serials map[string]int64, begun bool) []string {
	own := map[string]bool{}
	for _, s := range p.Steps {
		a, err := addr.Parse(s.Base().Address)
		if err != nil || !begun || !acting(s) {
			continue
		}
		if schemaName, name, ok := a.Relation(); ok {
			own[schemaName+"."+name] = true
		}
	}
	var out []string
	for _, table := range p.Inputs(c) {
		if !own[table] && serials[table] != p.Pins.Tables[table] {
			out = append(out, table)
		}
	}
	return out
}
