package activation

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Sample is one operation that a computation found. What it holds is personal: it is shown to who asks for it, and kept
// nowhere.
type Sample struct {
	Action string  // add, update, append, leave
	Key    string  // canonical JSON, as in the ledger
	Fields []Value // those that are sent, null where emptied: of an update, the ones that are other than what the tool has
}

// Samples are the first few operations of each kind of a sync that Compute has just computed.
func Samples(ctx context.Context, store warehouse.Store, spec *Spec, most int) ([]Sample, error) {
	v := newView(spec)
	data := struct {
		*view
		Most    int64
		Shown   []column
		Compare bool // it is known what the tool has of each field
	}{v, int64(most), v.Compared, v.Compared != nil}
	if !data.Compare {
		data.Shown = aliased(v.FieldColumns, "w")
	}
	var out []Sample
	err := statements.Each(ctx, store, "samples", data, func(r warehouse.Row) error {
		one := Sample{Action: warehouse.Text(r[0]), Key: warehouse.Text(r[1])}
		for i, c := range data.Shown {
			if sent := r[3+2*i]; sent == true {
				one.Fields = append(one.Fields, Value{Name: c.Name, Value: r[2+2*i], Hashed: c.Hash != nil})
			}
		}
		out = append(out, one)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("taking samples of %s: %w", spec.Address, err)
	}
	return out, nil
}
