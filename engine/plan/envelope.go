package plan

import (
	"fmt"
	"math"
	"slices"
)

// What to do when the data moved since a plan was saved.
const (
	OnMovedRebase = "rebase" // carry out what it comes to now, inside the envelope
	OnMovedFail   = "fail"   // nothing that the plan read may have moved
	OnMovedFrozen = "frozen" // data may have moved, but what happens must be what was approved, to the row
)

// Defaults of block `plan` in `cdp`.
const (
	DefaultTolerance = 0.2
	toleranceFloor   = 10 // rows that a count may move whatever its ratio
)

// Envelope is how far what happens may be from what was approved.
type Envelope struct {
	OnMoved   string
	Tolerance float64
	Resumed   bool // part of the plan was carried out already, by an apply that was cut off: less than approved is left
}

// Drift is one number of a step that is another now than was approved. Refused says why it is outside of the envelope.
type Drift struct {
	Address  string
	Name     string // of the count; "rows": as many, but others; "action": what happens to the block
	Approved Count
	Now      Count
	Was, Is  string // actions, where Name is "action"
	Refused  string
}

// String is the drift for people: "sync.vips add: approved 100, now 105".
func (m Drift) String() string {
	switch m.Name {
	case "action":
		return fmt.Sprintf("%s: approved %s, now %s", m.Address, m.Was, m.Is)
	case "rows":
		return fmt.Sprintf("%s: as many rows, but others", m.Address)
	}
	return fmt.Sprintf("%s %s: approved %s, now %s", m.Address, m.Name, spoken(m.Approved), spoken(m.Now))
}

func spoken(c Count) string {
	if !c.Known {
		return "unknown"
	}
	return fmt.Sprint(c.N)
}

// acts are the counts of each kind of step that say what it does; the others describe what there is.
type acts struct{ names []string }

func (a *acts) Stream(*StreamStep) error {
	a.names = []string{"inserted", "updated", "deleted", "rejected"}
	return nil
}
func (a *acts) Model(*ModelStep) error { a.names = []string{"inserted", "deleted"}; return nil }
func (a *acts) Identity(*IdentityStep) error {
	a.names = []string{"created", "merged", "split", "retired", "moved"}
	return nil
}
func (a *acts) Trait(*TraitStep) error             { return nil }
func (a *acts) Segment(*SegmentStep) error         { a.names = []string{"entered", "left"}; return nil }
func (a *acts) Destination(*DestinationStep) error { return nil }
func (a *acts) Sync(*SyncStep) error               { a.names = []string{"add", "update", "remove"}; return nil }
func (a *acts) Removal(*RemovalStep) error         { a.names = []string{"remove", "left"}; return nil }

func actsOf(s Step) []string {
	var a acts
	_ = s.Visit(&a) // none of the methods fails
	return a.names
}

// Against compares an approved plan with what it comes to now. It takes syncs that were not part of the approval out of the
// plan: what they have to do is left for the next run.
func (p *Plan) Against(now *Plan, e Envelope) []Drift {
	now.Steps = slices.DeleteFunc(now.Steps, func(s Step) bool {
		_, sync := s.(*SyncStep)
		unplanned := sync && acting(s) && !acting(p.Step(s.Base().Address))
		if unplanned {
			now.Left = append(now.Left, s.Base().Address)
		}
		return unplanned
	})
	var drifts []Drift
	seen := map[string]bool{}
	for _, s := range p.Steps {
		seen[s.Base().Address] = true
		drifts = append(drifts, e.compare(s, now.Step(s.Base().Address))...)
	}
	for _, s := range now.Steps {
		if !seen[s.Base().Address] {
			drifts = append(drifts, e.compare(nil, s)...)
		}
	}
	return drifts
}

func acting(s Step) bool { return s != nil && s.Base().Action != None }

func (e Envelope) compare(approved, now Step) []Drift {
	if !acting(approved) && !acting(now) {
		return nil
	}
	some := now
	if some == nil {
		some = approved
	}
	was, is := headOf(approved), headOf(now)
	var drifts []Drift
	if m, other := e.action(some.Base().Address, was, is); other {
		drifts = append(drifts, m)
	}
	for _, name := range actsOf(some) {
		if m, other := e.count(some.Base().Address, name, was, is, sends(some, name)); other {
			drifts = append(drifts, m)
		}
	}
	if len(drifts) == 0 && was.Digest != is.Digest && !e.Resumed {
		m := Drift{Address: some.Base().Address, Name: "rows"}
		if e.OnMoved != OnMovedRebase {
			m.Refused = "the plan allows no other rows (on_moved = " + e.OnMoved + ")"
		}
		drifts = append(drifts, m)
	}
	return drifts
}

// sends reports whether a count of a step is of operations that leave this machine: where none of a kind was approved, there
// is none to be a fifth off from.
func sends(s Step, name string) bool {
	switch s.(type) {
	case *SyncStep:
		return true
	case *RemovalStep:
		return name == "remove"
	}
	return false
}

var nothing = Head{Action: None}

func headOf(s Step) *Head {
	if s == nil {
		return &nothing
	}
	return s.Base()
}

// action compares what the definition makes of a block. That data asks for a step or no longer does is told by its counts.
func (e Envelope) action(address string, was, is *Head) (Drift, bool) {
	byDefinition := func(h *Head) string {
		if h.Action == Create || h.Reason == ByDefinition && h.Action != None {
			return string(h.Action)
		}
		return string(None)
	}
	m := Drift{Address: address, Name: "action", Was: byDefinition(was), Is: byDefinition(is)}
	if m.Was == m.Is || e.Resumed && m.Is == string(None) {
		return m, false
	}
	m.Refused = "another thing happens to the block than was approved"
	return m, true
}

func (e Envelope) count(address, name string, was, is *Head, sent bool) (Drift, bool) {
	m := Drift{Address: address, Name: name, Approved: countNamed(was.Counts, name), Now: countNamed(is.Counts, name)}
	if m.Approved == m.Now {
		return m, false
	}
	most := m.Approved.N
	if sent && name != "update" { // a change of key, approved as an update, is cut off between its two operations
		most += was.Counts.N("rekeyed")
	}
	less := m.Now.Known && m.Approved.Known && m.Now.N <= most
	limit := max(toleranceFloor, int64(math.Ceil(e.Tolerance*float64(m.Approved.N))))
	switch {
	case e.Resumed && less:
	case !m.Approved.Known || !m.Now.Known:
		m.Refused = "a number that is not known cannot be approved"
	case e.OnMoved != OnMovedRebase:
		m.Refused = "the plan allows no other numbers (on_moved = " + e.OnMoved + ")"
	case sent && m.Approved.N == 0:
		m.Refused = "a kind of operation that was not approved"
	case max(m.Now.N-m.Approved.N, m.Approved.N-m.Now.N) > limit:
		m.Refused = fmt.Sprintf("more than %d away from what was approved", limit)
	}
	return m, true
}

// countNamed is a count without the words of how it was estimated. One that a step does not have is 0: it does nothing.
func countNamed(c Counts, name string) Count {
	for _, one := range c {
		if one.Name == name {
			return Count{Name: name, N: one.N, Known: one.Known}
		}
	}
	return Count{Name: name, Known: true}
}

// Refused are the drifts that lie outside of the envelope.
func Refused(drifts []Drift) []Drift {
	return slices.DeleteFunc(slices.Clone(drifts), func(m Drift) bool { return m.Refused == "" })
}
