package apply

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/plan"
)

// byAddress are the blocks of a config by their addresses.
func byAddress(c *config.Config) map[string]*config.Block {
	out := map[string]*config.Block{}
	for _, b := range plan.Blocks(c) {
		out[b.Addr.String()] = b
	}
	return out
}

// known makes sure that a step is of a block of the config: a plan is made from it. A removal's is gone.
func (a *applier) known(step plan.Step) error {
	if _, gone := step.(*plan.RemovalStep); gone || a.blocks[step.Base().Address] != nil {
		return nil
	}
	return fmt.Errorf("the plan has a step of %s, which the config has not", step.Base().Address) // told as a bug of ours
}

// block is the block of a step; see known.
func (a *applier) block(address string) *config.Block { return a.blocks[address] }

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
