package engine

import (
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/diag"
)

// checkGate refuses --allow for a check or policy that does not exist.
func (p *Project) checkGate(kind, name string) diag.Diagnostics {
	var names []string
	if kind == "check" {
		for _, k := range p.config.Checks {
			names = append(names, k.Name)
		}
	} else {
		for _, k := range p.config.Policies {
			names = append(names, k.Name)
		}
	}
	if slices.Contains(names, name) {
		return nil
	}
	return one(diag.NewError("cli.allow", "No such "+kind, fmt.Sprintf("--allow names %s %q, and the project has no such %s.%s", kind, name, kind, diag.Suggest(name, names)), nil))
}

// closedGates says which checks and policies stand in the way, and how to let each through.
func closedGates(made *Plan) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, g := range made.Gates {
		if !g.Blocked() {
			continue
		}
		code, summary := "check.failed", "A check failed"
		if g.Kind == "policy" {
			code, summary = "policy.failed", "A policy stands in the way"
		}
		ds = append(ds, diag.NewError(code, summary, g.Told()+fmt.Sprintf(" If this is right, let it through once with --allow %s:%s.", g.Kind, g.Name), g.Range).About(g.Kind+"."+g.Name))
	}
	return ds
}
