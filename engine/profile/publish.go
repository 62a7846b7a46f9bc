package profile

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Publish makes the profiles visible, together with what else belongs to the same transaction.
func Publish(ctx context.Context, to warehouse.Publisher, st *state.State, run state.Run, result *Result, with ...warehouse.Delta) error {
	p := warehouse.Publication{Deltas: append(append([]warehouse.Delta{}, result.Deltas...), with...)}
	p.Deltas = append(p.Deltas, st.Commit(run, result.Spec.Identity.Addr.String(), result.Spec.Table.String(), result.Spec.Provenance.String())...)
	if err := to.Publish(ctx, p); err != nil {
		return fmt.Errorf("publishing profiles: %w", err)
	}
	return nil
}
