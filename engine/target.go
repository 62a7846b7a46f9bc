package engine

import (
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
)

// targets is the function of --target: the blocks named, and what they read, directly or through others. A source stands for
// its streams.
func (p *Project) targets(addresses []string) (func(addr.Address) bool, diag.Diagnostics) {
	if len(addresses) == 0 {
		return nil, nil
	}
	wanted, ds := p.named("--target", addresses, diag.NewError("cli.target", "Not an address", "", nil), diag.NewError("cli.target", "No such block", "", nil))
	if ds.HasErrors() {
		return nil, ds
	}
	needed := plan.Needed(p.config, wanted...)
	return func(a addr.Address) bool { return needed[a] }, nil
}
