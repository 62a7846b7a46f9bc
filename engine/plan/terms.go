package plan

import (
	"cmp"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
)

// DefaultExpiry is how long a plan may be applied where the code says nothing else.
const DefaultExpiry = 24 * time.Hour

// Terms are what is approved besides the numbers: how long the plan may be applied, and how far from it what happens may be.
type Terms struct {
	Expires   time.Duration `json:"expires"`
	Tolerance float64       `json:"tolerance"`
	OnMoved   string        `json:"on_moved"`
}

// TermsOf are those that block `plan` of the code gives, or leaves as they are.
func TermsOf(s config.PlanSettings) Terms {
	t := Terms{Expires: s.Expires, Tolerance: s.Tolerance, OnMoved: cmp.Or(s.OnMoved, OnMovedRebase)}
	if t.Expires <= 0 {
		t.Expires = DefaultExpiry
	}
	if t.Tolerance < 0 {
		t.Tolerance = DefaultTolerance
	}
	return t
}

// strictness orders what is done when data moved.
var strictness = []string{OnMovedRebase, OnMovedFrozen, OnMovedFail}

// Tightest takes the narrower of each: code that was edited after a plan was approved may forbid more, and allows no more.
func (t Terms) Tightest(o Terms) Terms {
	out := Terms{Expires: min(t.Expires, o.Expires), Tolerance: min(t.Tolerance, o.Tolerance), OnMoved: t.OnMoved}
	if slices.Index(strictness, o.OnMoved) > slices.Index(strictness, t.OnMoved) {
		out.OnMoved = o.OnMoved
	}
	return out
}
