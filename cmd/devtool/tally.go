package main

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// tally counts tests. A test with subtests counts by them alone, unless it failed by itself; so does a package that failed
// without any test of it having failed.
type tally struct {
	out      io.Writer
	strict   bool // a missing installation is a failure
	packages map[string]*pkgTally
	builds   map[string]*strings.Builder // what the compiler said, by import path

	passed, failed, skipped int
	failures                []string
	skips                   map[string]int // by reason
}

type pkgTally struct {
	tests                   map[string]*testTally
	output                  strings.Builder
	passed, failed, skipped int
}

type testTally struct {
	output   strings.Builder
	parent   bool // has subtests
	badChild bool // one of them failed
}

func newTally(out io.Writer, strict bool) *tally {
	return &tally{out: out, strict: strict, packages: map[string]*pkgTally{}, builds: map[string]*strings.Builder{}, skips: map[string]int{}}
}

func (t *tally) see(e event) {
	if strings.HasPrefix(e.Action, "build-") {
		if t.builds[e.ImportPath] == nil {
			t.builds[e.ImportPath] = &strings.Builder{}
		}
		t.builds[e.ImportPath].WriteString(e.Output)
		return
	}
	p := t.packages[e.Package]
	if p == nil {
		p = &pkgTally{tests: map[string]*testTally{}}
		t.packages[e.Package] = p
	}
	if e.Test == "" {
		t.seePackage(p, e)
		return
	}
	one := p.test(e.Test)
	switch e.Action {
	case "run":
		if i := strings.LastIndexByte(e.Test, '/'); i > 0 {
			p.test(e.Test[:i]).parent = true
		}
	case "output":
		one.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		t.ended(p, one, e)
		one.output.Reset()
	}
}

func (p *pkgTally) test(name string) *testTally {
	if p.tests[name] == nil {
		p.tests[name] = &testTally{}
	}
	return p.tests[name]
}

// ended counts a test that ended.
func (t *tally) ended(p *pkgTally, one *testTally, e event) {
	action := e.Action
	reason := ""
	if action == "skip" {
		reason = skipReason(one.output.String())
		if t.strict && notInstalled.MatchString(reason) {
			action = "fail"
		}
	}
	switch {
	case action == "fail":
		for name := parentOf(e.Test); name != ""; name = parentOf(name) {
			p.test(name).badChild = true
		}
		if one.parent && one.badChild {
			return // it failed because of what is counted already
		}
		p.failed++
		t.failed++
		t.failures = append(t.failures, shortPackage(e.Package)+" "+e.Test)
		fmt.Fprintf(t.out, "\n--- FAIL: %s %s (%.2fs)\n%s\n", shortPackage(e.Package), e.Test, e.Elapsed, readable(one.output.String()))
	case one.parent:
	case action == "skip":
		p.skipped++
		t.skipped++
		t.skips[reason]++
	default:
		p.passed++
		t.passed++
	}
}

func parentOf(test string) string {
	i := strings.LastIndexByte(test, '/')
	if i < 0 {
		return ""
	}
	return test[:i]
}

// seePackage takes what is about a package as a whole, and prints its line once it ended.
func (t *tally) seePackage(p *pkgTally, e event) {
	switch e.Action {
	case "output":
		p.output.WriteString(e.Output)
	case "pass", "fail", "skip":
		if e.Action == "fail" && p.failed == 0 {
			p.failed++
			t.failed++
			t.failures = append(t.failures, shortPackage(e.Package))
			text := p.output.String() + p.unfinished()
			if b := t.builds[e.FailedBuild]; b != nil {
				text = b.String()
			}
			fmt.Fprintf(t.out, "\n--- FAIL: %s\n%s\n", shortPackage(e.Package), readable(text))
		}
		if p.passed+p.failed+p.skipped == 0 {
			return
		}
		word := "ok  "
		if p.failed > 0 {
			word = "FAIL"
		}
		fmt.Fprintf(t.out, "%s  %-38s %5d tests %6.1fs\n", word, shortPackage(e.Package), p.passed+p.failed+p.skipped, e.Elapsed)
	}
}

// unfinished is what tests printed that never ended: a panic, a deadline, an exit.
func (p *pkgTally) unfinished() string {
	var out strings.Builder
	for _, name := range sortedKeys(p.tests) {
		out.WriteString(p.tests[name].output.String())
	}
	return out.String()
}

func (t *tally) broken(reason string) {
	t.failed++
	t.failures = append(t.failures, reason)
}

// close prints reasons of skips, failures by name, and the closing line.
func (t *tally) close() {
	if t.skipped > 0 {
		fmt.Fprintln(t.out, "\nskipped:")
		for _, reason := range sortedKeys(t.skips) {
			fmt.Fprintf(t.out, "  %4d  %s\n", t.skips[reason], reason)
		}
	}
	if len(t.failures) > 0 {
		fmt.Fprintln(t.out, "\nfailed:")
		for _, name := range t.failures {
			fmt.Fprintln(t.out, "  "+name)
		}
	}
	fmt.Fprintf(t.out, "\n%d passed, %d failed, %d skipped\n", t.passed, t.failed, t.skipped)
}

// notInstalled is how tests say that they lack something a machine should have.
var notInstalled = regexp.MustCompile(`(?i)install|is missing|no such program|not found`)

var (
	noise    = regexp.MustCompile(`^\s*(=== (RUN|PAUSE|CONT|NAME)|--- (PASS|SKIP|FAIL):)`)
	location = regexp.MustCompile(`^\s*[\w./-]+_?\w*\.go:\d+: `)
)

// skipReason is what the test gave as its reason.
func skipReason(output string) string {
	var lines []string
	for _, line := range strings.Split(output, "\n") {
		if noise.MatchString(line) || strings.TrimSpace(line) == "" {
			continue
		}
		lines = append(lines, strings.TrimPrefix(location.ReplaceAllString(strings.TrimSpace(line), ""), "SKIP: "))
	}
	if len(lines) == 0 {
		return "(no reason given)"
	}
	return strings.Join(lines, " ")
}

// readable leaves out lines that only mark progress.
func readable(output string) string {
	var out []string
	for _, line := range strings.Split(strings.TrimRight(output, "\n"), "\n") {
		if !noise.MatchString(line) {
			out = append(out, line)
		}
	}
	return strings.Join(out, "\n")
}

func sortedKeys[V any](m map[string]V) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}
