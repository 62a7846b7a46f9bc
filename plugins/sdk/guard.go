package sdk

import (
	"fmt"
	"os"
	"runtime/debug"
	"strings"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// guard runs the author's code. A panic in it becomes a failure that names what was being done: the process goes on, and
// what else it was asked to do is still answered. The stack goes to standard error; the value of the panic is not shown
// to the user, since it may hold a record.
func guard(what string, kind wire.FailureKind, f func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			fmt.Fprintf(os.Stderr, "panic while %s: %s\n%s\n", what, panicType(p), debug.Stack())
			err = &wire.Failure{
				Kind: kind, Code: "panic", Message: "the connector panicked while " + what,
				Detail: "This is a bug in the connector: " + panicType(p) + " at " + panicPlace(string(debug.Stack())) + ".",
			}
		}
	}()
	return f()
}

// panicType is what a panic was, without data: Go's own runtime errors are shown whole.
func panicType(p any) string {
	if err, ok := p.(interface {
		error
		RuntimeError()
	}); ok {
		return err.Error()
	}
	return fmt.Sprintf("a %T", p)
}

// panicPlace is file and line of the frame that panicked, without folders.
func panicPlace(stack string) string {
	_, after, found := strings.Cut(stack, "\npanic(")
	if !found {
		return "an unknown place"
	}
	for line := range strings.Lines(after) {
		file, _, isFrame := strings.Cut(strings.TrimSpace(line), " +0x")
		if !isFrame || strings.Contains(file, "/runtime/") {
			continue
		}
		return file[strings.LastIndexByte(file, '/')+1:]
	}
	return "an unknown place"
}
