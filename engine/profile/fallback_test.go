package profile

import (
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
)

func TestCastable(t *testing.T) {
	for _, c := range []struct {
		literal string
		kind    schema.Kind
		want    bool
	}{
		{"0", schema.Int64, true}, {"-1.5", schema.Decimal, true}, {"'7'", schema.Int64, true}, {"true", schema.Int64, true},
		{"'x'", schema.Int64, false}, {"'none'", schema.Double, false}, {"''", schema.Decimal, false},
		{"false", schema.Bool, true}, {"0", schema.Bool, true}, {"'no'", schema.Bool, true}, {"'maybe'", schema.Bool, false},
		{"'2026-01-31'", schema.Date, true}, {"'2026-01-31 10:00:00'", schema.Timestamp, true}, {"'epoch'", schema.TimestampTZ, true},
		{"0", schema.Date, false}, {"'2026-02-30'", schema.Date, false}, {"'never'", schema.Timestamp, false}, {"true", schema.Timestamp, false},
		{"'x'", schema.String, true}, {"5", schema.String, true}, {"'x'", schema.Null, true},
	} {
		if got := castable(c.literal, schema.Type{Kind: c.kind}); got != c.want {
			t.Errorf("%s as %s: %v", c.literal, schema.Type{Kind: c.kind}, got)
		}
	}
}
