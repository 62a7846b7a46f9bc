package main

import (
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/cdp-engine/cdp/"

var quoted = regexp.MustCompile("`([a-z0-9/]+)`")

// importTable reads which package may import which from docs/architecture.md.
func importTable(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, ok := strings.Cut(string(text), "*The six features* are")
	if !ok {
		t.Fatal("docs/architecture.md does not say what the six features are")
	}
	sentence, _, _ := strings.Cut(after, ".")
	features := names(sentence)
	if len(features) != 6 {
		t.Fatalf("six features: %v", features)
	}
	table := map[string][]string{}
	for _, line := range strings.Split(string(text), "\n") {
		cells := strings.Split(line, "|")
		if len(cells) != 5 || !strings.HasPrefix(line, "| `") {
			continue
		}
		allowed := names(cells[3])
		if strings.Contains(cells[3], "the six features") {
			allowed = append(allowed, features...)
		}
		if strings.Contains(cells[3], "anything") {
			allowed = append(allowed, "anything")
		}
		table[names(cells[1])[0]] = allowed
	}
	if len(table) < 30 {
		t.Fatalf("only %d packages were found in the table", len(table))
	}
	return table
}

func names(text string) []string {
	var out []string
	for _, m := range quoted.FindAllStringSubmatch(text, -1) {
		out = append(out, m[1])
	}
	return out
}

// listed is what `go list -json` says of a package.
type listed struct {
	ImportPath                         string
	Imports, TestImports, XTestImports []string
}

func packages(t *testing.T) []listed {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...")
	cmd.Dir = "../.."
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p listed
		if err := dec.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// TestImports: a package imports only what the table of docs/architecture.md lets it.
func TestImports(t *testing.T) {
	table := importTable(t)
	seen := map[string]bool{}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		seen[name] = true
		allowed, ok := table[name]
		if !ok {
			t.Errorf("%s is not in the table of docs/architecture.md", name)
			continue
		}
		for _, i := range p.Imports {
			ours, ok := strings.CutPrefix(i, module)
			if ok && !slices.Contains(allowed, ours) && !slices.Contains(allowed, "anything") {
				t.Errorf("%s imports %s: not in the table of docs/architecture.md", name, ours)
			}
		}
		for _, i := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
			if bad := crosses(name, strings.TrimPrefix(i, module)); bad != "" {
				t.Errorf("%s imports %s: %s", name, i, bad)
			}
		}
	}
	for _, name := range sortedKeys(table) {
		if !seen[name] {
			t.Errorf("the table has %s, the repository has not", name)
		}
	}
}

// crosses names the wall between two rooms that an import breaks, in tests as well.
func crosses(from, to string) string {
	room := func(name string) string { r, _, _ := strings.Cut(name, "/"); return r }
	switch a, b := room(from), room(to); {
	case a == "plugins" && (b == "engine" || b == "connectors"):
		return "plugins import neither engine nor connectors"
	case a == "engine" && b == "connectors":
		return "the engine knows no connector"
	case a == "connectors" && b == "engine":
		return "connectors know nothing of the engine"
	}
	return ""
}
