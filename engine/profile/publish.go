package profile

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Publish makes the profiles visible, together with what else belongs to the same transaction.
func Publish(ctx context.Context, store warehouse.Publisher, st *state.State, run state.Run, r *Result, with ...warehouse.Delta) error {
	p := warehouse.Publication{Deltas: append(append([]warehouse.Delta{}, r.Deltas...), with...)}
	p.Deltas = append(p.Deltas, st.Commit(run, r.Spec.Identity.Addr.String(), r.Spec.Table.String(), r.Spec.Provenance.String())...)
	if err := store.Publish(ctx, p); err != nil {
		return fmt.Errorf("publishing profiles: %w", err)
	}
	return nil
}
