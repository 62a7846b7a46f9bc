package postgres

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
)

// readback reads keys and fields of all rows.
func readback(ctx context.Context, conn *pgx.Conn, name pgx.Identifier, req sdk.ReadbackRequest, yield func(sdk.ReadbackRecord) error) error {
	t, err := findTarget(ctx, conn, name, req.Key, req.Fields)
	if err != nil {
		return err
	}
	var columns, present []string
	for _, c := range t.key {
		columns = append(columns, "t."+quoted(c.name)+"::text")
		present = append(present, "t."+quoted(c.name)+" is not null")
	}
	for _, c := range t.fields {
		columns = append(columns, "to_json(t."+quoted(c.name)+")::text")
	}
	rows, err := conn.Query(ctx, "select "+strings.Join(columns, ", ")+" from "+name.Sanitize()+" t where "+strings.Join(present, " and "))
	if err != nil {
		return failure("Cannot read back "+name.Sanitize(), err)
	}
	defer rows.Close()
	for rows.Next() {
		values := rows.RawValues()
		record := sdk.ReadbackRecord{ID: keyJSON(req.Key, values)}
		fields := make(map[string]json.RawMessage, len(req.Fields))
		for i, f := range req.Fields {
			fields[f.Name] = json.RawMessage("null")
			if v := values[len(req.Key)+i]; v != nil {
				fields[f.Name] = slices.Clone(v)
			}
		}
		if record.Fields, err = json.Marshal(fields); err != nil {
			return err
		}
		if err := yield(record); err != nil {
			return err
		}
	}
	return failure("Cannot read back "+name.Sanitize(), rows.Err())
}

// keyJSON is a key as the engine's ledger has it: an object with sorted names, numbers without needless digits, everything
// that is no integer, decimal or boolean as text.
func keyJSON(key []schema.Column, values [][]byte) string {
	order := make([]int, len(key))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(key[a].Name, key[b].Name) })
	out := []byte{'{'}
	for n, i := range order {
		if n > 0 {
			out = append(out, ',')
		}
		out = append(append(out, jsonText(key[i].Name)...), ':')
		text := string(values[i])
		switch key[i].Type.Kind {
		case schema.Int64, schema.Decimal:
			if strings.Contains(text, ".") {
				text = strings.TrimSuffix(strings.TrimRight(text, "0"), ".")
			}
			if json.Valid([]byte(text)) {
				out = append(out, text...)
				continue
			}
		case schema.Bool:
			if text == "true" || text == "false" {
				out = append(out, text...)
				continue
			}
		}
		out = append(out, jsonText(text)...)
	}
	return string(append(out, '}'))
}

// jsonText is a JSON string without HTML escapes.
func jsonText(v string) string {
	var out strings.Builder
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return `""`
	}
	return strings.TrimRight(out.String(), "\n")
}
