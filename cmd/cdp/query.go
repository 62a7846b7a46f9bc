package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newQuery(a *app) *cobra.Command {
	format := "table"
	cmd := &cobra.Command{
		Use:     "query SQL",
		Short:   "Ask the warehouse, read-only",
		Example: "  cdp query \"select * from customer.profiles limit 5\"\n  cdp query --format json \"select count(*) as n from raw_shop.orders\"",
		Args:    arguments(1, 1, "one SQL statement"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "table", "csv", "json", "jsonl"); err != nil {
				return err
			}
			if a.json && !cmd.Flags().Changed("format") {
				format = "jsonl"
			}
			asEvents := a.json
			a.json = false // rows are the output: no event lines among them
			p, err := a.look()
			if err != nil {
				return err
			}
			defer p.Close()
			rows, ds := p.Query(a.ctx, args[0])
			a.json = asEvents && ds.HasErrors()
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			defer rows.Release()
			if err := render.Rows(a.stdout, render.StyleOf(a.stdout, a.noColor), rows, format); err != nil {
				a.tell(p.Explain(err), p.Files())
				return a.end(nil, 1)
			}
			a.json = false
			return a.end(nil, 0)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "table, csv, json (one array) or jsonl (an object a line)")
	return cmd
}
