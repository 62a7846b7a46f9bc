package examples

import (
	"embed"
	"encoding/json"
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
	Renew  bool      // the data of a shop that is there is written anew
}

// Here reports whether a folder has the shop: some of its HCL, and its data.
func Here(dir string) bool {
	_, err := os.Stat(filepath.Join(dir, "data", "customers.csv"))
	found, _ := filepath.Glob(filepath.Join(dir, "sources.cdp.hcl"))
	return err == nil && len(found) > 0
}

// Files are names of files, sorted.
type Files struct{ Written, Kept []string }

// Write writes the shop into a folder: the HCL, and the data under data/. Files that are there are kept; with Renew, data is
// written anew, and nothing but data where there is a shop: its HCL is the user's by then.
func Write(dir string, o Options) (Files, error) {
	var out Files
	dataOnly := o.Renew && Here(dir)
	if dataOnly {
		o = remembered(dir, o)
	}
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
			out.Kept = append(out.Kept, name)
			return nil
		}
		if dataOnly {
			return nil
		}
		body, err := files.ReadFile(path)
		if err != nil {
			return err
		}
		out.Written = append(out.Written, name)
		return write(target, body)
	})
	if err != nil {
		return out, fmt.Errorf("writing the example: %w", err)
	}
	for name, body := range Data(o) {
		target := filepath.Join(dir, name)
		if old, err := os.ReadFile(target); err == nil && (!o.Renew || string(old) == string(body)) {
			out.Kept = append(out.Kept, name) // an untouched file keeps its time: it need not be read again
			continue
		}
		if err := write(target, body); err != nil {
			return out, fmt.Errorf("writing the example's data: %w", err)
		}
		out.Written = append(out.Written, name)
	}
	if err := remember(dir, o); err != nil {
		return out, fmt.Errorf("writing the example's data: %w", err)
	}
	sort.Strings(out.Written)
	sort.Strings(out.Kept)
	return out, nil
}

func write(path string, body []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, body, 0o666)
}

// made is what a shop's data was made from, kept beside it: another day of the same shop is of the same people.
type made struct {
	People int       `json:"people"`
	Seed   uint64    `json:"seed"`
	Now    time.Time `json:"now"`
}

func madePath(dir string) string { return filepath.Join(dir, "data", ".shop.json") }

// remembered fills in what the shop in a folder was made from, where nothing else is said.
func remembered(dir string, o Options) Options {
	var m made
	text, err := os.ReadFile(madePath(dir))
	if err != nil || json.Unmarshal(text, &m) != nil {
		return o
	}
	if o.People == 0 {
		o.People = m.People
	}
	if o.Seed == 0 {
		o.Seed = m.Seed
	}
	o.Now = m.Now
	return o
}

// remember keeps what a shop is made from, once.
func remember(dir string, o Options) error {
	if _, err := os.Stat(madePath(dir)); err == nil {
		return nil
	}
	text, err := json.Marshal(made{People: o.People, Seed: o.Seed, Now: o.Now})
	if err != nil {
		return err
	}
	return write(madePath(dir), text)
}
