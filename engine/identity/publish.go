package identity

import (
	"context"
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Publish makes what a computation found visible, together with what else belongs to the same transaction.
func Publish(ctx context.Context, store warehouse.Publisher, st *state.State, run state.Run, r *Result, with ...warehouse.Delta) error {
	p := warehouse.Publication{Deltas: append([]warehouse.Delta{}, with...)}
	var tables []string
	for _, d := range r.Deltas {
		d.Fill = map[string]any{"run_id": run.ID, "happened_at": run.StartedAt, "since_run": run.ID}
		p.Deltas = append(p.Deltas, d)
		tables = append(tables, d.Table.String())
	}
	for _, t := range Tables(r.Spec.Identity).All() {
		if _, there := st.Tables[t.String()]; !there && !slices.Contains(tables, t.String()) {
			p.Deltas = append(p.Deltas, warehouse.Delta{Table: t}) // empty, but there to be asked
			st.Tables[t.String()] = false
		}
	}
	if len(tables) > 0 {
		p.Deltas = append(p.Deltas, st.Commit(run, r.Spec.Identity.Addr.String(), tables...)...)
	}
	if err := store.Publish(ctx, p); err != nil {
		return fmt.Errorf("publishing %s: %w", r.Spec.Identity.Addr, err)
	}
	return nil
}
