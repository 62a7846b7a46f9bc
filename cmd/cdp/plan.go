package main

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newPlan(a *app) *cobra.Command {
	var opts engine.PlanOptions
	var detailed bool
	var format string
	cmd := &cobra.Command{
		Use:   "plan",
		Short: "Show what a change would do, to the person and the row; writes nothing",
		Long: "Computes into scratch and shows what apply would do: people merged and split, segments entered and left, rows added,\n" +
			"changed and removed in tools. Writes nothing but its own file and scratch under .cdp/.",
		Example: "  cdp plan\n  cdp plan --refresh all --out change.plan\n  cdp plan --json --detailed-exitcode\n  cdp plan --format markdown --out change.plan > comment.md",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("--refresh", opts.Refresh, "auto", "all", "none"); err != nil {
				return err
			}
			if err := oneOf("--format", format, "text", "markdown"); err != nil {
				return err
			}
			p, err := a.open()
			if err != nil {
				return err
			}
			defer p.Close()
			opts.Listener = a.listener(nil) // a plan is the same twice: no events of how long it took
			out, ds := p.Plan(a.ctx, opts)
			a.tell(ds, p.Files())
			if out == nil || ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			a.showPlanAs(out, format)
			if !a.json && opts.Out != "" && format == "text" {
				fmt.Fprintf(a.stdout, "Saved to %s. Carry it out with: cdp apply %s\n", opts.Out, opts.Out)
			}
			return a.end(out, planCode(out, detailed))
		},
	}
	f := cmd.Flags()
	f.StringVar(&opts.Out, "out", "", "save the plan in a `file` for apply")
	f.StringVar(&opts.Refresh, "refresh", "auto", "what to extract: auto (streams never loaded or changed), all, none")
	f.StringVar(&format, "format", "text", "text, or markdown for a comment on a pull request")
	f.StringArrayVar(&opts.Target, "target", nil, "plan only this block and what it reads: an `address`")
	f.BoolVar(&opts.Samples, "samples", false, "show a few operations of each sync, key and fields: whole at a terminal, masked elsewhere")
	f.BoolVar(&detailed, "detailed-exitcode", false, "exit 2 when there are changes, 0 when there are none")
	return cmd
}

// planCode is the exit code of a plan that was made.
func planCode(p *engine.Plan, detailed bool) int {
	switch {
	case p.Totals().Blocked > 0:
		return 3
	case detailed && p.Changes():
		return 2
	}
	return 0
}

// showPlanAs prints a plan as text or Markdown; --json wins.
func (a *app) showPlanAs(p *engine.Plan, format string) {
	if format == "markdown" && !a.json {
		_ = render.Markdown(a.stdout, p) // stdout remembers what could not be written
		return
	}
	a.showPlan(p)
}

// showPlan prints a plan in the chosen form.
func (a *app) showPlan(p *engine.Plan) {
	if a.json {
		a.events.Plan(p)
		return
	}
	render.Plan(a.stdout, render.StyleOf(a.stdout, a.noColor), p)
}

func oneOf(flag, value string, allowed ...string) error {
	for _, v := range allowed {
		if v == value {
			return nil
		}
	}
	return fmt.Errorf("%s takes %s, not %q", flag, list(allowed), value)
}

func list(words []string) string {
	out := ""
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1:
			out += " or "
		default:
			out += ", "
		}
		out += w
	}
	return out
}
