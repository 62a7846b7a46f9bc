package engine

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// scratchPrefix begins the names of scratch folders under .cdp. Each holds a file that its process keeps locked: one
// whose lock can be had belongs to a run that died.
const scratchPrefix = "scratch-"

func (s *session) hold() error {
	f, err := os.OpenFile(filepath.Join(s.dir, "alive"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	s.alive = f
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// sweep removes what dead runs left: scratch databases, spill files and staging hold people's data. What can't be removed
// now is removed by the next command.
func sweep(dir string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), scratchPrefix) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.OpenFile(filepath.Join(path, "alive"), os.O_RDWR, 0o600)
		if errors.Is(err, os.ErrNotExist) && !young(path) {
			_ = os.RemoveAll(path)
			continue
		}
		if err != nil {
			continue
		}
		if syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			_ = os.RemoveAll(path)
		}
		_ = f.Close()
	}
}

// young reports whether a folder may still be about to get its lock.
func young(path string) bool {
	info, err := os.Stat(path)
	return err == nil && since(info.ModTime()) < 1
}

// since is the age of a time in whole minutes.
func since(t time.Time) int { return int(time.Since(t).Minutes()) }
