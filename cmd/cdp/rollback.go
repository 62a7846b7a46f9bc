package main

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newRollback(a *app) *cobra.Command {
	var opts engine.ApplyOptions
	var approved, show bool
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Plan and carry out the config that was applied before this one",
		Long: "Takes the config that was in force before the one that is, plans it on the data of today, shows the plan, asks, and\n" +
			"carries it out like any other. The code in the folder is not touched: go back there as well, or the next apply brings\n" +
			"it into force again.",
		Example: "  cdp rollback --show   # what going back would do\n  cdp rollback\n  cdp rollback --auto-approve --allow guard:sync.vip_to_crm",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			if !show && !a.canAsk(approved) {
				return a.end(nil, 1)
			}
			now, err := a.open()
			if err != nil {
				return err
			}
			before, called, ds := now.Previous(a.ctx)
			now.Close()
			a.tell(ds, now.Files())
			if ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			p, ds := engine.Open(a.dir, before)
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, 1)
			}
			defer p.Close()
			if !a.json {
				fmt.Fprintf(a.stdout, "Going back to %s.\n\n", called)
			}
			if show {
				out, ds := p.Plan(a.ctx, engine.PlanOptions{Refresh: "auto", Listener: a.listener(nil)})
				a.tell(ds, p.Files())
				if out == nil || ds.HasErrors() {
					return a.end(nil, engine.ExitCode(ds, 1))
				}
				a.showPlan(out)
				return a.end(out, planCode(out, false))
			}
			a.working()
			opts.Allow = a.allow
			opts.Listener = a.listener(a.events)
			opts.Approve = func(plan *engine.Plan) bool {
				a.showPlan(plan)
				return approved || a.ask(plan)
			}
			if !approved && opts.File == "" {
				opts.Warned = func(ds diag.Diagnostics) { a.tell(ds, p.Files()) }
			}
			out, ds := p.Apply(a.ctx, opts)
			if !a.json && out != nil && out.Report != nil {
				defer fmt.Fprint(a.stdout, render.StyleOf(a.stdout, a.noColor).Wrap("The code in the folder still says what was in force before: go back there as well."))
			}
			return a.report(p, out, ds)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&show, "show", false, "only show what going back would do")
	f.BoolVar(&approved, "auto-approve", false, "carry it out without asking")
	f.StringArrayVar(&a.allow, "allow", nil, "let one guard through this once: `guard:ADDRESS`")
	f.StringVar(&opts.ApprovedBy, "approved-by", "", "who approved it: a `name` for the record")
	return cmd
}
