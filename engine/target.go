package engine

import (
	"fmt"
	"slices"

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
	var ds diag.Diagnostics
	var wanted []addr.Address
	for _, text := range addresses {
		a, err := addr.Parse(text)
		switch {
		case err != nil:
			ds = append(ds, diag.NewError("cli.target", "Not an address", sentence(err.Error()), nil))
		case !slices.Contains(p.names(), a.String()):
			ds = append(ds, diag.NewError("cli.target", "No such block", fmt.Sprintf("--target names %s, and the project has no such block.%s", text, diag.Suggest(text, p.names())), nil))
		default:
			wanted = append(wanted, a)
		}
	}
	if ds.HasErrors() {
		return nil, ds
	}
	needed := plan.Needed(p.config, wanted...)
	return func(a addr.Address) bool { return needed[a] }, nil
}
