package render

import (
	"encoding/json"
	"reflect"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
)

// eventKinds are the lines that --json prints, with what carries each.
var eventKinds = []struct {
	name, doc string
	line      any
}{
	{"version", "The first line: the format of the lines, and the version of cdp.", versionEvent{}},
	{"diagnostic", "A mistake or a warning, at its place in the code.", diagnosticEvent{}},
	{"change", "What a plan does to one block.", changeEvent{}},
	{"guard", "One guard, judged.", guardEvent{}},
	{"drift", "A number that is another than was approved, in an apply that goes on all the same.", driftEvent{}},
	{"progress", "How far one block is. Apply and run only.", progressEvent{}},
	{"result", "How one block ended. After apply and run.", resultEvent{}},
	{"summary", "The last line. What a command does not do has no number in it.", summaryEvent{}},
}

// EventsSchema is the JSON Schema of one line of `plan --json`, `apply --json` and `run --json`. Lines of other types may come:
// readers ignore what they don't know.
func EventsSchema() (string, error) {
	defs := map[string]any{
		"counts": map[string]any{
			"description":          "Counts by name. Not exact: an object that says on what basis; not known: null.",
			"type":                 "object",
			"additionalProperties": map[string]any{"$ref": "#/$defs/count"},
		},
		"count": map[string]any{"anyOf": []any{
			map[string]any{"type": "integer"}, map[string]any{"type": "null"},
			map[string]any{"type": "object", "required": []string{"estimate", "basis"}, "properties": map[string]any{
				"estimate": map[string]any{"type": "integer"}, "basis": map[string]any{"type": "string"}}},
		}},
		"range": schemaOf(reflect.TypeFor[diag.Range]()),
	}
	var lines []any
	for _, kind := range eventKinds {
		s := schemaOf(reflect.TypeOf(kind.line))
		s["description"] = kind.doc
		s["properties"].(map[string]any)["type"] = map[string]any{"const": kind.name}
		defs[kind.name] = s
		lines = append(lines, map[string]any{"$ref": "#/$defs/" + kind.name})
	}
	out, err := json.MarshalIndent(map[string]any{
		"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "A line of cdp --json", "anyOf": lines, "$defs": defs,
	}, "", "  ")
	return string(out) + "\n", err
}

// schemaOf describes a Go type as encoding/json writes it.
func schemaOf(t reflect.Type) map[string]any {
	switch {
	case t == reflect.TypeFor[plan.Counts]():
		return map[string]any{"$ref": "#/$defs/counts"}
	case t == reflect.TypeFor[*diag.Range]():
		return map[string]any{"$ref": "#/$defs/range"}
	}
	switch t.Kind() {
	case reflect.Pointer: // null: not known
		return map[string]any{"anyOf": []any{schemaOf(t.Elem()), map[string]any{"type": "null"}}}
	case reflect.Slice:
		return map[string]any{"type": "array", "items": schemaOf(t.Elem())}
	case reflect.Map:
		return map[string]any{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case reflect.String:
		return map[string]any{"type": "string"}
	case reflect.Bool:
		return map[string]any{"type": "boolean"}
	case reflect.Float64:
		return map[string]any{"type": "number"}
	case reflect.Struct:
		return objectOf(t)
	}
	return map[string]any{"type": "integer"}
}

func objectOf(t reflect.Type) map[string]any {
	properties, required := map[string]any{}, []string{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" {
			name = f.Name
		}
		properties[name] = schemaOf(f.Type)
		if !strings.Contains(options, "omitempty") {
			required = append(required, name)
		}
	}
	return map[string]any{"type": "object", "properties": properties, "required": required}
}
