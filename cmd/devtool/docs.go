package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/cdp-engine/cdp/connectors"
	"github.com/cdp-engine/cdp/engine/render"
)

const referenceDir = "docs/reference"

// writeDocs writes the reference pages into docs/reference, or the folder of -to.
func writeDocs(args []string) (int, error) {
	flags := flag.NewFlagSet("docs", flag.ContinueOnError)
	to := flags.String("to", referenceDir, "folder to write to")
	if err := flags.Parse(args); err != nil {
		return 2, nil
	}
	pages, err := referencePages(".")
	if err != nil {
		return 1, err
	}
	if err := os.MkdirAll(*to, 0o777); err != nil {
		return 1, err
	}
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(*to, name), []byte(text), 0o666); err != nil {
			return 1, err
		}
	}
	return 0, nil
}

// referencePages are the pages by name. root is the repository's folder.
func referencePages(root string) (map[string]string, error) {
	commands, err := commandsPage(root)
	if err != nil {
		return nil, err
	}
	codes, err := diagnosticsPage(root)
	if err != nil {
		return nil, err
	}
	pages := map[string]string{
		"blocks.md": blocksPage(), "tables.md": tablesPage(), "connectors.md": connectorsPage(),
		"commands.md": commands, "diagnostics.md": codes,
	}
	for name, text := range pages {
		pages[name] = "<!-- Generated from the code by `make generate`. Do not edit. -->\n\n" + strings.TrimSpace(text) + "\n"
	}
	if pages["events.schema.json"], err = render.EventsSchema(); err != nil {
		return nil, err
	}
	return pages, nil
}

// commandsPage is what the command says of itself.
func commandsPage(root string) (string, error) {
	cmd := exec.Command("go", "run", "./cmd/cdp", "reference")
	cmd.Dir = root
	cmd.Stderr = os.Stderr
	for _, v := range os.Environ() { // defaults of flags come from the environment
		if !strings.HasPrefix(v, "CDP_") {
			cmd.Env = append(cmd.Env, v)
		}
	}
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("asking cdp for its commands: %w", err)
	}
	return string(out), nil
}

func connectorsPage() string {
	var out strings.Builder
	out.WriteString("# Built-in connectors\n\nThe connector is the first label of a `source` or `destination` block. " +
		"`cdp connector docs NAME` prints one of these pages.\n")
	for _, c := range connectors.All() {
		for _, line := range strings.SplitAfter(render.ConnectorDocs(c.Spec), "\n") {
			if strings.HasPrefix(line, "#") {
				line = "#" + line
			}
			out.WriteString(line)
		}
		out.WriteString("\n")
	}
	return out.String()
}
