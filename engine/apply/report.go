package apply

import (
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
)

// Status is how a step ended.
type Status string

// The statuses.
const (
	Done    Status = "done"
	Partial Status = "partial"
	Failed  Status = "failed"
	Skipped Status = "skipped"
	Blocked Status = "blocked"
)

// Result is how one step ended.
type Result struct {
	Address string
	Status  Status
	Counts  plan.Counts
	Seconds float64
	Detail  string   // why it is not done
	Notes   []string // lines for people: the first rejects, in the tool's words
}

// Report is how an apply or run ended, step by step.
type Report struct {
	Command string
	RunID   string
	Results []Result
	Seconds float64         // of the whole command: the caller knows
	Guards  []guard.Verdict // judged after sending
	// Rejected says that rejects went above what the guard lets through.
	Rejected bool
}

// Worst tells whether a step ended with one of the statuses.
func (r *Report) Worst(statuses ...Status) bool {
	for _, one := range r.Results {
		for _, s := range statuses {
			if one.Status == s {
				return true
			}
		}
	}
	return false
}
