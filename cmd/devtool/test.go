package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
)

// runTests runs `go test -json` with the given arguments and prints what a person wants of it. With CI=true a skip because
// something could not be installed is a failure.
func runTests(args []string) (int, error) {
	cmd := exec.Command("go", append([]string{"test", "-json"}, args...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 1, err
	}
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("starting go: %w", err)
	}
	t := newTally(os.Stdout, os.Getenv("CI") == "true")
	readErr := t.readAll(out)
	err = cmd.Wait()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		err = nil
		if t.failed == 0 {
			t.broken("go test ended with " + exit.String() + " and named no test")
		}
	}
	t.close()
	if t.failed > 0 {
		return 1, errors.Join(readErr, err)
	}
	return 0, errors.Join(readErr, err)
}

// event is a line of `go test -json`.
type event struct {
	Action, Package, Test, Output, ImportPath, FailedBuild string
	Elapsed                                                float64
}

func (t *tally) readAll(r io.Reader) error {
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadBytes('\n')
		if len(line) > 0 {
			var e event
			if json.Unmarshal(line, &e) == nil && e.Action != "" {
				t.see(e)
			} else {
				fmt.Fprint(t.out, string(line))
			}
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("reading what go test says: %w", err)
		}
	}
}

// shortPackage leaves out the module's name.
func shortPackage(path string) string {
	const module = "github.com/cdp-engine/cdp"
	if path == module {
		return "."
	}
	return strings.TrimPrefix(path, module+"/")
}
