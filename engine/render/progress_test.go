package render

import (
	"bytes"
	"strings"
	"sync"
	"testing"
	"time"
)

// safe is a buffer that several goroutines may use.
type safe struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (s *safe) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}

// A phase stands on the terminal while it lasts, is gone afterwards, and comes again after a question was asked.
func TestPhasesOnATerminal(t *testing.T) {
	var out safe
	p := NewProgress(&out, true, nil)
	for _, name := range []string{"Planning", "Publishing"} {
		p.Phase(name)
		deadline := time.Now().Add(10 * time.Second)
		for !strings.Contains(out.String(), name+"…\n") {
			if time.Now().After(deadline) {
				t.Fatalf("%s was not drawn: %q", name, out.String())
			}
			time.Sleep(10 * time.Millisecond)
		}
		p.Stop()
		if !strings.HasSuffix(out.String(), "\x1b[1A\x1b[J") {
			t.Fatalf("%s was left behind: %q", name, out.String())
		}
	}
}

// What is over quickly is not drawn at all.
func TestNothingToWonderAt(t *testing.T) {
	var out safe
	p := NewProgress(&out, true, nil)
	p.Phase("Planning")
	p.Stop()
	if out.String() != "" {
		t.Fatalf("drawn: %q", out.String())
	}
}

// A phase that lasts is told where nobody draws, too: once, while it lasts, not only when the next begins.
func TestPhaseThatLasts(t *testing.T) {
	var out safe
	p := NewProgress(&out, false, nil)
	p.began = time.Now().Add(50*time.Millisecond - quiet)
	p.Phase("Waiting for connector mine")
	p.Phase("Planning")
	p.Phase("Planning")
	deadline := time.Now().Add(10 * time.Second)
	for out.String() == "" && time.Now().Before(deadline) {
		time.Sleep(5 * time.Millisecond)
	}
	p.Stop()
	time.Sleep(100 * time.Millisecond)
	if out.String() != "Planning…\n" {
		t.Fatalf("told: %q", out.String())
	}
}

// Reports may overtake each other; a bar never goes back.
func TestBarsGoForward(t *testing.T) {
	p := NewProgress(&safe{}, true, nil)
	defer p.Stop()
	p.Progress("sync.vips", 50, 100, "records")
	p.Progress("sync.vips", 40, 100, "records")
	p.tasks["sync.vips"].began = time.Now().Add(-time.Minute)
	if lines := p.lines(); len(lines) != 1 || !strings.Contains(lines[0], "████████░░░░░░░░ 50 records") {
		t.Fatalf("lines: %q", lines)
	}
	p.Progress("sync.vips", 100, 100, "records")
	if lines := p.lines(); len(lines) != 0 {
		t.Fatalf("done, and still there: %q", lines)
	}
}
