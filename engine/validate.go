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
	ds := p.ready(ctx)
	if p.an != nil {
		ds = append(ds, p.compiles(ctx)...).Sort()
	}
	if ctx.Err() != nil { // what was stopped has no mistakes to tell
		return interrupted("")
	}
	return ds
}

// compiles checks all SQL and what blocks say of each other.
func (p *Project) compiles(ctx context.Context) diag.Diagnostics {
	known, end := p.remembered(ctx)
	defer end()
	_, ds := plan.Check(ctx, p.knownOf(known))
	return ds
}

// remembered reads the state of the warehouse if there is one and nobody is writing it; else nothing is known.
func (p *Project) remembered(ctx context.Context) (*state.State, func()) {
	nothing := func() {}
	if p.config.Settings.Warehouse.Path == "" {
		return nil, nothing // config has said so
	}
	if _, err := os.Stat(p.config.Settings.Warehouse.Abs); err != nil {
		return nil, nothing
	}
	s, done, err := p.shared(ctx, p.look)
	if err != nil {
		return nil, nothing
	}
	_ = p.relocate(ctx, s) // what is wrong with it, the plan says
	return s.state, done
}
