package activation

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/guard"
)

// limit is a guard's limit: what the sync's guard block says, else the default. ok is false where there is none.
func (s *Spec) limit(name string) (guard.Limit, bool) { return guard.Of(name, s.Sync.Guards) }

// Unforeseen judges a sync whose wanted rows are not known while the tool holds rows of it that may leave: nobody can say how
// many. The floor does not help, for it is of a number that there is not; a limit that lets everybody go does.
func Unforeseen(s *Spec, held int64, unknown string) []guard.Verdict {
	l, ok := s.limit("max_remove_ratio")
	if !ok || l.Off || l.Limit >= 1 || held == 0 || s.Out.Op == "" {
		return nil
	}
	v := guard.Ratio(l, s.Address, held, held)
	v.Status = guard.Blocked
	v.Detail = fmt.Sprintf("it may take out all it holds (%d): %s is not known yet, which --refresh all loads", held, unknown)
	return []guard.Verdict{v}
}

// judge measures the operations against the guards.
func (c *computation) judge() {
	n, address := c.result.Counts, c.spec.Address
	ratio := func(name string, rows int64) {
		if l, ok := c.spec.limit(name); ok {
			c.result.Verdicts = append(c.result.Verdicts, guard.Ratio(l, address, rows, c.total.held))
		}
	}
	if c.spec.Out.Op != "" {
		ratio("max_remove_ratio", n.Remove)
	}
	if l, ok := c.spec.limit("max_remove"); ok {
		c.result.Verdicts = append(c.result.Verdicts, guard.Count(l, address, n.Remove))
	}
	ratio("max_change_ratio", n.Update)
	if l, ok := c.spec.limit("empty_result"); ok && c.spec.Out.Op != "" {
		c.result.Verdicts = append(c.result.Verdicts, guard.Empty(l, address, c.total.held, c.total.valid))
	}
}
