package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A page of the guides is a script: fences marked `sh run` are run in order, in one shell; `hcl file=NAME` and others with a
// file write it first; `text output` is what the block before it printed. A comment `<!-- run … -->` runs unseen.
var (
	fence   = regexp.MustCompile("(?ms)^```(\\w+)([^\n]*)\n(.*?)^```$|^<!-- run\n(.*?)^-->$")
	fileArg = regexp.MustCompile(`file=(\S+)`)
)

type docBlock struct {
	kind, text, file string
}

func docBlocks(page string) []docBlock {
	var out []docBlock
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		b := docBlock{text: m[3]}
		switch {
		case m[1] == "":
			b.kind, b.text = "run", m[4]
		case fileArg.MatchString(m[2]):
			b.kind, b.file = "file", fileArg.FindStringSubmatch(m[2])[1]
		case m[1] == "sh" && strings.TrimSpace(m[2]) == "run":
			b.kind = "run"
		case m[1] == "text" && strings.TrimSpace(m[2]) == "output":
			b.kind = "output"
		default:
			continue
		}
		out = append(out, b)
	}
	return out
}

// TestGuides runs the commands of README and guides, and compares what they print with what the pages show.
func TestGuides(t *testing.T) {
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	for page, inRepository := range map[string]bool{
		"README.md": false, "docs/getting-started.md": false, "docs/language.md": false, "docs/explain.md": false, "docs/plan-and-apply.md": false, "docs/ci.md": false, "docs/connectors.md": true,
	} {
		t.Run(strings.TrimSuffix(filepath.Base(page), ".md"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(filepath.Join(root, page))
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			if inRepository {
				dir = root
			}
			blocks := docBlocks(string(text))
			runGuide(t, blocks, dir)
			if *update && !t.Failed() {
				if err := os.WriteFile(filepath.Join(root, page), []byte(withOutputs(string(text), blocks)), 0o666); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

func runGuide(t *testing.T, blocks []docBlock, dir string) {
	results := t.TempDir()
	var script strings.Builder
	script.WriteString("set -eu\n")
	for i, b := range blocks {
		switch b.kind {
		case "file":
			from := filepath.Join(results, fmt.Sprint(i))
			if err := os.WriteFile(from, []byte(b.text), 0o666); err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(&script, "mkdir -p \"$(dirname %s)\"; cp %s %s\n", b.file, from, b.file)
		case "run":
			fmt.Fprintf(&script, "exec >%s/%d.out\n%s\n", results, i, b.text)
		}
	}
	cmd := exec.Command("sh", "-c", script.String())
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "NO_COLOR=1", "CDP_AS_OF=2026-06-01T00:00:00Z")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	ran := 0
	failed := cmd.Run()
	for i, b := range blocks {
		if b.kind == "run" {
			ran++
		}
		if b.kind != "output" {
			continue
		}
		got, err := os.ReadFile(filepath.Join(results, fmt.Sprintf("%d.out", i-1)))
		if err != nil {
			t.Fatalf("block %d shows output, but nothing was run before it: %v", i, err)
		}
		if *update && failed == nil {
			blocks[i].text = string(got)
			continue
		}
		if d := cmp.Diff(washText(b.text), washText(string(got))); d != "" {
			t.Errorf("the page does not show what cdp prints (-page +cdp):\n%s\n%s", d, got)
		}
		for _, line := range strings.Split(b.text, "\n") {
			if n := len([]rune(line)); n > 80 {
				t.Errorf("%d columns are too many: %s", n, line)
			}
		}
	}
	if failed != nil {
		last, _ := os.ReadFile(filepath.Join(results, fmt.Sprintf("%d.out", lastRun(results, len(blocks)))))
		t.Fatalf("%v\n%s\n%s", failed, last, stderr.String())
	}
	if ran == 0 {
		t.Error("the page runs nothing")
	}
}

// withOutputs is the page with the texts of its output blocks.
func withOutputs(page string, blocks []docBlock) string {
	i := 0
	return fence.ReplaceAllStringFunc(page, func(text string) string {
		if !strings.HasPrefix(text, "```text output\n") {
			return text
		}
		for blocks[i].kind != "output" {
			i++
		}
		i++
		return "```text output\n" + blocks[i-1].text + "```"
	})
}

// lastRun is the last block that began.
func lastRun(results string, blocks int) int {
	last := 0
	for i := range blocks {
		if _, err := os.Stat(filepath.Join(results, fmt.Sprintf("%d.out", i))); err == nil {
			last = i
		}
	}
	return last
}

// TestReadmeTargets: the README names only targets that make has.
func TestReadmeTargets(t *testing.T) {
	makefile, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile(`(?m)^make ([a-z]+)|\x60make ([a-z]+)\x60`).FindAllStringSubmatch(string(readme), -1)
	if len(named) < 2 {
		t.Fatalf("the README names %d targets", len(named))
	}
	for _, m := range named {
		if target := m[1] + m[2]; !regexp.MustCompile(`(?m)^` + target + `:`).Match(makefile) {
			t.Errorf("make has no target %s", target)
		}
	}
}
