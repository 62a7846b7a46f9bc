package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// arriving is a column of a batch stream and how it becomes a column of a table.
type arriving struct {
	schema.Column
	Nested bool // a list or struct, which becomes JSON
}

func incoming(s *arrow.Schema) ([]arriving, error) {
	columns, err := schema.FromArrowSchema(s)
	if err != nil {
		return nil, err
	}
	out := make([]arriving, len(columns))
	for i, c := range columns {
		_, nested := s.Field(i).Type.(arrow.NestedType)
		out[i] = arriving{Column: c, Nested: nested}
	}
	return out, nil
}

// list is a column of rows given from Go, bound as one value: texts, which SQL casts, or bytes.
type list struct {
	schema.Column
	Binary bool
	Values any
}

// texts is a list of texts with nulls.
type texts []*string

// rowsAtOnce bounds what one statement binds.
const rowsAtOnce = 5000

// inLists calls fn with the rows as lists, some thousand rows at a time.
func inLists(columns []schema.Column, rows [][]any, fn func([]list) error) error {
	for len(rows) > 0 {
		n := min(len(rows), rowsAtOnce)
		lists, err := listsOf(columns, rows[:n])
		if err != nil {
			return err
		}
		if err := fn(lists); err != nil {
			return err
		}
		rows = rows[n:]
	}
	return nil
}

func listsOf(columns []schema.Column, rows [][]any) ([]list, error) {
	out := make([]list, len(columns))
	for _, row := range rows {
		if len(row) != len(columns) {
			return nil, fmt.Errorf("a row of %d values for %d columns", len(row), len(columns))
		}
	}
	for i, c := range columns {
		out[i] = list{Column: c, Binary: c.Type.Kind == schema.Bytes}
		values, blobs := make(texts, len(rows)), make([][]byte, len(rows))
		for n, row := range rows {
			text, null, err := textOf(row[i])
			if err != nil {
				return nil, fmt.Errorf("column %s: %w", c.Name, err)
			}
			if !null {
				values[n], blobs[n] = &text, []byte(text)
			}
		}
		out[i].Values = values
		if out[i].Binary {
			out[i].Values = blobs
		}
	}
	return out, nil
}

// textOf is a Go value as DuckDB's casts from text take it.
func textOf(v any) (text string, null bool, err error) {
	switch x := v.(type) {
	case nil:
		return "", true, nil
	case *time.Time:
		if x == nil {
			return "", true, nil
		}
		return textOf(*x)
	case *string:
		if x == nil {
			return "", true, nil
		}
		return *x, false, nil
	case *int64:
		if x == nil {
			return "", true, nil
		}
		return textOf(*x)
	case string:
		return x, false, nil
	case []byte:
		return string(x), x == nil, nil
	case json.RawMessage:
		return string(x), x == nil, nil
	case json.Number:
		return x.String(), false, nil
	case int:
		return strconv.Itoa(x), false, nil
	case int32:
		return strconv.Itoa(int(x)), false, nil
	case int64:
		return strconv.FormatInt(x, 10), false, nil
	case float64:
		return strconv.FormatFloat(x, 'g', -1, 64), false, nil
	case bool:
		return strconv.FormatBool(x), false, nil
	case time.Time:
		return x.UTC().Format("2006-01-02 15:04:05.999999"), false, nil
	case fmt.Stringer:
		return x.String(), false, nil
	}
	return "", false, fmt.Errorf("a Go value of type %T cannot be a cell", v)
}

// materialize puts rows from Go into a table of scratch.
func (c *conn) materialize(ctx context.Context, rel sqlgen.Relation, columns []schema.Column, rows [][]any) error {
	if err := c.steps(ctx, step{"create_scratch", map[string]any{"Table": rel, "Columns": columns}}); err != nil {
		return err
	}
	return inLists(columns, rows, func(lists []list) error {
		return c.steps(ctx, step{"insert_rows", map[string]any{"Table": rel, "Names": schema.Names(columns), "Lists": lists}})
	})
}
