package main

import (
	"fmt"

	"github.com/cdp-engine/cdp/connectors"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newConnector(a *app) *cobra.Command {
	cmd := a.group(&cobra.Command{
		Use: "connector", Short: "Connectors: what there are, what they take",
		Example: "  cdp connector list\n  cdp connector docs http",
	})
	cmd.AddCommand(
		&cobra.Command{
			Use: "list", Short: "The built-in connectors", Args: none, Example: "  cdp connector list\n  cdp connector list --json",
			RunE: func(*cobra.Command, []string) error {
				a.start()
				for _, c := range connectors.All() {
					if a.json {
						a.events.Emit(render.ConnectorEvent(c.Spec))
						continue
					}
					fmt.Fprint(a.stdout, render.ConnectorLine(render.StyleOf(a.stdout, a.noColor), c.Spec))
				}
				return a.end(nil, 0)
			},
		},
		&cobra.Command{
			Use: "docs NAME", Short: "The arguments of a connector", Args: arguments(1, 1, "the name of a connector"), Example: "  cdp connector docs http\n  cdp connector docs file | less",
			ValidArgs: names(),
			RunE: func(_ *cobra.Command, args []string) error {
				a.start()
				for _, c := range connectors.All() {
					if c.Spec.Name == args[0] {
						if a.json {
							a.events.Emit(render.ConnectorDocsEvent(c.Spec))
						} else {
							fmt.Fprint(a.stdout, render.ConnectorDocs(c.Spec))
						}
						return a.end(nil, 0)
					}
				}
				a.tell(diag.Diagnostics{diag.NewError("connector.unknown", "Unknown connector",
					fmt.Sprintf("There is no built-in connector %q.%s `cdp connector list` lists them.", args[0], diag.Suggest(args[0], names())), nil)}, nil)
				return a.end(nil, 1)
			},
		},
	)
	return cmd
}

func names() []string {
	var out []string
	for _, c := range connectors.All() {
		out = append(out, c.Spec.Name)
	}
	return out
}
