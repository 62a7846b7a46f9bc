package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
)

// checkGenerated generates everything into a temporary folder and compares it with what is in the tree.
func checkGenerated([]string) (int, error) {
	pages, err := referencePages(".")
	if err != nil {
		return 1, err
	}
	stale, err := differing(referenceDir, pages)
	if err != nil {
		return 1, err
	}
	proto, err := protocolCode()
	if err != nil {
		return 1, err
	}
	more, err := differing("plugins/proto/v1", proto)
	if err != nil {
		return 1, err
	}
	stale = append(stale, more...)
	for _, name := range stale {
		fmt.Println("not up to date:", name)
	}
	if len(stale) > 0 {
		fmt.Println("Run `make generate` and commit what it writes.")
		return 1, nil
	}
	fmt.Printf("%d generated files are up to date\n", len(pages)+len(proto))
	return 0, nil
}

// differing names the files of dir that are not as they would be generated, and those nobody generates.
func differing(dir string, want map[string]string) ([]string, error) {
	var out []string
	for _, name := range sortedKeys(want) {
		path := filepath.Join(dir, name)
		got, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			return nil, err
		}
		if !bytes.Equal(got, []byte(want[name])) {
			out = append(out, path)
		}
	}
	if dir == referenceDir {
		there, err := filepath.Glob(filepath.Join(dir, "*.md"))
		if err != nil {
			return nil, err
		}
		for _, path := range there {
			if _, ok := want[filepath.Base(path)]; !ok && !slices.Contains(out, path) {
				out = append(out, path)
			}
		}
	}
	return out, nil
}

// protocolCode generates the wire's Go code from plugin.proto, beside the tree.
func protocolCode() (map[string]string, error) {
	dir, err := os.MkdirTemp("", "cdp-generated-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	cmd := exec.Command("go", "tool", "-modfile=../../tools/go.mod", "buf", "generate", "--output", dir)
	cmd.Dir = "plugins/proto"
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("generating the protocol's code: %w\n%s", err, out)
	}
	files := map[string]string{}
	made, err := filepath.Glob(filepath.Join(dir, "v1", "*.pb.go"))
	if err != nil {
		return nil, err
	}
	for _, path := range made {
		text, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		files[filepath.Base(path)] = string(text)
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("the generator of the protocol's code wrote nothing")
	}
	return files, nil
}
