package engine

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/cdp-engine/cdp/engine/state"
)

// lock takes the warehouse's lock. A project without a warehouse file needs none to look.
func (p *Project) lock(ctx context.Context, mode state.Mode) (func(), error) {
	path := p.config.Settings.Warehouse.Abs
	if mode == state.Shared {
		if _, err := os.Stat(path); err != nil {
			return func() {}, nil
		}
	}
	if p.opts.LockTimeout > 0 {
		phase(p.opts.Listener, "Waiting for the warehouse")
		defer phase(p.opts.Listener, PhaseDone)
	}
	host, _ := os.Hostname() // only named to people
	l, err := state.Acquire(ctx, path, mode, p.opts.LockTimeout, state.Holder{PID: os.Getpid(), Host: host, Command: p.opts.Command, Since: time.Now().UTC()})
	switch {
	case err == nil:
		return func() { _ = l.Release() }, nil
	case mode != state.Shared || !unwritable(err):
		return nil, err
	case readOnly(filepath.Dir(path)):
		return func() {}, nil // nobody can write the warehouse from here, whoever they are: there is nothing to wait for
	}
	var at *os.PathError
	if errors.As(err, &at) {
		return nil, &barredLock{path: at.Path, cause: at.Err}
	}
	return nil, err
}

// barredLock is a lock that others have and we may not use: without it nobody can tell whether the warehouse is being written.
type barredLock struct {
	path  string
	cause error
}

func (b *barredLock) Error() string {
	return fmt.Sprintf("%s keeps readers and writers apart, and opening it failed: %s.", b.path, b.cause)
}

// readOnly reports whether a folder lies in a file system that is mounted read-only.
func readOnly(dir string) bool {
	const mountedReadOnly = 1 // ST_RDONLY, MNT_RDONLY
	var fs syscall.Statfs_t
	return syscall.Statfs(dir, &fs) == nil && fs.Flags&mountedReadOnly != 0
}
