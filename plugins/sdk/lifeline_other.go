//go:build !unix

package sdk

import (
	"io"
	"os"
)

// watchLifeline ends this process when the host closes its standard input.
func watchLifeline() {
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(1)
	}()
}
