package activation

import "github.com/cdp-engine/cdp/plugins/schema"

// settlement is how an unknown record is settled.
type settlement int

// Again: the operation is harmless to repeat. Look: the tool can be asked. Never: neither, so only a person can decide.
const (
	settleAgain settlement = iota
	settleLook
	settleNever
)

// settling is how unknown records of an action are settled.
func (s *Spec) settling(action string) settlement {
	switch action {
	case "add", "append":
		return s.settlingOf(s.Add)
	case "update":
		return s.settlingOf(s.Update)
	}
	return s.settlingOf(s.Out)
}

func (s *Spec) settlingOf(op schema.Operation) settlement {
	switch {
	case s.Whole && !s.Append():
		return settleAgain // the whole set is written anew
	case op.Idempotent:
		return settleAgain
	case s.Object.Readback && !s.Append():
		return settleLook
	}
	return settleNever
}
