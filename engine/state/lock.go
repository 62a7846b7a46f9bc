package state

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// Mode is how a command holds the warehouse.
type Mode int

// Any number of commands may read at once; one may write, alone.
const (
	Shared Mode = iota
	Exclusive
)

// Holder is a process that holds the warehouse.
type Holder struct {
	PID     int       `json:"pid"`
	Host    string    `json:"host"`
	Command string    `json:"command"`
	Since   time.Time `json:"since"`
	Reads   bool      `json:"reads"` // it only reads
}

func (h Holder) String() string {
	verb := "writing"
	if h.Reads {
		verb = "reading"
	}
	where := ""
	if h.Host != "" {
		where = " on " + h.Host
	}
	return fmt.Sprintf("process %d%s, cdp %s, %s since %s", h.PID, where, h.Command, verb, h.Since.UTC().Format(time.RFC3339))
}

// LockedError says who holds the warehouse.
type LockedError struct {
	Path    string
	Holders []Holder // empty: somebody who did not say
}

func (e *LockedError) Error() string {
	if len(e.Holders) == 0 {
		return e.Path + " is held by another process"
	}
	names := make([]string, len(e.Holders))
	for i, h := range e.Holders {
		names[i] = h.String()
	}
	return e.Path + " is held by " + strings.Join(names, "; ")
}

// Lock is a held lock. It ends with Release or with the process.
type Lock struct {
	main *flock.Flock // nil: there was nothing to lock
	card *flock.Flock // names us to others
	path string
}

const poll = 20 * time.Millisecond

// Acquire takes the lock of a warehouse. It waits at most timeout, then returns a *LockedError. A reader of a warehouse
// that does not exist yet holds nothing and leaves nothing behind.
func Acquire(ctx context.Context, warehouse string, mode Mode, timeout time.Duration, self Holder) (*Lock, error) {
	path := warehouse + ".lock"
	if mode == Shared && missing(path) && missing(warehouse) {
		return &Lock{}, nil
	}
	main := flock.New(path, flock.SetPermissions(0o600))
	deadline := time.Now().Add(timeout)
	for {
		held, err := try(main, mode)
		if err != nil {
			if mode == Shared && missing(path) && (errors.Is(err, fs.ErrPermission) || errors.Is(err, errReadOnly)) {
				return &Lock{}, nil // a folder we cannot write to: nobody like us can change the warehouse either
			}
			return nil, fmt.Errorf("locking %s: %w", path, err)
		}
		if held {
			break
		}
		if time.Now().After(deadline) {
			return nil, &LockedError{Path: warehouse, Holders: patientHolders(ctx, path)}
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(poll):
		}
	}
	self.Reads = mode == Shared
	return &Lock{main: main, card: leaveCard(path, self), path: path}, nil
}

func try(l *flock.Flock, mode Mode) (bool, error) {
	if mode == Shared {
		return l.TryRLock()
	}
	return l.TryLock()
}

func missing(path string) bool {
	_, err := os.Stat(path)
	return errors.Is(err, fs.ErrNotExist)
}

// Release gives the lock back. It may be called twice.
func (l *Lock) Release() error {
	if l == nil || l.main == nil {
		return nil
	}
	if l.card != nil {
		_ = os.Remove(l.card.Path())
		_ = l.card.Unlock()
		_ = os.Remove(filepath.Dir(l.card.Path())) // stays if others are in it
	}
	err := l.main.Unlock()
	l.main, l.card = nil, nil
	return err
}

// A holder's card is a file that says who it is and that it keeps flocked: a card that can be locked belongs to nobody
// any more, whatever its process id is used for now.
func leaveCard(path string, self Holder) *flock.Flock {
	dir := path + ".d"
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil // a nameless holder is still a holder
	}
	name := filepath.Join(dir, fmt.Sprintf("%d-%s", self.PID, NewID()))
	card := flock.New(name, flock.SetPermissions(0o600))
	if ok, err := card.TryLock(); err != nil || !ok {
		return nil
	}
	content, err := json.Marshal(self)
	if err == nil {
		err = os.WriteFile(name, content, 0o600)
	}
	if err != nil {
		_ = os.Remove(name)
		_ = card.Unlock()
		return nil
	}
	_ = holders(path) // sweeps cards of the dead
	return card
}

// patientHolders gives a holder that has just taken the lock a moment to say who it is.
func patientHolders(ctx context.Context, path string) []Holder {
	for range 5 {
		if found := holders(path); len(found) > 0 || ctx.Err() != nil {
			return found
		}
		time.Sleep(poll)
	}
	return nil
}

func holders(path string) []Holder {
	names, _ := filepath.Glob(filepath.Join(escapeGlob(path+".d"), "*"))
	var found []Holder
	for _, name := range names {
		probe := flock.New(name, flock.SetFlag(os.O_RDONLY))
		free, err := probe.TryRLock()
		if err != nil {
			continue
		}
		content, _ := os.ReadFile(name)
		var h Holder
		known := json.Unmarshal(content, &h) == nil
		if free {
			if known || old(name) { // an empty card may be one being written
				_ = os.Remove(name)
			}
			_ = probe.Unlock()
			continue
		}
		if known {
			found = append(found, h)
		}
	}
	slices.SortFunc(found, func(a, b Holder) int { return a.Since.Compare(b.Since) })
	return found
}

func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

func old(path string) bool {
	info, err := os.Stat(path)
	return err == nil && time.Since(info.ModTime()) > time.Minute
}
