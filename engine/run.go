package engine

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
)

// Run is the cadence of the applied config: nothing is asked, and what a guard blocks stops only what follows it.
func (p *Project) Run(ctx context.Context, o RunOptions) (*Outcome, diag.Diagnostics) {
	defer phase(o.Listener, PhaseDone)
	m := making{refresh: plan.RefreshAll, allow: o.Allow, selected: o.Select, tolerant: true, listener: o.Listener}
	return p.change(ctx, "run", m, func(made *Plan, _ *session) (bool, diag.Diagnostics) { return !made.Stopped(), nil })
}

// inForce refuses to run config that was not applied.
func (p *Project) inForce(_ context.Context, s *session, run state.Run, _ *making) diag.Diagnostics {
	if run.Command != "run" {
		return nil
	}
	differs := plan.Unapplied(p.config, s.state)
	if len(differs) == 0 {
		return nil
	}
	list := ""
	for i, a := range differs {
		if i == 5 {
			list += fmt.Sprintf(" and %d more", len(differs)-i)
			break
		}
		if i > 0 {
			list += ", "
		}
		list += a
	}
	return one(diag.NewError("run.not_applied", "The config was not applied yet",
		"run carries out what was applied, and the code says something else: "+list+". Look at it with `cdp plan`, then `cdp apply`.", nil))
}
