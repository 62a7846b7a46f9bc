package activation

import (
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
)

// Report is how the delivery of one sync ended. Delivered, rejected, unknown and pending together are the operations.
type Report struct {
	Address     string
	Destination string
	Status      string // done; partial: something is pending or unknown; failed: the destination ended it
	Operations  int64
	Delivered   int64
	Rejected    int64
	Unknown     int64
	Pending     int64
	Retried     int64 // records sent again in this run
	Requests    int64
	Duration    time.Duration
	Rejects     []Reject        // the first ones
	Verdicts    []guard.Verdict // max_reject_ratio
	Diagnostics diag.Diagnostics
	Interrupted bool
}

// Reject is one refusal in the tool's own words. Values of the record's key are left out of them.
type Reject struct{ Operation, Code, Message string }

// maxRejects is how many rejects a report names.
const maxRejects = 10

// Progress is how far a delivery is.
type Progress struct {
	Address     string
	Done, Total int64   // records
	Rate        float64 // records a second
}

// judge ends the report: its status, and whether there were more rejects than allowed.
func (r *Report) judge(s *Spec) {
	if l, ok := s.limit("max_reject_ratio"); ok {
		r.Verdicts = append(r.Verdicts, guard.Ratio(l, r.Address, r.Rejected, r.Operations))
	}
	switch {
	case r.Status == "failed":
	case r.Pending+r.Unknown > 0:
		r.Status = "partial"
	default:
		r.Status = "done"
	}
}
