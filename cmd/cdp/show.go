package main

import (
	"fmt"
	"os"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newShow(a *app) *cobra.Command {
	var sql bool
	cmd := &cobra.Command{
		Use:     "show [PLAN|ADDRESS]",
		Short:   "A saved plan; or a block: what it is, its SQL, its last run",
		Example: "  cdp show change.plan\n  cdp show segment.vip\n  cdp show --sql identity.customer",
		Args:    arguments(1, 1, "one plan file or address"),
		RunE: func(_ *cobra.Command, args []string) error {
			a.start()
			if info, err := os.Stat(args[0]); err == nil && info.Mode().IsRegular() {
				p, sealed, ds := engine.ReadPlan(args[0], os.Getenv("CDP_PLAN_KEY"), a.dir)
				a.tell(ds, nil)
				if ds.HasErrors() {
					return a.end(nil, engine.ExitCode(ds, 1))
				}
				a.showPlan(p)
				if !sealed {
					fmt.Fprintln(a.stderr, "The seal was not checked: the key it was sealed with is not here.")
				}
				return a.end(p, 0)
			}
			p, err := a.look()
			if err != nil {
				return err
			}
			defer p.Close()
			block, ds := p.Show(a.ctx, args[0], sql)
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			if a.json {
				a.events.Emit(block)
			} else {
				fmt.Fprint(a.stdout, render.Block(render.StyleOf(a.stdout, a.noColor), *block))
			}
			return a.end(nil, 0)
		},
	}
	cmd.Flags().BoolVar(&sql, "sql", false, "every statement as it will run")
	return cmd
}
