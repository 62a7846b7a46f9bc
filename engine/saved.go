package engine

import (
	"context"
	"fmt"
	"maps"
	"os/exec"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
)

// saved is a plan file on its way through apply.
type saved struct {
	*Plan
	key   plan.Key
	loads keptLoads
	use   state.PlanUse
	drift []plan.Drift
}

// stamp says when and from which commit a plan is saved.
func (p *Project) stamp(ctx context.Context) plan.Stamp {
	return plan.Stamp{At: time.Now().UTC().Truncate(time.Second), Commit: commitOf(ctx, p.dir)}
}

// commitOf is the commit a folder's repository is at; empty where there is none, or no git.
func commitOf(ctx context.Context, dir string) string {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, "git", "-C", dir, "rev-parse", "HEAD").Output()
	commit := strings.TrimSpace(string(out))
	if err != nil || strings.ContainsAny(commit, " \n") {
		return ""
	}
	return commit
}

// openSaved reads a plan file, and checks its seal and its age.
func (p *Project) openSaved(o ApplyOptions) (*saved, diag.Diagnostics) {
	path := p.path(o.File)
	key, err := plan.KeyFor(p.environment("CDP_PLAN_KEY"), p.dir)
	if err != nil {
		return nil, p.Explain(err)
	}
	made, err := plan.Read(path, key)
	if err != nil {
		return nil, planProblem(path, err)
	}
	made.Terms = made.Terms.Tightest(plan.TermsOf(p.config.Settings.Plan))
	limit, by := made.Terms.Expires, "cdp { plan { expires } }"
	if o.MaxAge > 0 && o.MaxAge < limit {
		limit, by = o.MaxAge, "--max-age"
	}
	if age := time.Since(made.Made.At); age > limit {
		return nil, one(diag.NewError("plan.expired", "The plan is past its time", fmt.Sprintf(
			"It was made at %s, %s ago, and may be applied for %s (%s). Plan anew: cdp plan --out FILE.", made.Made.At.Format(time.DateTime)+"Z", age.Round(time.Second), limit, by), nil))
	}
	v := &saved{Plan: made, key: key, use: state.PlanUse{PlanID: made.ID, Serial: made.Pins.Serial, ApprovedBy: o.ApprovedBy}}
	v.loads = keptLoads{dir: p.keptOf(made.ID, key), pins: made.Pins}
	return v, nil
}

// envelope is how far what happens may be from the approved plan.
func (v *saved) envelope() plan.Envelope {
	return plan.Envelope{OnMoved: v.Terms.OnMoved, Tolerance: v.Terms.Tolerance, Resumed: v.loads.resumed}
}

// unused refuses a saved plan that was carried out already: a plan is used once. One whose apply was cut off may go on.
func (p *Project) unused(_ context.Context, s *session, _ state.Run, m *making) diag.Diagnostics {
	if m.saved == nil {
		return nil
	}
	use, used := s.state.Plans[m.saved.ID]
	if !used || use.Serial != m.saved.Pins.Serial {
		return nil
	}
	if use.DoneAt.IsZero() {
		m.saved.loads.resumed = true
		return nil
	}
	return one(diag.NewError("plan.consumed", "The plan was used already", fmt.Sprintf(
		"It was already applied at %s, and a plan is used once. Plan anew: cdp plan --out FILE.", use.DoneAt.UTC().Format(time.DateTime)+"Z"), nil))
}

// fits compares what a saved plan comes to now with what was approved: the same, or inside the envelope, or stale. Of the
// plan made now it leaves what was approved.
func (p *Project) fits(v *saved, now *Plan, serials map[string]int64) diag.Diagnostics {
	stale := func(detail string) diag.Diagnostics {
		return one(diag.NewError("plan.stale", "The plan no longer fits", detail+" Plan anew: cdp plan --out FILE.", nil))
	}
	switch {
	case v.Pins.Workspace != now.Pins.Workspace && !v.loads.resumed:
		return stale("The plan was made for another warehouse.")
	case v.ConfigDigest != now.ConfigDigest:
		return stale("The config is another than the one that was planned.")
	case !maps.Equal(v.Pins.Connectors, now.Pins.Connectors):
		return stale("A connector is another than the one that the plan was made with.")
	}
	e := v.envelope()
	if moved := v.Moved(p.config, serials, e.Resumed); e.OnMoved == plan.OnMovedFail && len(moved) > 0 {
		return stale("Tables that the plan was computed from were changed since (on_moved = \"fail\"): " + strings.Join(moved, ", ") + ".")
	}
	v.drift = v.Against(now, e)
	refused := plan.Refused(v.drift)
	if len(refused) == 0 {
		return nil
	}
	var lines strings.Builder
	lines.WriteString("What was approved is not what would happen now:")
	for _, d := range v.drift {
		lines.WriteString("\n  " + d.String())
		if d.Refused != "" {
			lines.WriteString(" (" + d.Refused + ")")
		}
	}
	lines.WriteString("\n")
	return stale(lines.String())
}

// driftText is the drift as it is stored.
func (v *saved) driftText() string {
	lines := make([]string, len(v.drift))
	for i, d := range v.drift {
		lines[i] = d.String()
	}
	return strings.Join(lines, "\n")
}
