package engine

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// scratchPrefix begins the names of scratch folders under .cdp. Each holds a file that its process keeps locked: one
// whose lock can be had belongs to a run that died.
const (
	scratchPrefix = "scratch-"
	aliveFile     = "alive"
)

// systemPrefix begins their names among the system's temporary folders.
const systemPrefix = "cdp-" + scratchPrefix

// scratch makes a folder for one command under .cdp.
func (p *Project) scratch() (string, error) {
	if err := os.MkdirAll(p.private(), 0o700); err != nil {
		return "", err
	}
	return os.MkdirTemp(p.private(), scratchPrefix)
}

// scratchToLook is scratch, or a folder among the system's temporary ones where the project cannot be written.
func (p *Project) scratchToLook() (string, error) {
	dir, err := p.scratch()
	if unwritable(err) {
		sweepIn(os.TempDir(), systemPrefix)
		return os.MkdirTemp("", systemPrefix)
	}
	return dir, err
}

// unwritable reports whether an error says that a folder is not ours to write in.
func unwritable(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// inside reports whether a path lies in the project's folder, or beside its warehouse.
func (p *Project) inside(path string) bool {
	for _, dir := range []string{p.dir, filepath.Dir(p.config.Settings.Warehouse.Abs)} {
		if full, err := filepath.Abs(dir); err == nil {
			if rel, err := filepath.Rel(full, path); err == nil && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
				return true
			}
		}
		if strings.HasPrefix(path, dir+string(filepath.Separator)) {
			return true
		}
	}
	return false
}

// hold locks a scratch folder for as long as the file it gives is open.
func hold(dir string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(dir, aliveFile), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, err
	}
	return f, nil
}

// sweep removes what dead runs left: scratch databases, spill files and staging hold people's data.
// What can't be removed now is removed by the next command.
func (p *Project) sweep() {
	sweepIn(p.private(), scratchPrefix)
	sweepIn(p.plansDir(), scratchPrefix)
}

func sweepIn(dir, prefix string) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), prefix) || prefix == systemPrefix && !ours(e) {
			continue
		}
		path := filepath.Join(dir, e.Name())
		f, err := os.OpenFile(filepath.Join(path, aliveFile), os.O_RDWR, 0o600)
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

// ours reports whether a folder belongs to the user we are: in the system's folder there are those of others.
func ours(e os.DirEntry) bool {
	info, err := e.Info()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid()
}

// young reports whether a folder may still be about to get its lock.
func young(path string) bool {
	info, err := os.Stat(path)
	return err == nil && since(info.ModTime()) < 1
}

// since is the age of a time in whole minutes.
func since(t time.Time) int { return int(time.Since(t).Minutes()) }
