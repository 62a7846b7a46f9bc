package plan

import (
	"slices"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/state"
)

// Unapplied lists the blocks whose definition is another than the one in force, in order.
func Unapplied(c *config.Config, s *state.State) []string {
	var out []string
	now := map[string]bool{}
	for _, b := range Blocks(c) {
		address := b.Addr.String()
		now[address] = true
		if applied, ok := s.Applied[address]; !ok || applied.Definition != b.Definition {
			out = append(out, address)
		}
	}
	for _, address := range goneFrom(c, s, func(address string) bool { return now[address] }) {
		if s.Applied[address].Fingerprint != state.Leaving { // what is being taken out goes on being so
			out = append(out, address)
		}
	}
	slices.Sort(out)
	return out
}

// Blocks are all blocks that are applied: streams, models, identities, traits, segments, destinations, syncs.
func Blocks(c *config.Config) []*config.Block {
	var out []*config.Block
	for _, s := range c.Sources {
		for _, stream := range s.Streams {
			out = append(out, &stream.Block)
		}
	}
	for _, b := range c.Models {
		out = append(out, &b.Block)
	}
	for _, b := range c.Identities {
		out = append(out, &b.Block)
	}
	for _, b := range c.Traits {
		out = append(out, &b.Block)
	}
	for _, b := range c.Segments {
		out = append(out, &b.Block)
	}
	for _, b := range c.Destinations {
		out = append(out, &b.Block)
	}
	for _, b := range c.Syncs {
		out = append(out, &b.Block)
	}
	return out
}
