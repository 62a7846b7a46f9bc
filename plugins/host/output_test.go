package host

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestSecretsAreTakenOut(t *testing.T) {
	var r redactor
	r.add("hunter2-hunter2", "p@ss word/1", "abcd", "ab", "-----BEGIN KEY-----\nMIIEvQIBADANBg\n-----END KEY-----\n", "")
	for text, want := range map[string]string{
		"token hunter2-hunter2!":           "token [redacted]!",
		"x=hunter2-hunter2hunter2-hunter2": "x=[redacted][redacted]",
		"?q=p%40ss+word%2F1":               "?q=[redacted]",
		"/p@ss%20word%2F1":                 "/[redacted]",
		"aHVudGVyMi1odW50ZXIy":             "[redacted]",
		"abcd and xabcdx and abcd.":        "[redacted] and xabcdx and [redacted].",
		"ab":                               "ab",
		"line: MIIEvQIBADANBg":             "line: [redacted]",
		"nothing to hide":                  "nothing to hide",
	} {
		if got := r.clean(text); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

func TestOutputIsPrintable(t *testing.T) {
	if got := printable("a\x1b[31mb\tc\u202e\xffd", 100); strings.ContainsAny(got, "\x1b\t\u202e") || !strings.HasPrefix(got, "a") {
		t.Errorf("%q", got)
	}
	if got := printable(strings.Repeat("x", 5000), 1000); len(got) > 1010 {
		t.Errorf("%d bytes", len(got))
	}
}

func TestOutputIsCappedAndReadOn(t *testing.T) {
	shown := 0
	o := newOutput("c", &redactor{}, func(_, line string) { shown += len(line) })
	r, w := io.Pipe()
	done := make(chan struct{})
	go func() { o.follow(r); close(done) }()
	start := time.Now()
	for range 1000 {
		if _, err := io.WriteString(w, strings.Repeat("y", 2000)+"\n"); err != nil {
			t.Fatal(err)
		}
	}
	_, _ = io.WriteString(w, strings.Repeat("z", 300_000)+"\nlast")
	_ = w.Close()
	<-done
	if seconds := int(time.Since(start).Seconds()) + 1; shown > seconds*(linesPerSecond+1)*(shownLine+40) {
		t.Errorf("%d bytes shown in %d s", shown, seconds)
	}
	if tail := o.tail(); len(strings.Split(tail, "\n")) > tailLines {
		t.Errorf("the tail is long: %d bytes", len(tail))
	}
}

func TestPrivateDirsOfKilledHostsAreSwept(t *testing.T) {
	parent, err := os.MkdirTemp("/tmp", "host-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(parent)
	mine, err := newPrivateDir(parent)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(mine.path)
	if err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	stale := filepath.Join(parent, dirPrefix+"stale")
	_ = os.Mkdir(stale, 0o700)
	_ = os.WriteFile(stale+".lock", nil, 0o600)
	sweepPrivateDirs(parent)
	if _, err := os.Stat(stale); !os.IsNotExist(err) {
		t.Error("a stale directory stays")
	}
	if _, err := os.Stat(mine.path); err != nil {
		t.Error("a living host's directory was swept")
	}
	mine.remove()
	if left, _ := filepath.Glob(filepath.Join(parent, "*")); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	deep := filepath.Join(parent, strings.Repeat("d", 100))
	_ = os.Mkdir(deep, 0o700)
	short, err := newPrivateDir(deep)
	if err != nil || len(short.path) > maxSocketDir {
		t.Fatalf("%v %v", short, err)
	}
	short.remove()
}
