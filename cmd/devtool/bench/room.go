package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
)

// room is where works are done: folders, the binary, and the figures so far.
type room struct {
	ctx     context.Context
	cdp     string // the binary
	cache   string // data that is generated once
	dir     string // everything else, removed at the end
	scale   float64
	figures []figure
	work    string // under way
	quiet   bool
}

func newRoom(ctx context.Context, cdp, cache string, scale float64) (*room, error) {
	if scale <= 0 || scale > 1 {
		return nil, fmt.Errorf("a scale of %v: it is above 0 and at most 1", scale)
	}
	cdp, err := filepath.Abs(cdp)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(cdp); err != nil {
		return nil, fmt.Errorf("the binary to measure: %w (make build)", err)
	}
	if cache == "" {
		if cache, err = os.UserCacheDir(); err != nil {
			return nil, err
		}
		cache = filepath.Join(cache, "cdp-bench")
	}
	if cache, err = filepath.Abs(cache); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return nil, err
	}
	// On the same file system as the data: what is written here is written to a disk, and data can be linked in.
	dir, err := os.MkdirTemp(cache, "run-")
	if err != nil {
		return nil, err
	}
	return &room{ctx: ctx, cdp: cdp, cache: cache, dir: dir, scale: scale}, nil
}

func (r *room) close() { _ = os.RemoveAll(r.dir) }

// rows is a number of rows at this scale, at least 1,000.
func (r *room) rows(full int) int { return max(int(float64(full)*r.scale), min(full, 1000)) }

// enough checks that the largest work, with the cache, fits the disk.
func (r *room) enough(chosen []work) error {
	need := int64(float64(1<<30) * r.scale) // the cache
	for _, w := range chosen {
		need = max(need, int64(float64(1<<30+w.disk)*r.scale))
	}
	need += 100 << 20
	var fs syscall.Statfs_t
	if err := syscall.Statfs(r.dir, &fs); err != nil {
		return err
	}
	free := int64(fs.Bavail) * int64(fs.Bsize)
	if free < need {
		return fmt.Errorf("%s has %d MB free, %d MB are needed: name another folder with -cache, or a smaller -scale", r.dir, free>>20, need>>20)
	}
	return nil
}

// do does one work in a folder of its own.
func (r *room) do(w work) error {
	r.work = w.name
	fmt.Fprintf(os.Stderr, "%-9s %s …\n", w.name, w.doc)
	whole := r.dir
	r.dir = filepath.Join(whole, w.name)
	defer func() { _ = os.RemoveAll(r.dir); r.dir = whole }()
	if err := os.MkdirAll(r.dir, 0o755); err != nil {
		return err
	}
	return w.run(r)
}

// load is how busy the machine is beyond its processors: ratios of a busy machine say little.
func load() string {
	raw, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return ""
	}
	one, _, _ := strings.Cut(string(raw), " ")
	return fmt.Sprintf("%s on %d processors", one, runtime.NumCPU())
}
