package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newQuery(a *app) *cobra.Command {
	format := "table"
	cmd := &cobra.Command{
		Use:   "query SQL",
		Short: "Ask the warehouse, read-only",
		Long: "Runs one statement over the tables that apply and run left. --format is for rows alone, as a program that knows SQL " +
			"wants them. --json is for lines as every command prints them: a row is {\"type\":\"row\",\"values\":{…}}, between the lines version and summary.",
		Example: "  cdp query \"select * from customer.profiles limit 5\"\n  cdp query --format json \"select count(*) as n from raw_shop.orders\"",
		Args:    arguments(1, 1, "one SQL statement"),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := oneOf("--format", format, "table", "csv", "json", "jsonl"); err != nil {
				return err
			}
			if a.json {
				format = render.EventLines
			}
			p, err := a.look()
			if err != nil {
				return err
			}
			defer p.Close()
			rows, ds := p.Query(a.ctx, args[0])
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			defer rows.Release()
			if err := render.Rows(a.stdout, render.StyleOf(a.stdout, a.noColor), rows, format); err != nil && !a.stdout.broken() {
				a.tell(p.Explain(err), p.Files())
				return a.end(nil, 1)
			}
			return a.end(nil, 0)
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "table, csv, json (one array) or jsonl (an object a line)")
	return cmd
}
