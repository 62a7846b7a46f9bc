package engine

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
)

// Run is the cadence of the applied config: nothing is asked, and what a guard blocks stops only what follows it.
func (p *Project) Run(ctx context.Context, o RunOptions) (*Outcome, diag.Diagnostics) {
	defer phase(o.Listener, PhaseDone)
	m := making{refresh: plan.RefreshAll, allow: o.Allow, selected: o.Select, tolerant: true, listener: o.Listener}
	return p.change(ctx, "run", m, func(made *Plan, _ *session) (bool, diag.Diagnostics) { return !made.Stopped(), nil })
}

// inForce refuses to run config that was not applied.
func (p *Project) inForce(ctx context.Context, s *session, run state.Run, _ *making) diag.Diagnostics {
	if run.Command != "run" {
		return nil
	}
	differs := plan.Unapplied(p.config, s.state)
	if len(differs) == 0 {
		return nil
	}
	detail := "run carries out what was applied, and the code says something else: " + atMost(5, differs) + "."
	others, err := p.givenOtherwise(ctx, s)
	if err != nil {
		return p.Explain(err)
	}
	if len(others) > 0 {
		detail += fmt.Sprintf(" The apply and this run were not given the same values of variables: %s. Give run what apply was given (--var, --var-file).", strings.Join(others, ", "))
	}
	return one(diag.NewError("run.not_applied", "The config was not applied yet", detail+" Look at it with `cdp plan`, then `cdp apply`.", nil))
}

// givenOtherwise names the variables that the command line gave another value when the config in force was applied. Of a
// secret only whether it was given is known.
func (p *Project) givenOtherwise(ctx context.Context, s *session) ([]string, error) {
	configs, err := state.Configs(ctx, s.store)
	if err != nil || len(configs) == 0 {
		return nil, err
	}
	var then config.Kept
	if text := configs[0].Variables; text != nil {
		if err := json.Unmarshal(text, &then); err != nil {
			return nil, fmt.Errorf("reading the variables of config %s: %w", configs[0].Digest, err)
		}
	}
	before, now := valuesOf(then), valuesOf(p.config.Given)
	var out []string
	for name := range before {
		if text, given := now[name]; !given {
			out = append(out, name+" (given to apply only)")
		} else if text != before[name] {
			out = append(out, name+" (another value)")
		}
	}
	for name := range now {
		if _, given := before[name]; !given {
			out = append(out, name+" (given to run only)")
		}
	}
	slices.Sort(out)
	return out, nil
}

// valuesOf are the variables of a command line with their values as text; all secrets have the same.
func valuesOf(k config.Kept) map[string]string {
	out := map[string]string{}
	for name, text := range k.Values {
		out[name] = string(text)
	}
	for _, name := range k.Secrets {
		out[name] = ""
	}
	return out
}
