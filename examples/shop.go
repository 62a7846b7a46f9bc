package examples

import (
	"embed"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
	"time"
)

//go:embed shop
var files embed.FS

// Names are the examples there are.
func Names() []string { return []string{"shop"} }

// Options say which state of the shop to write.
type Options struct {
	People int       // how many people there are; 0: 2,000
	Seed   uint64    // 0: 1
	Day    int       // how many days have passed since the first export; changes data, not the HCL
	Now    time.Time // the clock of day 0: data is from before it
}

// Write writes the shop into a folder: the HCL, and the data under data/. Files that are there are kept unless they are
// the shop's own data. It returns what it wrote, by name.
func Write(dir string, o Options) ([]string, error) {
	var written []string
	err := fs.WalkDir(files, "shop", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		name, err := filepath.Rel("shop", path)
		if err != nil {
			return err
		}
		target := filepath.Join(dir, name)
		if _, err := os.Stat(target); err == nil {
			return nil
		}
		body, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		written = append(written, name)
		return write(target, body)
	})
	if err != nil {
		return nil, fmt.Errorf("writing the example: %w", err)
	}
	for name, body := range Data(o) {
		target := filepath.Join(dir, name)
		if old, err := os.ReadFile(target); err == nil && string(old) == string(body) {
			continue // an untouched file keeps its time: it need not be read again
		}
		if err := write(target, body); err != nil {
			return nil, fmt.Errorf("writing the example's data: %w", err)
		}
		written = append(written, name)
	}
	sort.Strings(written)
	return written, nil
}

func write(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o666)
}
