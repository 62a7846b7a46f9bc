package duckdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Options say where a store's files are and what it may use.
type Options struct {
	Path        string // the warehouse file, absolute; empty: none, all tables are empty and nothing can be published
	Scratch     string // the scratch file; empty: memory
	TempDir     string // where large queries spill; made with mode 0700. Empty: beside Scratch, or the system's
	MemoryLimit int64  // bytes; 0: six tenths of what the machine or the container has
	Threads     int    // 0: one for each processor
	ReadOnly    bool   // Promote is an error
}

// wh is the catalogue of the warehouse.
const wh = "wh"

// Open opens a store: scratch as the main database, the warehouse attached read-only. A warehouse file that does not
// exist yet is an empty warehouse; it is made by Promote.
func Open(ctx context.Context, o Options) (warehouse.Store, error) {
	in, err := start("", settings(o))
	if err != nil {
		return nil, fmt.Errorf("starting DuckDB: %w", err)
	}
	s := &store{instance: in, options: o, tables: map[string]*tableState{}}
	if err := s.setUp(ctx); err != nil {
		in.close()
		return nil, err
	}
	return s, nil
}

// settings are those that must stand before the first connection.
func settings(o Options) map[string]string {
	limit := o.MemoryLimit
	if limit == 0 {
		limit = machineMemory() / 10 * 6
	}
	threads := o.Threads
	if threads == 0 {
		threads = runtime.NumCPU()
	}
	set := map[string]string{
		"autoinstall_known_extensions": "false",
		"autoload_known_extensions":    "false",
		"allow_community_extensions":   "false",
		"threads":                      strconv.Itoa(threads),
		"memory_limit":                 strconv.FormatInt(max(limit, 128<<20), 10) + "B",
	}
	return set
}

// tempDir makes the folder for spill files.
func tempDir(o Options) (string, error) {
	dir := o.TempDir
	if dir == "" && o.Scratch != "" {
		dir = o.Scratch + ".tmp"
	}
	if dir == "" {
		return "", nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("making the folder for temporary files: %w", err)
	}
	return dir, nil
}

// exists reports whether there is a warehouse file. An empty file is none: a first run may have died making it. Only its
// metadata is read: opening the file ourselves would lose DuckDB's lock on it.
func exists(path string) bool {
	info, err := os.Stat(path)
	return err == nil && (info.Size() > 0 || info.IsDir())
}

// clearEmpty takes an empty file out of the way, which DuckDB would not take for a new one.
func clearEmpty(path string) error {
	file, err := filepath.EvalSymlinks(path)
	if err != nil {
		return nil // nothing there
	}
	if info, err := os.Stat(file); err != nil || info.Size() > 0 || info.IsDir() {
		return nil
	}
	return os.Remove(file)
}

// private makes a file readable for its owner only, where it exists.
func private(path string) error {
	if err := os.Chmod(path, 0o600); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func (s *store) setUp(ctx context.Context) error {
	dir, err := tempDir(s.options)
	if err != nil {
		return err
	}
	path := s.options.Path
	if err := s.connect(ctx, 1, "SET GLOBAL TimeZone = 'UTC'", "SET temp_directory = "+quoteText(dir)); err != nil { // no folder: nothing spills
		return fmt.Errorf("preparing scratch: %w", err)
	}
	c := s.all[0]
	if err := s.attachScratch(ctx, c); err != nil {
		return err
	}
	if path != "" && exists(path) {
		if _, err := c.exec(ctx, "ATTACH "+quoteText(path)+" AS wh (READ_ONLY)"); err != nil {
			return about(path, err)
		}
		s.attached = true
	}
	if err := s.connect(ctx, connections-1, "USE "+quote(scratchCatalog)); err != nil {
		return err
	}
	if err := c.script(ctx, seal(path)...); err != nil {
		return fmt.Errorf("closing scratch off: %w", err)
	}
	return s.refresh(ctx)
}

// scratchCatalog is the catalogue that names without one resolve in. No schema can have the name: with a file as DuckDB's
// main database it would be the file's, and "s"."t" ambiguous where the file is called s.
const scratchCatalog = "cdp scratch"

func (s *store) attachScratch(ctx context.Context, c *conn) error {
	file := s.options.Scratch
	if file == "" {
		file = ":memory:"
	}
	if _, err := c.exec(ctx, "ATTACH "+quoteText(file)+" AS "+quote(scratchCatalog)); err != nil {
		return about(s.options.Scratch, err)
	}
	if s.options.Scratch != "" {
		if err := private(s.options.Scratch); err != nil {
			return fmt.Errorf("making the scratch file private: %w", err)
		}
	}
	err := c.script(ctx, "USE "+quote(scratchCatalog), "CREATE SCHEMA IF NOT EXISTS work", "CREATE SCHEMA IF NOT EXISTS delta", "CREATE SCHEMA IF NOT EXISTS now", "CREATE SCHEMA IF NOT EXISTS was")
	if err != nil {
		return fmt.Errorf("preparing scratch: %w", err)
	}
	return nil
}

// seal ends access to everything but the warehouse file, which publishing attaches anew, and ends changes of settings.
func seal(path string) []string {
	var out []string
	if path != "" {
		files := []string{quoteText(path)}
		for _, end := range []string{".wal", ".wal.checkpoint", ".wal.recovery", ".tmp"} {
			files = append(files, quoteText(path+end))
		}
		out = append(out, "SET allowed_paths = ["+strings.Join(files, ", ")+"]")
	}
	return append(out, "SET enable_external_access = false", "SET lock_configuration = true")
}

// machineMemory is the machine's, or the container's where that is less.
func machineMemory() int64 {
	total := int64(4 << 30)
	if text, err := os.ReadFile("/proc/meminfo"); err == nil {
		for line := range strings.Lines(string(text)) {
			fields := strings.Fields(line)
			if len(fields) >= 2 && fields[0] == "MemTotal:" {
				if kib, err := strconv.ParseInt(fields[1], 10, 64); err == nil {
					total = kib << 10
				}
			}
		}
	}
	for _, file := range []string{"/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"} {
		if text, err := os.ReadFile(file); err == nil {
			if limit, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && limit > 0 && limit < total {
				total = limit
			}
		}
	}
	return total
}
