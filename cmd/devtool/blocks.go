package main

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/config"
)

// blocksPage is the reference of the language's blocks.
func blocksPage() string {
	var out strings.Builder
	out.WriteString("# Blocks and arguments\n\nIn the order of the chain. [The language](../language.md) says how they work together.\n")
	for _, b := range config.Reference() {
		blockPage(&out, b, 2)
	}
	return out.String()
}

func blockPage(out *strings.Builder, b config.BlockDoc, level int) {
	title := b.Name
	for _, l := range b.Labels {
		title += fmt.Sprintf(" %q", strings.ToUpper(l))
	}
	fmt.Fprintf(out, "\n%s `%s`\n\n%s\n", strings.Repeat("#", min(level, 6)), title, b.Doc)
	if b.Open {
		out.WriteString("\nTakes the connector's own arguments as well: see [connectors](connectors.md).\n")
	}
	if b.Each {
		out.WriteString("\nTakes `for_each`.\n")
	}
	if len(b.Args) > 0 {
		out.WriteString("\n| argument | type | | meaning |\n|---|---|---|---|\n")
	}
	for _, a := range b.Args {
		required := ""
		if a.Required {
			required = "required"
		}
		typ := a.Type
		if len(a.OneOf) > 0 {
			typ = "`" + strings.Join(a.OneOf, "`, `") + "`"
		}
		fmt.Fprintf(out, "| `%s` | %s | %s | %s |\n", a.Name, cell(typ), required, cell(a.Doc))
	}
	if len(b.Later) > 0 {
		fmt.Fprintf(out, "\nNot in this version: `%s`.\n", strings.Join(b.Later, "`, `"))
	}
	for _, inner := range b.Blocks {
		blockPage(out, inner, level+1)
	}
}

// cell is a text inside a Markdown table.
func cell(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "|", "\\|"), "\n", " ")
}
