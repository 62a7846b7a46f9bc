package http

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"pgregory.net/rapid"
)

// What is written straight from the records is what the jq program gives, to the byte.
func TestUsualBodiesAreWhatJqGives(t *testing.T) {
	programs := []string{"{contacts: [.records[] | .key + .fields]}", "[.records[]|.fields+.key]", "{ \"x\" : [ .records[] | .key ] }", "[.records[] | .fields]"}
	others := []string{"{contacts: [.records[] | .key * .fields]}", "{contacts: [.records[] | .key + .fields], n: 1}", "[.records[] | .key + .fields", "{a: [.records[] | .key] }, 1", "{(\"a\"): [.records[] | .key]}"}
	for _, text := range others {
		if shapeOf(text) != nil {
			t.Errorf("%s is taken for the usual", text)
		}
	}
	value := rapid.OneOf(
		rapid.Just[any](nil), rapid.Map(rapid.Bool(), func(b bool) any { return b }), rapid.Map(rapid.Int64(), func(n int64) any { return n }),
		rapid.Map(rapid.String(), func(s string) any { return s }), rapid.Map(rapid.Float64(), func(f float64) any { return f }),
		rapid.SampledFrom([]any{json.Number("150.00"), json.Number("-12345678901234567890.10"), json.RawMessage(`{"b": [1, 2.50], "a": null}`),
			[]byte("bytes"), time.Date(2026, 1, 2, 3, 4, 5, 600000, time.UTC), "quote \" and \\ and \x7f é", "\xff"}),
	)
	names := rapid.SampledFrom([]string{"email", "a", "Z", "né", "with \"quote\"", "ltv", "tags"})
	field := rapid.Custom(func(t *rapid.T) sdk.Field {
		return sdk.Field{Name: names.Draw(t, "name"), Type: schema.Type{Kind: schema.TimestampTZ}, Value: value.Draw(t, "value")}
	})
	fields := rapid.SliceOfNDistinct(field, 0, 5, func(f sdk.Field) string { return f.Name })
	for _, text := range programs {
		usual := shapeOf(text)
		if usual == nil {
			t.Fatalf("%s is not recognised", text)
		}
		general, err := compile(text)
		if err != nil {
			t.Fatal(err)
		}
		rapid.Check(t, func(t *rapid.T) {
			batch := sdk.Batch{ID: "b", Op: "upsert"}
			for range rapid.IntRange(0, 4).Draw(t, "records") {
				batch.Records = append(batch.Records, sdk.Record{Key: fields.Draw(t, "key"), Fields: fields.Draw(t, "fields")})
			}
			want, err := general.first(context.Background(), bodyInput(batch, "r"))
			if err != nil {
				t.Fatal(err)
			}
			if got := string(usual.body(batch)); got != toJSON(want) {
				t.Fatalf("%s\n got %s\nwant %s", text, got, toJSON(want))
			}
		})
	}
}
