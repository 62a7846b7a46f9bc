package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newGraph(a *app) *cobra.Command {
	format := "tree"
	cmd := &cobra.Command{
		Use:   "graph [ADDRESS]",
		Short: "The project's blocks and what each reads, with how much there is of each",
		Long: "From sources to destinations, with rows, customers, members, and records held by tools where the warehouse knows them.\n" +
			"Without a warehouse there are no numbers. An address restricts it to what that block reads and what reads it.\n" +
			"dot is for Graphviz, mermaid for Markdown; both leave out edges that follow from others. --json has them all.",
		Example: "  cdp graph\n  cdp graph segment.vip\n  cdp graph --format dot | dot -Tsvg > project.svg",
		Args:    arguments(0, 1, "one address, or none"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "tree", "dot", "mermaid"); err != nil {
				return err
			}
			p, err := a.look()
			if err != nil {
				return err
			}
			defer p.Close()
			address := ""
			if len(args) > 0 {
				address = args[0]
			}
			view, ds := p.Graph(a.ctx, address)
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			if a.json {
				a.events.Graph(view)
			} else {
				render.Graph(a.stdout, render.StyleOf(a.stdout, a.noColor), view, format)
			}
			return a.end(nil, 0)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "tree, dot (Graphviz) or mermaid")
	return cmd
}
