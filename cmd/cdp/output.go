package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
)

// output is stdout that remembers whether all of it could be written: a plan that a job stores must be whole, or the job
// must fail.
type output struct {
	to     io.Writer
	mu     sync.Mutex
	failed error
	unread func() // hears once that nobody reads any more; nil: nobody needs to know
}

// Write writes and remembers.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.to.Write(b)
	if err == nil {
		return n, nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.failed == nil {
		o.failed = err
		if o.unread != nil && errors.Is(err, syscall.EPIPE) {
			o.unread()
		}
	}
	return n, err
}

// Fd lets others see whether it is a terminal.
func (o *output) Fd() uintptr {
	if f, ok := o.to.(*os.File); ok {
		return f.Fd()
	}
	return ^uintptr(0)
}

// broken reports whether something could not be written.
func (o *output) broken() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.failed != nil
}

// survivePipes makes writing to a reader that has gone an error like others. Otherwise it would end the process: an apply in
// the middle of its work, because somebody looked at its first lines only.
func survivePipes() { signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE) }

// code is the exit code once what was written is taken into account. A reader that has seen enough (head) is no failure.
func (a *app) code(code int) int {
	if !a.stdout.broken() || errors.Is(a.stdout.failed, syscall.EPIPE) {
		return code
	}
	why := a.stdout.failed
	var path *os.PathError
	if errors.As(why, &path) {
		why = path.Err
	}
	// On stderr only: stdout is what cannot be written.
	render.Diagnostics(a.stderr, render.StyleOf(a.stderr, a.noColor), diag.Diagnostics{diag.NewError("cli.output", "Could not write the output",
		fmt.Sprintf("Writing to stdout failed: %s. Only what is printed is not whole: the work itself ended as it does otherwise.", why), nil)}, nil)
	return max(code, 1)
}

// working says that a command changes something: it goes on though nobody reads what it prints, and says so.
func (a *app) working() {
	a.stdout.unread = func() {
		fmt.Fprint(a.stderr, render.StyleOf(a.stderr, a.noColor).Wrap("Nobody reads the output any more. The work goes on; the exit code says how it ended."))
	}
}
