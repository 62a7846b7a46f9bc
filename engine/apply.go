package engine

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
)

// Apply carries out a saved plan, or plans everything anew, asks, and carries that out. Nothing is done if a guard that
// nobody let through stands in the way.
func (p *Project) Apply(ctx context.Context, o ApplyOptions) (*Outcome, diag.Diagnostics) {
	defer phase(o.Listener, PhaseDone)
	m := making{refresh: plan.RefreshAll, target: slices.Sorted(slices.Values(o.Target)), allow: o.Allow, approvedBy: o.ApprovedBy, listener: o.Listener, warned: o.Warned}
	if o.File != "" {
		v, ds := p.openSaved(o)
		if ds.HasErrors() {
			return nil, ds
		}
		m.saved, m.refresh, m.target = v, v.Refresh, v.Target
		p.opts.AsOf = v.AsOf
	}
	return p.change(ctx, "apply", m, func(made *Plan, s *session) (bool, diag.Diagnostics) {
		if v := m.saved; v != nil {
			made.ID = v.ID // what is carried out is the plan that was approved, whatever was allowed or has moved since
			if ds := p.fits(v, made, s.state.Serials); ds.HasErrors() {
				return false, ds
			}
			if len(v.drift) > 0 && o.Drifted != nil {
				o.Drifted(v.drift)
			}
		}
		left := leftForNext(made)
		phase(o.Listener, PhaseDone)
		shown := time.Now()
		yes := o.Approve(made)
		p.asked += time.Since(shown)
		if ctx.Err() != nil {
			return false, interrupted("")
		}
		if !yes {
			return false, one(diag.NewError("apply.declined", "Nothing was done", "The plan was not approved.", nil))
		}
		return made.Totals().Blocked == 0, left
	})
}

// leftForNext tells of syncs that would have something to do now and had nothing in the approved plan.
func leftForNext(made *Plan) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, address := range made.Left {
		ds = append(ds, diag.NewWarning("plan.left", "Left for the next run", fmt.Sprintf(
			"The data moved, and %s has something to send now. The approved plan sent nothing there, so neither does this apply: the next run does.", address), nil).About(address))
	}
	return ds
}
