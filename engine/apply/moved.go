package apply

import (
	"maps"
	"slices"

	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// relocate gives what has moved its new name, in one transaction with the record of it, before anything else is
// published: whatever happens after, the new names are in force. Views are made anew with it, for they name tables.
func (a *applier) relocate() error {
	if a.Moves == nil {
		return nil
	}
	var gone []string
	var kept []state.Applied
	for _, to := range slices.Sorted(maps.Keys(a.Moves.From)) {
		gone = append(gone, a.Moves.From[to])
	}
	for _, address := range slices.Sorted(maps.Keys(a.Moves.Touched)) {
		if block, ok := a.State.Applied[address]; ok {
			kept = append(kept, block)
		}
	}
	p := warehouse.Publication{Renames: a.Moves.Renames, Deltas: append(a.State.RemoveApplied(gone...), a.State.SetApplied(kept...)...)}
	for _, step := range a.plan.Steps {
		if r := a.got.Models[step.Base().Address]; r != nil && step.Base().Action != plan.Create {
			for _, d := range r.Deltas {
				if d.View != "" {
					p.Deltas = append(p.Deltas, d)
				}
			}
		}
	}
	p.Deltas = append(p.Deltas, a.State.Commit(a.Run, "moved", a.Moves.Tables...)...)
	return a.Store.Publish(a.ctx, p)
}
