package apply

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// farewell makes ready to take out of its tool what a removed sync put there; false: there is nothing. Until all of it is
// out the sync stays in force, as one that leaves: the next run goes on.
func (a *applier) farewell(s *plan.RemovalStep) (bool, error) {
	r := a.got.Syncs[s.Address]
	if r == nil || !r.Changed() {
		return false, nil
	}
	if err := a.enqueue(r); err != nil {
		return false, err
	}
	block, ok := a.State.Applied[s.Address]
	if !ok { // it was let go before
		block = state.Applied{Address: s.Address, Definition: a.State.Definition(s.Address), ConfigDigest: a.Run.ConfigDigest, AppliedRun: a.Run.ID}
	}
	block.Fingerprint, block.AsOf = state.Leaving, a.Run.AsOf
	a.inForce = append(a.inForce, block)
	if a.leaving == nil {
		a.leaving = map[string]bool{}
	}
	a.leaving[s.Address] = true
	return true, nil
}

// left takes removed syncs out of force whose records are all out.
func (a *applier) left() {
	var gone []string
	for _, r := range a.report.Results {
		_, rejected := r.Counts.Get("rejected")
		if a.leaving[r.Address] && r.Status == Done && rejected && r.Counts.N("rejected") == 0 {
			gone = append(gone, r.Address)
		}
	}
	if len(gone) == 0 {
		return
	}
	slices.Sort(gone)
	if err := a.Store.Publish(a.ctx, warehouse.Publication{Deltas: a.State.RemoveApplied(gone...)}); err != nil {
		a.fail(&plan.Head{Address: "cdp", Action: plan.Change}, fmt.Errorf("recording what is no longer applied: %w", err))
	}
}

// drop drops the tables of a removed block.
func (a *applier) drop(s *plan.RemovalStep) error {
	if len(s.Drops) == 0 {
		return nil
	}
	var deltas []warehouse.Delta
	for _, table := range s.Drops {
		schemaName, name, _ := strings.Cut(table, ".")
		deltas = append(deltas, warehouse.Delta{Table: warehouse.Named(schemaName, name), Drop: true})
	}
	if _, ok := a.State.Cursors[s.Address]; ok {
		deltas = append(deltas, a.State.RemoveCursor(s.Address)...)
	}
	deltas = append(deltas, a.State.Commit(a.Run, s.Address, s.Drops...)...)
	return a.Store.Publish(a.ctx, warehouse.Publication{Deltas: deltas})
}
