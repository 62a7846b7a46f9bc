package segment

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Publish makes one segment's membership and history visible, together with what else belongs to the same transaction.
func Publish(ctx context.Context, store warehouse.Publisher, st *state.State, run state.Run, r *Result, with ...warehouse.Delta) error {
	table, history := Tables(r.Identity)
	p := warehouse.Publication{Deltas: append([]warehouse.Delta{}, with...)}
	for _, d := range r.Deltas {
		d.Fill = map[string]any{"run_id": run.ID, "happened_at": run.StartedAt, "entered_run": run.ID, "entered_at": run.StartedAt}
		p.Deltas = append(p.Deltas, d)
	}
	if len(r.Deltas) > 0 {
		p.Deltas = append(p.Deltas, st.Commit(run, address(r), table.String(), history.String())...)
	}
	if err := store.Publish(ctx, p); err != nil {
		return fmt.Errorf("publishing %s: %w", address(r), err)
	}
	return nil
}

func address(r *Result) string {
	if r.Spec.Segment == nil {
		return r.Identity.Addr.String()
	}
	return r.Spec.Segment.Addr.String()
}
