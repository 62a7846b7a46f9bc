package engine

import (
	"context"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
)

// relocate shows a session the warehouse under the names that `moved` blocks give, once.
func (p *Project) relocate(ctx context.Context, s *session) diag.Diagnostics {
	if s.moves != nil {
		return nil
	}
	moves, ds := plan.Relocate(p.config, s.state)
	if moves == nil || ds.HasErrors() {
		return ds
	}
	s.moves = moves
	return append(ds, p.Explain(s.store.Rename(ctx, moves.Renames...))...)
}
