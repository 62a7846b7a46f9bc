package engine

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/render"
)

// loadedAlready says what a run that was interrupted while planning has loaded before.
func loadedAlready(loaded map[string]*ingest.Result) string {
	if len(loaded) == 0 {
		return ""
	}
	return fmt.Sprintf("%s loaded and kept; the same command goes on from there.", plural(len(loaded), "stream")+was(len(loaded)))
}

// soFar says what of a plan was carried out before the interruption.
func soFar(r *Report, made *Plan) string {
	due := 0
	for _, s := range made.Steps {
		if s.Base().Action != plan.None {
			due++
		}
	}
	done := 0
	for _, one := range r.Results {
		if one.Status == apply.Done {
			done++
		}
	}
	if done == 0 && !r.Worst(apply.Partial) {
		return "Nothing was changed. The same command begins again."
	}
	if done == due {
		return "Everything was carried out by then, and is kept."
	}
	return fmt.Sprintf("%d of %s carried out and kept; the same command goes on from there.", done, plural(due, "block")+was(done))
}

func was(n int) string {
	if n == 1 {
		return " was"
	}
	return " were"
}

// exitCode is the first that applies: interrupted, error, blocked, partial, rejects.
func exitCode(ctx context.Context, r *apply.Report, made *Plan, ds diag.Diagnostics) int {
	switch {
	case ctx.Err() != nil:
		return ExitInterrupted
	case ds.HasErrors() && ExitCode(ds, ExitError) == ExitError:
		return ExitError
	case made.Totals().Blocked > 0 || r.Worst(apply.Blocked):
		return ExitBlocked
	case r.Worst(apply.Partial, apply.Failed):
		return ExitPartial
	case r.Rejected:
		return ExitRejected
	}
	return ExitOK
}

func ended(code int) string {
	switch code {
	case ExitOK, ExitRejected:
		return "done"
	case ExitBlocked:
		return "blocked"
	case ExitPartial:
		return "partial"
	case ExitInterrupted:
		return "interrupted"
	}
	return "failed"
}

// blockedBy says which guards stand in the way, and how to let each through. A block that has said already what is wrong
// with it says it once, as what it is: an error.
func blockedBy(ds diag.Diagnostics, made *Plan) diag.Diagnostics {
	ds = append(ds, closedGates(made)...)
	for _, s := range made.Steps {
		h := s.Base()
		for _, v := range h.Guards {
			if v.Status != guard.Blocked {
				continue
			}
			said := false
			for i, d := range ds {
				if d.Address == v.Address && (d.Code == "guard."+v.Name || v.Name == "contract" && d.Code == "contract.broken") {
					said, ds[i].Severity = true, diag.Error
				}
			}
			if !said {
				ds = append(ds, diag.NewError("guard.blocked", "A guard stands in the way", fmt.Sprintf("Guard %s of %s: %s. If this is right, let it through once with --allow guard:%s.",
					v.Name, v.Address, render.Measure(v), v.Address), h.Range).About(v.Address))
			}
		}
	}
	return ds
}
