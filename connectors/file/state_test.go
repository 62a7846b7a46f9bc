package file

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// old makes a file older than the time in which it might still change unseen.
func old(t testing.TB, p string, seconds int) {
	t.Helper()
	at := time.Now().Add(-time.Duration(seconds) * time.Second)
	if err := os.Chtimes(p, at, at); err != nil {
		t.Fatal(err)
	}
}

func TestUnchangedFilesAreNotRead(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "1.csv"), filepath.Join(dir, "2.csv")
	put(t, one, "id,v\n1,a\n")
	put(t, two, "id,v\n2,b\n")
	old(t, one, 10)
	old(t, two, 10)
	s := of(filepath.Join(dir, "*.csv"))
	s.key = []string{"id"}
	first := s.must(t)
	if diff := cmp.Diff([]string{"1|a", "2|b"}, first.rows); diff != "" {
		t.Fatal(diff)
	}
	s.state = first.state
	if again := s.must(t); !again.unchanged || again.complete || len(again.rows) > 0 {
		t.Errorf("unchanged %v, rows %v", again.unchanged, again.rows)
	}
	put(t, two, "id,v\n2,c\n")
	if again := s.must(t); len(again.rows) != 2 {
		t.Errorf("one changed file: all are read, got %v", again.rows)
	}
	if err := os.Remove(two); err != nil {
		t.Fatal(err)
	}
	if again := s.must(t); !again.complete || len(again.rows) != 1 {
		t.Errorf("one gone file: all are read, got %v", again.rows)
	}
	s.settings["null"] = []string{"a"}
	if again := s.must(t); again.unchanged {
		t.Error("the file is read in another way now")
	}
}

func TestYoungFilesAreReadAgain(t *testing.T) {
	s := of(write(t, "f.csv", "id\n1\n"))
	s.state = s.must(t).state
	if again := s.must(t); again.unchanged {
		t.Error("a file younger than two seconds may have changed unseen")
	}
}

func TestCursorReadsNewFilesWhole(t *testing.T) {
	dir := t.TempDir()
	one, two := filepath.Join(dir, "1.csv"), filepath.Join(dir, "2.csv")
	put(t, one, "id,u\n1,2026-01-01\n2,2026-01-05\n3,\n")
	old(t, one, 10)
	s := of(filepath.Join(dir, "*.csv"))
	s.key, s.cursor, s.columns = []string{"id"}, "u", "id bigint, u date"
	s.state = s.must(t).state
	s.from = "2026-01-05"
	if again := s.must(t); !again.unchanged {
		t.Errorf("rows %v", again.rows)
	}
	put(t, two, "id,u\n9,2025-01-01\n")
	if again := s.must(t); !cmp.Equal(again.rows, []string{"9|2025-01-01"}) {
		t.Errorf("a late file with old rows: %v", again.rows)
	}
	put(t, one, "id,u\n1,2026-01-01\n2,2026-01-05\n3,\n4,2026-01-06\n")
	again := s.must(t)
	if diff := cmp.Diff([]string{"2|2026-01-05", "3|∅", "4|2026-01-06", "9|2025-01-01"}, again.rows); diff != "" {
		t.Error(diff)
	}
	s.lag = 96 * time.Hour
	if again := s.must(t); len(again.rows) != 5 {
		t.Errorf("with a lag of four days: %v", again.rows)
	}
	s.full = true
	if again := s.must(t); len(again.rows) != 5 || len(again.scopes) != 0 {
		t.Errorf("full: %v", again.rows)
	}
}

func TestFilesAreScopesWithoutAKey(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "a.csv"), "v\n1\n")
	if err := os.MkdirAll(filepath.Join(dir, "x", "y"), 0o700); err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(dir, "x", "y", "b.csv"), "w,v\nz,2\n")
	put(t, filepath.Join(dir, ".hidden.csv"), "v\n3\n")
	got := of(filepath.Join(dir, "**", "*.csv")).must(t)
	want := []string{"a.csv", "x/y/b.csv"}
	if !cmp.Equal(got.scopes, want) || !cmp.Equal(got.ended, want) {
		t.Errorf("scopes %v, ended %v", got.scopes, got.ended)
	}
	if diff := cmp.Diff([]string{"1|∅", "2|z"}, got.rows); diff != "" {
		t.Error(diff)
	}
}
