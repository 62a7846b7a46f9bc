package engine

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/cdp-engine/cdp/engine/addr"
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

// movedBeside refuses a targeted plan where something beside the target has another name: renames are carried out together,
// and what a plan does not show it must not do.
func movedBeside(m making, moves *plan.Moves, selected func(addr.Address) bool) diag.Diagnostics {
	if len(m.target) == 0 || moves == nil {
		return nil
	}
	for _, to := range slices.Sorted(maps.Keys(moves.From)) {
		if a, err := addr.Parse(to); err == nil && selected != nil && !selected(a) {
			return one(diag.NewError("cli.target_moved", "Something else was renamed", fmt.Sprintf(
				"%s was %s, and is no part of the target. Carry the renames out first, without --target; then plan the target.", to, moves.From[to]), nil).About(to))
		}
	}
	return nil
}
