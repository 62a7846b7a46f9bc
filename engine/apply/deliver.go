package apply

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
)

// deliver sends what is due and tells how each sync ended.
func (a *applier) deliver() {
	if len(a.due) == 0 {
		return
	}
	if a.Phase != nil {
		a.Phase("Sending")
	}
	reports, err := a.Deliver(a.ctx, a.journal, a.due)
	for _, r := range reports {
		if r != nil {
			a.sent(r)
		}
	}
	if err != nil {
		a.trouble(fmt.Errorf("recording what was sent: %w", err))
	}
}

// sent tells how one sync ended.
func (a *applier) sent(r *activation.Report) {
	result := Result{Address: r.Address, Seconds: r.Duration.Seconds(), Status: Status(r.Status), Counts: plan.Of(
		"delivered", r.Delivered, "rejected", r.Rejected, "unknown", r.Unknown, "pending", r.Pending, "retried", r.Retried, "requests", r.Requests)}
	for _, one := range r.Rejects {
		result.Notes = append(result.Notes, fmt.Sprintf("refused (%s %s): %s", one.Operation, one.Code, one.Message))
	}
	for _, v := range r.Verdicts {
		a.report.Rejected = a.report.Rejected || v.Status == guard.Blocked
		a.report.Guards = append(a.report.Guards, v)
	}
	a.report.Results = append(a.report.Results, result)
	for _, d := range r.Diagnostics {
		// What a tool did ends the command with "partial", not with an error of ours.
		d.Severity = diag.Warning
		a.diags = append(a.diags, d)
	}
	if r.Rejected > 0 {
		a.diags = append(a.diags, diag.NewWarning("activation.rejected", "A tool refused records", fmt.Sprintf(
			"%s: %d of %d records were refused. They are in _cdp.ledger, in the tool's own words: cdp query \"select key, code, message from _cdp.ledger where status = 'rejected'\"",
			r.Address, r.Rejected, r.Operations), nil).About(r.Address))
	}
}
