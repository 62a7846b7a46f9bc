package engine

import (
	"context"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
)

// samplesMost is how many operations of each kind a plan shows as samples.
const samplesMost = 3

// samples gives a plan a few operations of each sync, to look at. They are part of no file.
func (p *Project) samples(ctx context.Context, s *session, made *Plan, got *plan.Computed) diag.Diagnostics {
	for _, step := range made.Steps {
		y, ok := step.(*plan.SyncStep)
		r := got.Syncs[step.Base().Address]
		if !ok || r == nil || y.Operations == 0 {
			continue
		}
		var err error
		if y.Samples, err = activation.Samples(ctx, s.store, r.Spec, samplesMost); err != nil {
			return p.Explain(err)
		}
	}
	return nil
}
