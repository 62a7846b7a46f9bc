package plan

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
)

// unreasoned tells guards that let through more than they do by default and don't say why: who reads the plan of it later
// can't know whether that was meant.
func unreasoned(c *config.Config) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, b := range c.Blocks() {
		for _, g := range b.Guards {
			if g.Reason != "" {
				continue
			}
			if l, ok := guard.Of(g.Name, []config.Guard{g}); ok && l.Loosened {
				at := g.Range
				ds = append(ds, diag.NewError("config.guard_reason", "Guard is loosened without a reason", fmt.Sprintf(
					"%s lets more through here than by default (%s). Say why, for those who approve plans of it: reason = \"…\" in this guard block.", g.Name, usual(g.Name)), &at).
					About(b.Addr.String()).Inside(fmt.Sprintf("%s %q", b.Addr.Type, b.Addr.Ident())))
			}
		}
	}
	return ds
}

// usual is a guard's default in words.
func usual(name string) string {
	d := guard.Defaults[name]
	if d.Limit == 0 {
		return "true"
	}
	return fmt.Sprintf("%g, above %d rows", d.Limit, d.Floor)
}

// Overrides are what got through only because a block's own limit says so, a line each: address, guard and reason.
func (p *Plan) Overrides() []string {
	var out []string
	for _, s := range p.Steps {
		for _, v := range s.Base().Guards {
			if v.Override {
				out = append(out, v.Address+" "+v.Name+": "+v.Reason)
			}
		}
	}
	return out
}
