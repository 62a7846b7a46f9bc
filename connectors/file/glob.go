package file

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// found is a file that a stream reads.
type found struct {
	path string
	name string // under the folder that the pattern starts in, with slashes: the same on every machine
	info fs.FileInfo
	encoding
}

func hasPattern(part string) bool { return strings.ContainsAny(part, "*?[") }

// globPattern splits a path into the folder without patterns and the parts that are matched under it.
func globPattern(p string) (parts []string, err error) {
	parts = strings.Split(filepath.ToSlash(p), "/")
	for _, part := range parts {
		if part == "**" {
			continue
		}
		if _, err := path.Match(part, "x"); err != nil {
			return nil, fmt.Errorf("%q has a [ without its ]", part)
		}
	}
	return parts, nil
}

// resolve lists the files of a stream, in the order of their names.
func resolve(s streamSettings, stream string) ([]found, error) {
	paths, base, err := expand(s.Path)
	if err != nil {
		return nil, pathFailure(stream, s.Path, err)
	}
	if len(paths) == 0 {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", stream, "path"},
			Message: "No file matches " + s.Path,
			Detail:  fmt.Sprintf("Nothing in %s matches. If the files come later, run again then; a stream does not take the lack of files for a lack of rows.", base)}
	}
	files := make([]found, 0, len(paths))
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, pathFailure(stream, p, err)
		}
		name := filepath.Base(p)
		if rel, err := filepath.Rel(base, p); err == nil {
			name = filepath.ToSlash(rel)
		}
		f := found{path: p, name: name, info: info, encoding: s.encoding(p)}
		if err := f.usable(stream); err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	return files, nil
}

func (f found) usable(stream string) error {
	fail := func(message, detail string) error {
		return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", stream, "path"}, Message: message, Detail: detail}
	}
	switch {
	case f.info.IsDir():
		return fail(f.name+" is a folder", "Name the files in it: path = \""+f.name+"/*.csv\".")
	case !f.info.Mode().IsRegular():
		return fail(f.name+" is not a file", "Pipes, sockets and devices are not read.")
	case f.format == "":
		return fail("The format of "+f.name+" is not known", "Its name does not end in .csv, .tsv, .jsonl, .ndjson, .json or .parquet. Say which it is: format = \"csv\".")
	}
	return nil
}

// pathFailure says what is wrong with a file in words.
func pathFailure(stream, p string, err error) error {
	f := &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", stream, "path"}, Message: "Cannot read " + p}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		f.Message, f.Detail = "No file "+p, "Paths are relative to the file of HCL that says them."
	case errors.Is(err, fs.ErrPermission):
		f.Detail = "The permissions of the file or of a folder above it do not allow it."
	default:
		var perr *fs.PathError
		if errors.As(err, &perr) {
			err = perr.Err
		}
		f.Detail = "The system says: " + err.Error() + "."
	}
	return f
}

// expand returns the files a path or pattern stands for, and the folder that the pattern starts in.
func expand(p string) (paths []string, base string, err error) {
	if _, err := os.Lstat(p); err == nil || !hasPattern(p) {
		return []string{p}, filepath.Dir(p), nil
	}
	parts, err := globPattern(p)
	if err != nil {
		return nil, "", err
	}
	fixed := 0
	for fixed < len(parts)-1 && !hasPattern(parts[fixed]) {
		fixed++
	}
	base = strings.Join(parts[:fixed], "/")
	if base == "" {
		base = "."
		if strings.HasPrefix(filepath.ToSlash(p), "/") {
			base = "/"
		}
	}
	if err := match(base, parts[fixed:], &paths); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, base, err
	}
	sort.Strings(paths)
	out := paths[:0]
	for i, p := range paths {
		if i == 0 || p != paths[i-1] {
			out = append(out, p)
		}
	}
	return out, base, nil
}

// match collects what is under dir and matches parts. Names that start with a dot need a pattern that does; folders that match
// the last part are left out.
func match(dir string, parts []string, into *[]string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	if parts[0] == "**" && len(parts) > 1 {
		if err := match(dir, parts[1:], into); err != nil {
			return err
		}
	}
	for _, e := range entries {
		name := e.Name()
		if strings.HasPrefix(name, ".") && !strings.HasPrefix(parts[0], ".") {
			continue
		}
		p := path.Join(dir, name)
		isDir := e.IsDir()
		if e.Type()&fs.ModeSymlink != 0 && parts[0] != "**" {
			if info, err := os.Stat(p); err == nil {
				isDir = info.IsDir()
			}
		}
		ok, rest := true, parts[1:]
		if parts[0] == "**" {
			if len(parts) > 1 {
				rest = parts
			}
		} else if ok, err = path.Match(parts[0], name); err != nil {
			return err
		}
		switch {
		case !ok:
		case isDir && parts[0] == "**" && len(parts) == 1:
			err = match(p, parts, into)
		case isDir && len(rest) > 0:
			err = match(p, rest, into)
		case !isDir && (len(rest) == 0 || parts[0] == "**" && len(parts) == 1):
			*into = append(*into, p)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
