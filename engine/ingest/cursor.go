package ingest

import (
	"context"
	"strconv"
	"time"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// newest is the newest cursor value of the load and of the one before, as canonical text.
func (c *computing) newest(ctx context.Context, in warehouse.Reader, since string) (string, error) {
	column, ok := schema.Find(c.agreed.tabled(), c.spec.Cursor)
	if !ok {
		return since, nil
	}
	data := c.step
	data.CursorType, data.Since = column.Type, since
	rows, err := statements.Rows(ctx, in, "newest", data)
	if err != nil || len(rows) == 0 {
		return since, err
	}
	return canonical(rows[0][0], column.Type), nil
}

// canonical is a cursor value as text that every engine casts back and every connector understands.
func canonical(v any, t schema.Type) string {
	switch v := v.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(v, 'g', -1, 64)
	case time.Time:
		switch t.Kind {
		case schema.Date:
			return v.Format(time.DateOnly)
		case schema.Timestamp:
			return v.Format("2006-01-02T15:04:05.999999")
		}
		return v.Format("2006-01-02T15:04:05.999999Z07:00")
	}
	return warehouse.Text(v)
}

// moment reads a cursor value as a time, if it is one.
func moment(value string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05.999999999", "2006-01-02 15:04:05.999999999Z07:00",
		"2006-01-02 15:04:05.999999999-07", time.DateOnly} {
		if t, err := time.Parse(layout, value); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}
