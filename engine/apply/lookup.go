package apply

import (
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/plan"
)

// block finds a block of the config by its address.
func (a *applier) block(address string) *config.Block {
	for _, b := range plan.Blocks(a.Config) {
		if b.Addr.String() == address {
			return b
		}
	}
	return &config.Block{}
}

// reads are the addresses a block takes its data from.
func (a *applier) reads(address string) []string {
	var out []string
	for _, r := range a.block(address).DependsOn {
		out = append(out, r.Addr.String())
	}
	return out
}

func destination(c *config.Config, s *config.Sync) *config.Destination {
	for _, d := range c.Destinations {
		if d.Addr == s.Destination.Addr {
			return d
		}
	}
	return nil
}
