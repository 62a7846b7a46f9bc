package engine

import (
	"context"
	"os"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
)

// Validate checks everything that needs no data and no network, against the columns that earlier loads found.
func (p *Project) Validate(ctx context.Context) diag.Diagnostics {
	ds := p.prepare(ctx)
	if p.an == nil {
		return ds
	}
	known, end := p.remembered(ctx)
	defer end()
	_, more := plan.Check(ctx, p.knownOf(known))
	return append(ds, more...)
}

// remembered reads the state of the warehouse if there is one and nobody is writing it; else nothing is known.
func (p *Project) remembered(ctx context.Context) (*state.State, func()) {
	nothing := func() {}
	if _, err := os.Stat(p.config.Settings.Warehouse.Abs); err != nil {
		return nil, nothing
	}
	release, err := p.lock(ctx, state.Shared)
	if err != nil {
		return nil, nothing
	}
	s, err := p.session(ctx)
	if err != nil {
		release()
		return nil, nothing
	}
	_ = p.relocate(ctx, s) // what is wrong with it, the plan says
	return s.state, func() { s.close(); release() }
}
