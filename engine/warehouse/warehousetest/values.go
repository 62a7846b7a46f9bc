package warehousetest

import (
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

// values publishes a row with a value of each type and reads it back, through the file.
func values(s *suite) {
	at := time.Date(2026, 6, 1, 12, 30, 15, 123456000, time.UTC)
	t := warehouse.Table{Schema: "s", Name: "every type", Columns: []schema.Column{
		column("bool", schema.Bool), column("int", schema.Int64), {Name: "decimal", Type: schema.Type{Kind: schema.Decimal, Precision: 38, Scale: 4}},
		column("double", schema.Double), column("order", schema.String), column("bytes", schema.Bytes), column("date", schema.Date),
		column("time", schema.Time), column("ts", schema.Timestamp), column("tz", schema.TimestampTZ), column(`js"on`, schema.JSON), column("null", schema.Null),
	}}
	rows := [][]any{
		{true, int64(1<<63 - 1), "1234567890123456789012345678901234.5678", 0.1, "naïve ☃ 'x' \"y\"", []byte{0, 255}, at, "12:30:15.5", at, at, `{"a":[1,null]}`, nil},
		{false, int64(-1 << 63), "-0.0001", -1e300, "", []byte{}, "1970-01-01", "00:00:00", time.Unix(0, 0), time.Unix(0, 0), `[]`, nil},
		{nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil, nil},
	}
	want := [][]string{
		{"true", "9223372036854775807", "1234567890123456789012345678901234.5678", "0.1", "naïve ☃ 'x' \"y\"", "\x00\xff", "2026-06-01T00:00:00Z", "12:30:15.500000", "2026-06-01T12:30:15.123456Z", "2026-06-01T12:30:15.123456Z", `{"a":[1,null]}`, ""},
		{"false", "-9223372036854775808", "-0.0001", "-1e+300", "", "", "1970-01-01T00:00:00Z", "00:00:00.000000", "1970-01-01T00:00:00Z", "1970-01-01T00:00:00Z", "[]", ""},
		{"", "", "", "", "", "", "", "", "", "", "", ""},
	}
	s.publish(warehouse.Delta{Table: t, Rows: rows})
	s.reopen()
	s.must(s.store.Declare(s.ctx, t))
	got, err := warehouse.Scan(s.ctx, s.store, statement(`SELECT * FROM "s"."every type"`), func(r warehouse.Row) ([]string, error) {
		out := make([]string, len(r))
		for i, v := range r {
			out[i] = warehouse.Text(v)
		}
		return out, nil
	})
	s.must(err)
	if diff := cmp.Diff(want, got); diff != "" {
		s.Error(diff)
	}
	reader, err := s.store.Read(s.ctx, statement(`SELECT * FROM "s"."every type"`))
	s.must(err)
	defer reader.Release()
	columns, err := schema.FromArrowSchema(reader.Schema())
	s.must(err)
	for i, c := range columns {
		if have := fmt.Sprint(c.Type); have != fmt.Sprint(t.Columns[i].Type) && t.Columns[i].Type.Kind != schema.Null {
			s.Errorf("column %s comes back as %s, was %s", c.Name, have, t.Columns[i].Type)
		}
	}
}
