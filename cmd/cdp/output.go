package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
)

// output is stdout that remembers whether all of it could be written: a plan that a job stores must be whole, or the job
// must fail.
type output struct {
	*os.File
	failed error
}

// Write writes and remembers.
func (o *output) Write(b []byte) (int, error) {
	n, err := o.File.Write(b)
	if err != nil && o.failed == nil {
		o.failed = err
	}
	return n, err
}

// code is the exit code once what was written is taken into account. A reader that has seen enough (head) is no failure.
func (o *output) code(code int) int {
	if o.failed == nil || errors.Is(o.failed, syscall.EPIPE) || code != 0 {
		return code
	}
	fmt.Fprintf(os.Stderr, "Error: the output could not be written: %s\n", unwrapPath(o.failed))
	return 1
}
