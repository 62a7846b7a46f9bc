package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// fitting holds the last command's JSON lines to the published schema: fitting TYPE…, the types that must be among them.
func fitting(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: fitting TYPE…")
	}
	text, err := os.ReadFile(filepath.Join(schemaDir, "events.schema.json"))
	ts.Check(err)
	var schema struct {
		Defs map[string]any `json:"$defs"`
	}
	ts.Check(json.Unmarshal(text, &schema))
	seen := map[string]bool{}
	for line := range strings.Lines(ts.ReadFile("stdout")) {
		var event map[string]any
		dec := json.NewDecoder(bytes.NewReader([]byte(line)))
		dec.UseNumber()
		ts.Check(dec.Decode(&event))
		name, _ := event["type"].(string)
		seen[name] = true
		if schema.Defs[name] == nil {
			ts.Fatalf("the schema has no %q: %s", name, line)
		}
		if wrong := misfit(schema.Defs, schema.Defs[name], event, name); wrong != "" {
			ts.Fatalf("%s: %s", wrong, line)
		}
	}
	for _, name := range args {
		if !seen[name] {
			ts.Fatalf("no line of type %q", name)
		}
	}
}

// schemaDir is where the published schemas are: tests run in their package's folder.
var schemaDir = func() string {
	dir, err := filepath.Abs("../../docs/reference")
	if err != nil {
		panic(err)
	}
	return dir
}()

// misfit says what of a value a schema does not allow; a property that the schema does not name is one, too. It knows the
// words that the published schema uses.
func misfit(defs map[string]any, schema, v any, at string) string {
	s, _ := schema.(map[string]any)
	if len(s) == 0 {
		return "" // anything fits
	}
	if ref, ok := s["$ref"].(string); ok {
		return misfit(defs, defs[strings.TrimPrefix(ref, "#/$defs/")], v, at)
	}
	if any, ok := s["anyOf"].([]any); ok {
		for _, one := range any {
			if misfit(defs, one, v, at) == "" {
				return ""
			}
		}
		return at + " is none of what it may be"
	}
	if want, ok := s["const"]; ok && want != v {
		return fmt.Sprintf("%s is %v, not %v", at, v, want)
	}
	switch want := s["type"]; v := v.(type) {
	case map[string]any:
		return misfitObject(defs, s, v, at)
	case []any:
		for i, one := range v {
			if wrong := misfit(defs, s["items"], one, fmt.Sprintf("%s[%d]", at, i)); wrong != "" {
				return wrong
			}
		}
		return unless(want == "array", at)
	case json.Number:
		return unless(want == "number" || want == "integer" && !strings.ContainsAny(v.String(), ".eE"), at)
	case string:
		return unless(want == "string" || want == nil, at)
	case bool:
		return unless(want == "boolean", at)
	default:
		return unless(want == "null", at)
	}
}

func misfitObject(defs, s, v map[string]any, at string) string {
	properties, _ := s["properties"].(map[string]any)
	required, _ := s["required"].([]any)
	for _, name := range required {
		if _, ok := v[name.(string)]; !ok {
			return at + " lacks " + name.(string)
		}
	}
	for name, one := range v {
		schema, ok := properties[name]
		if !ok {
			schema, ok = s["additionalProperties"]
		}
		if !ok {
			return at + " has " + name + ", which the schema does not name"
		}
		if wrong := misfit(defs, schema, one, at+"."+name); wrong != "" {
			return wrong
		}
	}
	return unless(s["type"] == "object", at)
}

func unless(fits bool, at string) string {
	if fits {
		return ""
	}
	return at + " has another type than the schema says"
}
