package engine

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
)

// Format rewrites the HCL files of a folder in their canonical form and returns the names of those that were not. With
// check nothing is written. Files that do not parse are left as they are, and told.
func Format(dir string, check bool) ([]string, diag.Diagnostics) {
	if info, err := os.Stat(dir); err != nil || !info.IsDir() {
		return nil, one(diag.NewError("config.no_folder", "There is no such folder", dir+" is not a folder.", nil))
	}
	var paths []string
	for _, pattern := range []string{"*.cdp.hcl", "*.cdptest.hcl", "*.cdpvars.hcl", "cdp.lock.hcl"} {
		found, _ := filepath.Glob(filepath.Join(dir, pattern)) // the patterns are well formed
		paths = append(paths, found...)
	}
	if len(paths) == 0 {
		return nil, one(diag.NewWarning("fmt.nothing", "Nothing to format", "There are no HCL files of cdp (*.cdp.hcl, *.cdptest.hcl, *.cdpvars.hcl) in this folder. Name the project's with --chdir.", nil))
	}
	sort.Strings(paths)
	var changed []string
	var ds diag.Diagnostics
	for _, path := range paths {
		name := filepath.Base(path)
		source, err := os.ReadFile(path)
		if err != nil {
			ds = append(ds, unreadable(name, err))
			continue
		}
		if bad := config.CheckSyntax(name, source); bad.HasErrors() {
			ds = append(ds, bad...)
			continue
		}
		formatted := config.Format(source)
		if bytes.Equal(source, formatted) {
			continue
		}
		changed = append(changed, name)
		if !check {
			if err := rewrite(path, formatted); err != nil {
				ds = append(ds, unreadable(name, err))
			}
		}
	}
	return changed, ds
}

func unreadable(name string, err error) diag.Diagnostic {
	text := err.Error()
	if i := strings.LastIndex(text, ": "); i >= 0 {
		text = text[i+2:]
	}
	return diag.NewError("fmt.file", "A file cannot be formatted", fmt.Sprintf("%s: %s.", name, text), nil)
}

// rewrite replaces a file by way of a temporary name, with its own mode: a kill leaves the old one or the new one.
func rewrite(path string, body []byte) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".fmt-*")
	if err != nil {
		return err
	}
	defer os.Remove(tmp.Name())
	_, err = tmp.Write(body)
	if closed := tmp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Chmod(tmp.Name(), info.Mode().Perm())
	}
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	return err
}
