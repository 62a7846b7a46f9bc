package activation

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Sample is one operation that a computation found. Key is personal: it is shown to who asks for it, and kept nowhere.
type Sample struct {
	Action string // add, update, append, leave
	Key    string // canonical JSON, as in the ledger
}

// Samples are the first few operations of each kind of a sync that Compute has just computed.
func Samples(ctx context.Context, store warehouse.Store, spec *Spec, most int) ([]Sample, error) {
	data := struct {
		*view
		Most int64
	}{newView(spec), int64(most)}
	var out []Sample
	err := statements.Each(ctx, store, "samples", data, func(r warehouse.Row) error {
		out = append(out, Sample{Action: warehouse.Text(r[0]), Key: warehouse.Text(r[1])})
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("taking samples of %s: %w", spec.Address, err)
	}
	return out, nil
}
