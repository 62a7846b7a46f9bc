package activation

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Waiting are the ledger's rows of a sync that wait for another try, by status.
// Absent are updates that found no record: somebody may have put it there since.
type Waiting struct{ Pending, Rejected, Unknown, Absent int64 }

// Any reports whether something waits, under the sync's rule for rejected records.
func (w Waiting) Any(retry string) bool {
	return w.Pending+w.Unknown+w.Absent > 0 || (w.Rejected > 0 && (retry == "" || retry == "each_run"))
}

// Wait counts what waits in the ledger: a sync with such rows is computed though nothing else changed.
func Wait(ctx context.Context, store warehouse.Store, sync string) (Waiting, error) {
	var w Waiting
	if err := store.Declare(ctx, state.Ledger); err != nil {
		return w, fmt.Errorf("declaring the ledger: %w", err)
	}
	err := statements.Each(ctx, store, "waiting", map[string]any{"Ledger": state.Ledger.Was(), "Sync": sync}, func(row warehouse.Row) error {
		n, _ := warehouse.Int(row[1])
		switch warehouse.Text(row[0]) {
		case "pending":
			w.Pending = n
		case "rejected":
			w.Rejected = n
		case "unknown":
			w.Unknown = n
		case "absent":
			w.Absent = n
		}
		return nil
	})
	if err != nil {
		return w, fmt.Errorf("counting what waits: %w", err)
	}
	return w, nil
}
