package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"
)

// version is set by the linker for releases.
var version = "0.1.0-dev"

func main() {
	code := run(os.Args[1:])
	runtime.KeepAlive(ballast)
	os.Exit(code)
}

func run(args []string) int {
	// Whatever we write may hold people's data: nobody else may read it. Connectors and init get the user's own mask back.
	userMask = syscall.Umask(0o077)
	survivePipes()
	app := &app{stdout: &output{to: os.Stdout}, stderr: os.Stderr, stdin: os.Stdin, began: time.Now()}
	ctx, stop := interruptible(app.remark)
	defer stop()
	app.ctx = ctx
	root := newRoot(app)
	args = doubleDashes(args)
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	var exit exitError
	switch {
	case errors.As(err, &exit):
		return app.code(int(exit))
	case app.stdout.broken(): // err, if any, is of that
		return app.code(0)
	case err != nil:
		app.json = app.json || asJSON(args) // parsing may have ended before it came to the flag
		app.usageError(err)
		return app.code(1)
	}
	return app.code(0)
}

// userMask is the umask cdp was started with.
var userMask int

// patience is how long an interruption may take before it is said that there is a faster one.
const patience = time.Second

// interruptible is a context that the first SIGINT or SIGTERM cancels; the second ends the process at once, which say tells if
// the first takes its time.
func interruptible(say func(string)) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		got, ok := <-signals
		if !ok {
			return
		}
		code, again := 130, "Ctrl-C"
		if got == syscall.SIGTERM {
			code, again = 143, "SIGTERM"
		}
		cancel(interrupted(code))
		slow := time.AfterFunc(patience, func() {
			say("Stopping where nothing is left half-done. " + again + " once more ends it at once; the next command then cleans up.")
		})
		defer slow.Stop()
		if _, ok := <-signals; ok {
			os.Exit(code)
		}
	}()
	return ctx, func() { signal.Stop(signals); close(signals); cancel(nil) }
}

// interrupted is the cause of a context that a signal cancelled: its exit code.
type interrupted int

func (i interrupted) Error() string { return fmt.Sprintf("interrupted (%d)", int(i)) }

// exitError carries an exit code through cobra; what went wrong has been printed already.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// doubleDashes lets -flag mean --flag, as in Terraform.
func doubleDashes(args []string) []string {
	out := make([]string, len(args))
	for i, a := range args {
		if a == "--" {
			copy(out[i:], args[i:])
			break
		}
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && utf8.RuneCountInString(a) > 2 && isLetter(a[1]) {
			a = "-" + a
		}
		out[i] = a
	}
	return out
}

// asJSON reports whether a command line has --json among its flags.
func asJSON(args []string) bool {
	if end := slices.Index(args, "--"); end >= 0 {
		args = args[:end]
	}
	return slices.Contains(args, "--json")
}

func isLetter(b byte) bool { return b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z' }
