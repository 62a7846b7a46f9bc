package main

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newValidate(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "validate",
		Short:   "Check everything that needs no data and no network; all errors at once",
		Example: "  cdp validate\n  cdp validate --json | jq -r 'select(.type == \"diagnostic\") | .summary'",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			p, err := a.look()
			if err != nil {
				return err
			}
			defer p.Close()
			ds := p.Validate(a.ctx)
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, 1)
			}
			if a.json && a.ctx.Err() == nil {
				a.events.Blocks(p.Count(), 0)
				return nil
			}
			if !a.json {
				fmt.Fprint(a.stdout, render.StyleOf(a.stdout, a.noColor).Wrap("The project is valid: "+p.Describe()+"."))
			}
			return a.end(nil, 0)
		},
	}
}
