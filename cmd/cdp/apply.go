package main

import (
	"bufio"
	"errors"
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newApply(a *app) *cobra.Command {
	var opts engine.ApplyOptions
	var approved bool
	cmd := &cobra.Command{
		Use:   "apply [PLAN]",
		Short: "Carry out a saved plan; or plan everything anew, ask, carry out",
		Long: "With a plan file, carries out exactly that plan, with the values that --var and --var-file gave when it was made, except\n" +
			"sensitive ones. Without one, extracts whatever is new, shows the plan, asks, and carries\n" +
			"it out. Without a terminal, --auto-approve is the yes.",
		Example: "  cdp apply\n  cdp apply change.plan\n  cdp apply --auto-approve --json\n  cdp apply --allow guard:sync.vip_to_crm",
		Args:    arguments(0, 1, "one plan file, or none"),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				opts.File, a.planFile = args[0], args[0]
			}
			if opts.File != "" && len(opts.Target) > 0 {
				return errors.New("a saved plan has its own targets: --target goes with `cdp plan --out`")
			}
			if opts.File == "" && !a.canAsk(approved) {
				return a.end(nil, 1)
			}
			p, err := a.open()
			if err != nil {
				return err
			}
			defer p.Close()
			out, ds := a.carryOut(p, opts, approved || opts.File != "")
			return a.report(p, out, ds)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&approved, "auto-approve", false, "carry it out without asking")
	f.StringArrayVar(&opts.Target, "target", nil, "carry out only this block and what it reads: an `address`")
	f.Var(duration{&opts.MaxAge}, "max-age", "refuse a saved plan older than this `duration`, however long it may be applied otherwise")
	f.StringVar(&opts.ApprovedBy, "approved-by", "", "who approved it: a `name` for the record")
	f.StringArrayVar(&a.allow, "allow", nil, "let one guard through this once: `guard:ADDRESS`, check:NAME or policy:NAME")
	return cmd
}

// carryOut shows what would be done, asks unless somebody has said yes, and does it.
func (a *app) carryOut(p *engine.Project, opts engine.ApplyOptions, approved bool) (*engine.Outcome, diag.Diagnostics) {
	a.working()
	opts.Allow = a.allow
	opts.Listener = a.listener(a.events)
	opts.Approve = func(plan *engine.Plan) bool {
		a.showPlan(plan)
		return approved || a.ask(plan)
	}
	opts.Drifted = a.showDrift
	if !approved {
		opts.Warned = func(ds diag.Diagnostics) { a.tell(ds, p.Files()) }
	}
	return p.Apply(a.ctx, opts)
}

// canAsk reports whether somebody said yes, or can be asked; else it says what to do.
func (a *app) canAsk(approved bool) bool {
	if approved || !a.json && render.IsTerminal(a.stdin) {
		return true
	}
	a.tell(diag.Diagnostics{diag.NewError("apply.not_approved", "Nobody said yes",
		"This asks before it changes anything, and there is no terminal to ask on. Look at `cdp plan` first, then say --auto-approve, or save a plan with `cdp plan --out` and apply that.", nil)}, nil)
	return false
}

// showDrift tells what moved since a saved plan was approved.
func (a *app) showDrift(drift []engine.Drift) {
	if a.json {
		a.events.Drift(drift)
		return
	}
	render.Drift(a.stdout, render.StyleOf(a.stdout, a.noColor), drift)
}

// ask waits for a yes on the terminal.
func (a *app) ask(p *engine.Plan) bool {
	if !p.Changes() || p.Totals().Blocked > 0 {
		return true
	}
	fmt.Fprint(a.stderr, "\nCarry this out? Only \"yes\" is a yes: ")
	answers := make(chan string, 1)
	go func() {
		answer, err := bufio.NewReader(a.stdin).ReadString('\n')
		if err != nil {
			fmt.Fprintln(a.stderr) // the end of the input, which a terminal does not answer with a new line
		}
		answers <- answer
	}()
	select {
	case answer := <-answers:
		return strings.TrimSpace(answer) == "yes"
	case <-a.ctx.Done(): // reading goes on in vain until the process ends
		fmt.Fprintln(a.stderr)
		return false
	}
}

// report prints how an apply or run ended.
func (a *app) report(p *engine.Project, out *engine.Outcome, ds diag.Diagnostics) error {
	a.tell(ds, p.Files())
	if out == nil {
		return a.end(nil, engine.ExitCode(ds, 1))
	}
	if a.json {
		if out.Report != nil && out.Report.Command == "run" {
			a.events.Guards(out.Plan) // apply has shown its plan; run only acts on it
		}
		a.events.Report(out.Report)
	} else {
		render.Report(a.stdout, render.StyleOf(a.stdout, a.noColor), out.Report)
	}
	return a.end(out.Plan, out.ExitCode)
}
