package main

import (
	"database/sql"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	_ "github.com/duckdb/duckdb-go/v2" // to look into warehouses, and to damage them
	"github.com/rogpeppe/go-internal/testscript"
)

var update = flag.Bool("update", false, "rewrite the expected output of stories")

// TestMain lets the test binary be cdp: for scripts, which call it by that name, and for its own connectors.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve-connector" {
		main()
	}
	testscript.Main(m, map[string]func(){"cdp": main})
}

// TestStories runs testdata/stories: what a user does, and what they see.
func TestStories(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/stories",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("CDP_AS_OF", "2026-06-01T00:00:00Z")
			e.Setenv("NO_COLOR", "1")
			return nil
		},
		Condition: func(name string) (bool, error) { return name == "mounts" && canMount(), nil },
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"warehouse": warehouseDo, "wash": wash, "tmpfs": tmpfs, "code": code, "fitting": fitting, "reachable": reachable,
		},
	})
}

// warehouseDo runs SQL on a database file: warehouse FILE SQL.
func warehouseDo(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: warehouse FILE SQL")
	}
	db, err := sql.Open("duckdb", ts.MkAbs(args[0]))
	ts.Check(err)
	defer db.Close()
	_, err = db.Exec(args[1])
	ts.Check(err)
}

// code runs a command that must end with an exit code: code N COMMAND ARGS…
func code(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: code N COMMAND ARGS…")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("%s ended with %s, not %s", strings.Join(args[1:], " "), got, args[0])
	}
}

var washed = []struct {
	pattern *regexp.Regexp
	by      string
}{
	{regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ`), "TIME"},         // wall clock
	{regexp.MustCompile(`\b\d+(\.\d)? s\b`), "N s"},                         // how long it took
	{regexp.MustCompile(`\b[0-9a-f]{8,64}…?`), "DIGEST"},                    // of configs and plans
	{regexp.MustCompile(`\b01[0-9A-HJKMNP-TV-Z]{24}\b`), "RUN"},             // ids of runs
	{regexp.MustCompile(`(?m)[ \t]+$`), ""},                                 // txtar files keep none
	{regexp.MustCompile(`\b(cus)_[0-9a-z]{10,}`), "${1}_ID"},                // customers
	{regexp.MustCompile(`(?m)^[A-Z][^.:\n]*…\n`), ""},                       // what is told of work that takes long
	{regexp.MustCompile(`/[^ "]*/go-test-script[0-9]*/script-[^/]*/`), "/"}, // the story's folder
}

// wash writes a stream or file with what differs from run to run replaced: wash SOURCE FILE.
func wash(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: wash stdout|stderr|FILE FILE")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), []byte(washText(ts.ReadFile(args[0]))), 0o666))
}

func washText(text string) string {
	for _, w := range washed {
		text = w.pattern.ReplaceAllString(text, w.by)
	}
	return text
}

// tmpfs mounts a small file system, or mounts it again with other options: tmpfs DIR OPTIONS.
func tmpfs(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tmpfs DIR OPTIONS")
	}
	dir := ts.MkAbs(args[0])
	options, again := strings.CutPrefix(args[1], "remount,")
	flags := uintptr(0)
	if again {
		flags |= syscall.MS_REMOUNT
	}
	if rest, ok := strings.CutPrefix(options, "ro,"); ok {
		options, flags = rest, flags|syscall.MS_RDONLY
	}
	ts.Check(os.MkdirAll(dir, 0o777))
	ts.Check(syscall.Mount("tmpfs", dir, "tmpfs", flags, options))
	if !again {
		ts.Defer(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	}
}

// reachable lets other users reach the story's folder and cdp, which lie in folders of our own: reachable.
func reachable(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: reachable")
	}
	self, err := os.Executable()
	ts.Check(err)
	for _, dir := range append(filepath.SplitList(ts.Getenv("PATH")), ts.MkAbs("."), filepath.Dir(self)) {
		for inside(os.TempDir(), dir) {
			ts.Check(os.Chmod(dir, 0o711))
			dir = filepath.Dir(dir)
		}
	}
}

func inside(outer, dir string) bool {
	rel, err := filepath.Rel(outer, dir)
	return err == nil && rel != "." && !strings.HasPrefix(rel, "..")
}

func canMount() bool {
	dir, err := os.MkdirTemp("", "cdp-mount-")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	if syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=64k") != nil {
		return false
	}
	return syscall.Unmount(dir, syscall.MNT_DETACH) == nil
}
