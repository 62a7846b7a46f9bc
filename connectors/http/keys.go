package http

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// keyReader compares keys as sent with keys as a tool writes them: text exactly, numbers by their value, instants by
// the moment. A tool that changes a key's text (case, spaces) gave another key.
type keyReader struct{ columns []schema.Column }

func newKeyReader(columns []schema.Column) keyReader { return keyReader{columns: columns} }

// of is the comparable form of a record's key.
func (k keyReader) of(fields []sdk.Field) string {
	if len(fields) == 1 {
		return comparableText(fields[0].Type, jsonField(fields[0]))
	}
	parts := make([]string, len(fields))
	for i, f := range fields {
		parts[i] = comparableText(f.Type, jsonField(f))
	}
	return strings.Join(parts, "\x00")
}

// answered is the comparable form of a key in an answer: an object with the key's names or, for a key of one part, its
// plain value.
func (k keyReader) answered(key any) (string, error) {
	values, err := k.values(key)
	if err != nil {
		return "", err
	}
	parts := make([]string, len(values))
	for i, v := range values {
		parts[i] = comparableText(k.columns[i].Type, v)
	}
	return strings.Join(parts, "\x00"), nil
}

// values are the parts of a key in an answer, in the order of the key.
func (k keyReader) values(key any) ([]any, error) {
	switch given := key.(type) {
	case map[string]any:
		values := make([]any, len(k.columns))
		for i, c := range k.columns {
			v, ok := given[c.Name]
			if !ok || v == nil {
				return nil, fmt.Errorf("a key has no %q", c.Name)
			}
			values[i] = v
		}
		return values, nil
	case nil:
		return nil, fmt.Errorf("an item has no key")
	case []any:
		return nil, fmt.Errorf("a key is a list")
	}
	if len(k.columns) != 1 {
		return nil, fmt.Errorf("a key is one value, and the object's key has %d parts", len(k.columns))
	}
	return []any{key}, nil
}

func comparableText(t schema.Type, v any) string {
	text := toText(v)
	switch t.Kind {
	case schema.Int64, schema.Decimal, schema.Double:
		if plain, ok := plainNumber(text); ok {
			return plain
		}
	case schema.Timestamp, schema.TimestampTZ:
		if at, ok := parseInstant(text); ok {
			return at.Format(time.RFC3339Nano)
		}
	}
	return text
}

// json is a key as canonical JSON, as the engine's ledger has it: an object with the key's names sorted, numbers without
// needless digits, everything that is no integer, decimal or boolean as text.
func (k keyReader) json(values []any) string {
	order := make([]int, len(k.columns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(k.columns[a].Name, k.columns[b].Name) })
	var out strings.Builder
	for n, i := range order {
		out.WriteByte("{,"[min(n, 1)])
		out.WriteString(toJSON(k.columns[i].Name))
		out.WriteByte(':')
		out.WriteString(canonical(k.columns[i].Type, values[i]))
	}
	out.WriteByte('}')
	return out.String()
}

// canonical is one value of a key as JSON.
func canonical(t schema.Type, v any) string {
	text := comparableText(t, v)
	switch t.Kind {
	case schema.Int64, schema.Decimal:
		if validNumber(text) {
			return text
		}
	case schema.Bool:
		if text == "true" || text == "false" {
			return text
		}
	case schema.Timestamp, schema.TimestampTZ:
		if at, ok := parseInstant(text); ok {
			text = at.Format("2006-01-02 15:04:05.999999")
			if t.Kind == schema.TimestampTZ {
				text += "+00"
			}
		}
	}
	return toJSON(text)
}
