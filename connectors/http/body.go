package http

import (
	"encoding/base64"
	"encoding/json"
	"math"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// bodyInput is what a body program sees of a batch.
func bodyInput(batch sdk.Batch, runID string) map[string]any {
	return map[string]any{
		"records": recordsInput(batch),
		"batch":   map[string]any{"id": batch.ID},
		"run":     map[string]any{"id": runID},
	}
}

func recordsInput(batch sdk.Batch) []any {
	records := make([]any, len(batch.Records))
	for i, r := range batch.Records {
		var customer any
		if r.CustomerID != "" {
			customer = r.CustomerID
		}
		records[i] = map[string]any{
			"key": fieldsInput(r.Key), "fields": fieldsInput(r.Fields), "customer_id": customer, "operation": string(batch.Op),
		}
	}
	return records
}

func fieldsInput(fields []sdk.Field) map[string]any {
	object := make(map[string]any, len(fields))
	for _, f := range fields {
		object[f.Name] = jsonField(f)
	}
	return object
}

// jsonField is a field as a value of jq.
func jsonField(f sdk.Field) any {
	switch v := f.Value.(type) {
	case nil, bool, string, json.Number:
		return v
	case int64:
		return int(v)
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return nil // JSON has no such number
		}
		return v
	case []byte:
		return base64.StdEncoding.EncodeToString(v)
	case time.Time:
		return instantText(f.Type, v)
	case json.RawMessage:
		if value, err := parseJSON(v); err == nil {
			return value
		}
		return string(v)
	}
	return nil
}

func instantText(t schema.Type, at time.Time) string {
	switch t.Kind {
	case schema.Date:
		return at.Format(time.DateOnly)
	case schema.Time:
		return at.Format("15:04:05.999999")
	case schema.Timestamp:
		return at.Format("2006-01-02T15:04:05.999999")
	}
	return at.UTC().Format(time.RFC3339Nano)
}
