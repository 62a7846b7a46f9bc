package http

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// Readback reads what the tool has, all pages.
func (d *destination) Readback(ctx context.Context, req sdk.ReadbackRequest, yield func(sdk.ReadbackRecord) error) error {
	s, o, err := d.open(req.Call, req.Object)
	if err != nil {
		return err
	}
	if o.readback == nil {
		return &sdk.Failure{Kind: sdk.FailurePermanent, Message: fmt.Sprintf("the object %q declares no readback", o.name)}
	}
	keys := newKeyReader(req.Key)
	// A page is tried once more here; beyond that the host's budget for the destination decides.
	w := &walk{session: s, budget: budget{attempts: min(s.budget.attempts, 2), patience: s.budget.patience}, target: o.readback}
	return w.run(ctx, o.readback, func(page, number int, _ []byte, record any) error {
		found, err := readbackRecord(keys, record)
		if err != nil {
			return &sdk.Failure{Kind: sdk.FailureConfig, Code: "program", Path: []string{"object", o.name, "readback", "0", "records"},
				Message: fmt.Sprintf("readback of %q, %s: %s", o.name, place(page, number), err),
				Detail:  "records gives {key, fields} for each record; key is an object with the object's key names, or the plain value of a key with one name."}
		}
		return yield(found)
	})
}

func readbackRecord(keys keyReader, record any) (sdk.ReadbackRecord, error) {
	given, ok := record.(map[string]any)
	if !ok {
		return sdk.ReadbackRecord{}, fmt.Errorf("a record is not an object")
	}
	values, err := keys.values(given["key"])
	if err != nil {
		return sdk.ReadbackRecord{}, err
	}
	fields := given["fields"]
	if fields == nil {
		fields = map[string]any{}
	}
	if _, ok := fields.(map[string]any); !ok {
		return sdk.ReadbackRecord{}, fmt.Errorf("fields is not an object")
	}
	return sdk.ReadbackRecord{ID: keys.json(values), Fields: json.RawMessage(toJSON(fields))}, nil
}
