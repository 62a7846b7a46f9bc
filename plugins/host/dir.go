package host

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// dirPrefix marks private directories, so that those of a killed host can be found again.
const dirPrefix = "cdp-connector-"

// maxSocketDir leaves room for a socket's name: the whole path must stay under 107 bytes.
const maxSocketDir = 80

// privateDir is a directory of one connector, readable by nobody else, and locked as long as its host lives.
type privateDir struct {
	path string
	lock *flock.Flock
}

// newPrivateDir makes a directory and locks it. Between the two, another host may take it for one that was left behind and
// sweep it away: then another one is made.
func newPrivateDir(parent string) (*privateDir, error) {
	if abs, err := filepath.Abs(parent); err == nil {
		parent = abs
	}
	if len(parent)+len(dirPrefix)+12 > maxSocketDir {
		parent = "/tmp"
	}
	for range 100 {
		path, err := os.MkdirTemp(parent, dirPrefix)
		if err != nil {
			return nil, fmt.Errorf("making a private directory: %w", err)
		}
		if len(path) > maxSocketDir {
			_ = os.Remove(path)
			return nil, fmt.Errorf("making a private directory: its path has more than %d bytes", maxSocketDir)
		}
		d := &privateDir{path: path, lock: flock.New(path + ".lock")}
		ok, err := d.lock.TryLock()
		if err != nil {
			d.remove()
			return nil, fmt.Errorf("locking a private directory: %w", err)
		}
		if ok {
			if _, err := os.Lstat(path); err == nil { // a sweeper removes it before it lets go of the lock
				return d, nil
			}
		}
		d.remove()
	}
	return nil, errors.New("making a private directory: each was swept away at once")
}

func (d *privateDir) remove() {
	_ = os.RemoveAll(d.path)
	_ = os.Remove(d.lock.Path())
	_ = d.lock.Unlock()
}

// sweepPrivateDirs removes what hosts that were killed left behind: directories whose lock nobody holds.
func sweepPrivateDirs(parent string) {
	locks, err := filepath.Glob(filepath.Join(parent, dirPrefix+"*.lock"))
	if err != nil {
		return
	}
	for _, path := range locks {
		lock := flock.New(path)
		if ok, err := lock.TryLock(); err != nil || !ok {
			continue
		}
		_ = os.RemoveAll(strings.TrimSuffix(path, ".lock"))
		_ = os.Remove(path)
		_ = lock.Unlock()
	}
}
