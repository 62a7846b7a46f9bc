package plan

import (
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
)

// Terms that were approved are a ceiling: the code of today may lower it, and not raise it.
func TestTerms(t *testing.T) {
	ordinary := Terms{Expires: 24 * time.Hour, Tolerance: 0.2, OnMoved: OnMovedRebase}
	if got := TermsOf(config.PlanSettings{Tolerance: -1}); got != ordinary {
		t.Errorf("by default: %+v", got)
	}
	if got := TermsOf(config.PlanSettings{Expires: time.Hour, OnMoved: OnMovedFail}); got != (Terms{time.Hour, 0, OnMovedFail}) {
		t.Errorf("as told: %+v", got)
	}
	for _, c := range []struct{ a, b, want Terms }{
		{ordinary, ordinary, ordinary},
		{Terms{time.Hour, 0.5, OnMovedFrozen}, ordinary, Terms{time.Hour, 0.2, OnMovedFrozen}},
		{Terms{time.Hour, 0, OnMovedFrozen}, Terms{time.Minute, 1, OnMovedFail}, Terms{time.Minute, 0, OnMovedFail}},
	} {
		if got := c.a.Tightest(c.b); got != c.want {
			t.Errorf("%+v and %+v: got %+v", c.a, c.b, got)
		}
		if got := c.b.Tightest(c.a); got != c.want {
			t.Errorf("%+v and %+v: got %+v", c.b, c.a, got)
		}
	}
}
