package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
)

// TestTally reads what go test really said of a small module: every kind of end a test can have.
func TestTally(t *testing.T) {
	for _, strict := range []bool{false, true} {
		f, err := os.Open("testdata/events.jsonl")
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		tally := newTally(&out, strict)
		if err := tally.readAll(f); err != nil {
			t.Fatal(err)
		}
		tally.close()
		f.Close()
		want := "3 passed, 4 failed, 2 skipped"
		if strict {
			want = "3 passed, 5 failed, 1 skipped" // PostgreSQL could not be installed
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if got := lines[len(lines)-1]; got != want {
			t.Errorf("strict %v: %s, want %s\n%s", strict, got, want, out.String())
		}
		for _, part := range []string{"needs a sunny day", "undefined: missing", "three is not four", "parent by itself", "panic: out of cheese"} {
			if !strings.Contains(out.String(), part) {
				t.Errorf("strict %v: lacks %q\n%s", strict, part, out.String())
			}
		}
		if strings.Contains(out.String(), "=== RUN") {
			t.Error("progress lines are printed")
		}
	}
}
