package render

import (
	"fmt"
	"io"

	"github.com/cdp-engine/cdp/engine/plan"
)

// gates prints how checks and policies were answered.
func gates(w io.Writer, s Style, p *plan.Plan) {
	if len(p.Gates) == 0 {
		return
	}
	fmt.Fprintln(w)
	for _, g := range p.Gates {
		fmt.Fprintln(w, "  "+pad(g.Kind, 6)+" "+pad(g.Name, 20)+" "+gateWord(s, g))
		if g.Detail != "" {
			fmt.Fprint(w, s.wrap("         ", g.Detail))
		}
		if g.Blocked() {
			fmt.Fprintf(w, "         let it through once with --allow %s:%s\n", g.Kind, g.Name)
		}
	}
}

func gateWord(s Style, g plan.Gate) string {
	switch {
	case g.Status == plan.GateOK:
		return s.green("ok")
	case g.Blocked():
		return s.red("failed")
	case g.Status == plan.GateFailed:
		return s.yellow("failed, a warning")
	case g.Status == plan.GateAllowed:
		return s.yellow("failed, allowed")
	}
	return s.yellow("not known yet")
}

type gateEvent struct {
	Type     string          `json:"type"` // check, policy
	Name     string          `json:"name"`
	Status   plan.GateStatus `json:"status"`
	Severity string          `json:"severity"`
	Detail   string          `json:"detail,omitempty"`
}

// Gates writes an event per check and policy.
func (e *Events) Gates(p *plan.Plan) {
	for _, g := range p.Gates {
		e.Emit(gateEvent{g.Kind, g.Name, g.Status, g.Severity, g.Detail})
	}
}

// blockers says what stands in the way.
func blockers(p *plan.Plan, all int) string {
	closed := 0
	for _, g := range p.Gates {
		if g.Blocked() {
			closed++
		}
	}
	switch {
	case closed == 0:
		return plural(int64(all), "guard")
	case closed == all:
		return "what failed above"
	}
	return plural(int64(all-closed), "guard") + " and what failed above"
}
