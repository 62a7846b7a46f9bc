package render

import (
	"encoding/json"
	"reflect"
	"strings"
	"time"

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
	{"check", "A check over the data, answered.", gateEvent{}},
	{"policy", "A policy over the plan, answered.", gateEvent{}},
	{"drift", "A number that is another than was approved, in an apply that goes on all the same.", driftEvent{}},
	{"progress", "How far one block is. Apply and run only.", progressEvent{}},
	{"result", "How one block ended. After apply and run.", resultEvent{}},
	{"row", "A row of a query: its columns with their values.", rowEvent{}},
	{"status", "How a project stands.", StatusView{}},
	{"block", "What a block is: cdp show ADDRESS.", BlockView{}},
	{"node", "A block in a graph.", GraphNode{}},
	{"edge", "One block reads another.", GraphEdge{}},
	{"customer", "All that is known of one customer: cdp explain.", CustomerView{}},
	{"pair", "Why two are one customer, or not.", PairView{}},
	{"membership", "Why a customer is in a segment, or not.", MembershipView{}},
	{"delivery", "Why a record was sent to a tool, or not.", DeliveryView{}},
	{"written", "A file that was written.", fileEvent{}},
	{"kept", "A file that was there and is kept.", fileEvent{}},
	{"formatted", "A file that was not in its canonical form.", fileEvent{}},
	{"connector", "A connector; with its reference in Markdown, if asked for.", connectorEvent{}},
	{"completion", "The script that completes commands in a shell.", completionEvent{}},
	{"help", "The help of a command.", helpEvent{}},
	{"summary", "The last line. What a command does not do has no number in it.", summaryEvent{}},
}

// EventsSchema is the JSON Schema of one line that a command prints with --json. Lines of other types may come: readers ignore
// what they don't know.
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
		"range":     schemaOf(reflect.TypeFor[diag.Range]()),
		"condition": objectOf(reflect.TypeFor[ConditionView]()), // its parts are conditions
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
	case t == reflect.TypeFor[ConditionView]():
		return map[string]any{"$ref": "#/$defs/condition"}
	case t == reflect.TypeFor[time.Time]():
		return map[string]any{"type": "string", "format": "date-time"}
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
	case reflect.Interface: // whatever it is
		return map[string]any{}
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
