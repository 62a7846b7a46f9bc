package model

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Publish makes a model's change visible, together with what else the caller hands over.
func Publish(ctx context.Context, store warehouse.Publisher, st *state.State, run state.Run, r *Result, with ...warehouse.Delta) error {
	deltas := append([]warehouse.Delta{}, r.Deltas...)
	var tables []string
	if len(deltas) > 0 {
		tables = append(tables, r.Table.String())
	}
	deltas = append(deltas, st.Commit(run, r.Address, tables...)...)
	deltas = append(deltas, with...)
	if err := store.Publish(ctx, warehouse.Publication{Deltas: deltas}); err != nil {
		return fmt.Errorf("publishing %s: %w", r.Address, err)
	}
	return nil
}
