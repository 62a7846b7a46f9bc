package config

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
)

var update = flag.Bool("update", false, "rewrite goldens")

// toolSpec is a connector of the tests' own, with every shape of argument.
var toolSpec = schema.Spec{
	Name:   "tool",
	Source: &schema.SourceSpec{Block: accountSpec, Stream: schema.Block{Args: []schema.Arg{{Name: "path", Type: cty.String, Required: true, Path: true}, {Name: "skip", Type: cty.Number, Default: cty.NumberIntVal(0)}}}},
	Destination: &schema.DestinationSpec{Block: schema.Block{Args: accountSpec.Args, Blocks: []schema.NestedBlock{{
		Name: "object", Labels: []string{"name"}, Block: schema.Block{
			Args: []schema.Arg{{Name: "key", Type: cty.List(cty.String), Required: true}},
			Blocks: []schema.NestedBlock{
				{Name: "operation", Labels: []string{"operation"}, Min: 1, Block: schema.Block{Args: []schema.Arg{
					{Name: "method", Type: cty.String, Required: true, OneOf: []string{"POST", "PUT"}},
					{Name: "body", Type: cty.String, Jq: true},
					{Name: "batch", Type: cty.ObjectWithOptionalAttrs(map[string]cty.Type{"max_records": cty.Number, "max_bytes": cty.Number}, []string{"max_bytes"})},
					{Name: "ok", Type: cty.List(cty.Number)},
					{Name: "verb", Type: cty.String, Deprecated: "Use method."},
				}}},
				{Name: "readback", Max: 1},
			},
		},
	}}}},
}

var accountSpec = schema.Block{Args: []schema.Arg{
	{Name: "url", Type: cty.String},
	{Name: "auth", Sensitive: true, Type: cty.ObjectWithOptionalAttrs(map[string]cty.Type{
		"bearer": cty.String, "basic": cty.ObjectWithOptionalAttrs(map[string]cty.Type{"user": cty.String, "password": cty.String}, nil),
	}, []string{"bearer", "basic"})},
	{Name: "headers", Type: cty.Map(cty.String)},
	{Name: "timeout", Type: cty.String, Default: cty.StringVal("30s")},
}}

var readSpec = schema.Spec{Name: "reader", Source: &schema.SourceSpec{}}

var environ = []string{"CDP_VAR_token=tok_canary_1", "API_KEY=key_canary_2", "HOME=/nowhere"}

// load reads the files of a project, by name, as Load and Decode do one after the other.
func load(t testing.TB, files map[string]string) (*Config, diag.Diagnostics) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, ds := Load(t.Context(), dir, LoadOptions{Environ: environ, KnownConnectors: []string{"tool", "reader"}, Version: "0.3.1"})
	return c, append(ds, c.Decode(map[string]schema.Spec{"tool": toolSpec, "reader": readSpec})...)
}

func mustLoad(t testing.TB, text string) *Config {
	t.Helper()
	c, ds := load(t, map[string]string{"main.cdp.hcl": text})
	for _, d := range ds {
		t.Errorf("%s %s: %s (%v)", d.Code, d.Summary, d.Detail, d.Range)
	}
	if len(ds) > 0 {
		t.FailNow()
	}
	return c
}

// expectation is a comment of a fixture: `# ERROR: words`, of this line; `# ERROR -2: words`, of the line two before.
var expectation = regexp.MustCompile(`#\s*(ERROR|WARNING)\s*([+-]\d+)?: (.*)$`)

type told struct {
	line     int
	severity diag.Severity
	words    string
}

// TestMistakes loads every fixture: each mistake must be told on its line, and nothing else.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/mistakes/*.cdp.hcl")
	if err != nil || len(files) == 0 {
		t.Fatalf("no fixtures: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), Extension), func(t *testing.T) {
			src, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			_, ds := load(t, map[string]string{"main.cdp.hcl": string(src)})
			want := expected(t, string(src))
			for _, d := range ds {
				checkTold(t, d, want)
			}
			for _, w := range want {
				t.Errorf("line %d: %s %q was not told", w.line, w.severity, w.words)
			}
		})
	}
}

func expected(t *testing.T, src string) map[int]told {
	t.Helper()
	want := map[int]told{}
	for i, line := range strings.Split(src, "\n") {
		m := expectation.FindStringSubmatch(line)
		if m == nil {
			continue
		}
		offset, _ := strconv.Atoi(m[2]) // no offset is 0
		severity := diag.Error
		if m[1] == "WARNING" {
			severity = diag.Warning
		}
		for _, words := range strings.Split(m[3], " | ") {
			want[len(want)] = told{line: i + 1 + offset, severity: severity, words: strings.TrimSpace(words)}
		}
	}
	if len(want) == 0 {
		t.Fatal("the fixture expects nothing")
	}
	return want
}

func checkTold(t *testing.T, d diag.Diagnostic, want map[int]told) {
	t.Helper()
	line := 0
	if d.Range != nil {
		line = d.Range.Start.Line
	}
	if d.Code == "" || d.Summary == "" || d.Detail == "" {
		t.Errorf("line %d: a diagnostic without code, summary or detail: %+v", line, d)
	}
	for i, w := range want {
		if w.line == line && w.severity == d.Severity && strings.Contains(d.Summary+": "+d.Detail, w.words) {
			delete(want, i)
			return
		}
	}
	t.Errorf("line %d: not expected: %s: %s: %s", line, d.Severity, d.Summary, d.Detail)
}

// TestDefinitions keeps the canonical form of every block of testdata/good.
func TestDefinitions(t *testing.T) {
	src, err := os.ReadFile("testdata/good/main.cdp.hcl")
	if err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, string(src))
	var got bytes.Buffer
	for _, b := range c.Blocks() {
		got.WriteString(b.Addr.String() + " " + b.Definition + "\n")
		for _, d := range b.DependsOn {
			got.WriteString("  needs " + d.Addr.String() + "\n")
		}
	}
	golden(t, "testdata/good/definitions.golden", got.Bytes())
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}
