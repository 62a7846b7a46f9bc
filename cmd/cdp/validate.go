package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

func newValidate(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "validate",
		Short:   "Check everything that needs no data and no network; all errors at once",
		Example: "  cdp validate\n  cdp validate --json | jq -r 'select(.type == \"diagnostic\") | .summary'",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			p, err := a.open()
			if err != nil {
				return err
			}
			defer p.Close()
			ds := p.Validate(a.ctx)
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, 1)
			}
			if !a.json {
				fmt.Fprintf(a.stdout, "The project is valid: %s.\n", p.Describe())
			}
			return a.end(nil, 0)
		},
	}
}
