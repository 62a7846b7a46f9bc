package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// newReference prints the reference of the commands; the page in docs/reference is made with it.
func newReference(a *app) *cobra.Command {
	return &cobra.Command{
		Use: "reference", Short: "Print the reference of the commands as Markdown", Hidden: true, Args: none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			root := cmd.Root()
			fmt.Fprintf(a.stdout, "# Commands\n\n```\ncdp [--chdir DIR] COMMAND [flags]\n```\n\n## Flags of every command\n\n")
			fmt.Fprint(a.stdout, flagTable(root.PersistentFlags()))
			for _, c := range root.Commands() {
				a.commandPage(c, 2)
			}
			return nil
		},
	}
}

func (a *app) commandPage(c *cobra.Command, level int) {
	if c.Hidden || c.Name() == "help" {
		return
	}
	fmt.Fprintf(a.stdout, "\n%s `%s`\n\n%s.\n", strings.Repeat("#", level), strings.TrimSuffix(c.UseLine(), " [flags]"), strings.TrimSuffix(c.Short, "."))
	if c.Long != "" {
		fmt.Fprintf(a.stdout, "\n%s\n", c.Long)
	}
	if c.Example != "" {
		fmt.Fprintf(a.stdout, "\n```\n%s\n```\n", strings.ReplaceAll(strings.TrimPrefix(c.Example, "  "), "\n  ", "\n"))
	}
	if flags := flagTable(c.LocalNonPersistentFlags()); flags != "" {
		fmt.Fprintf(a.stdout, "\n%s", flags)
	}
	for _, inner := range c.Commands() {
		a.commandPage(inner, level+1)
	}
}

func flagTable(flags *pflag.FlagSet) string {
	var out strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		value, usage := pflag.UnquoteUsage(f)
		def := ""
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" && f.DefValue != "0" && f.DefValue != "0s" {
			def = "`" + f.DefValue + "`"
		}
		fmt.Fprintf(&out, "| `%s` | %s | %s |\n", strings.TrimSpace("--"+f.Name+" "+value), def, strings.ReplaceAll(usage, "|", "\\|"))
	})
	if out.Len() == 0 {
		return ""
	}
	return "| flag | default | meaning |\n|---|---|---|\n" + out.String()
}
