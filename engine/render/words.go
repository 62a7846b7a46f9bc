package render

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/plan"
)

// words are what a plan says of one step, whatever it is printed as. A visitor: one method per kind of step.
type words struct {
	what    string   // why it happens
	numbers []string // that belong together, in order
	lines   []string // a sentence each
}

// wordsOf is what is said of a step.
func wordsOf(s plan.Step) words {
	var w words
	h := s.Base()
	w.what = why(h)
	_ = s.Visit(&w) // none of the methods fails
	w.lines = append(w.lines, grouped(h.Notes)...)
	return w
}

func (w *words) say(parts ...string) {
	for _, p := range parts {
		if p != "" {
			w.numbers = append(w.numbers, p)
		}
	}
}

// Stream is a load.
func (w *words) Stream(s *plan.StreamStep) error {
	if n, known := s.Counts.Get("extracted"); known {
		w.say(plural(n, "row")+" read", told(&s.Head, "+", "inserted", "new"), told(&s.Head, "~", "updated", "changed"), told(&s.Head, "−", "deleted", "gone"),
			told(&s.Head, "", "unchanged", "unchanged"), told(&s.Head, "", "deduplicated", "duplicate"), told(&s.Head, "", "filtered", "filtered"),
			told(&s.Head, "", "rejected", "rejected"))
	} else if n, known := s.Counts.Get("unchanged"); known { // the source has said that there is nothing new to read
		w.say(plural(n, "row") + " unchanged")
	} else if len(s.Counts) > 0 {
		w.say("rows not known yet: not loaded")
	}
	w.lines = append(w.lines, s.SchemaChanges...)
	for _, r := range s.Rejects {
		w.lines = append(w.lines, "rejected: "+r)
	}
	return nil
}

// Model is a transform.
func (w *words) Model(s *plan.ModelStep) error {
	w.say(s.Materialize, told(&s.Head, "", "rows", "rows"), told(&s.Head, "+", "inserted", "new"), told(&s.Head, "−", "deleted", "gone"))
	return nil
}

// Identity is who became who.
func (w *words) Identity(s *plan.IdentityStep) error {
	if n, known := s.Counts.Get("profiles"); known {
		w.say(plural(n, "customer"), told(&s.Head, "+", "created", "created"), told(&s.Head, "", "merged", "merged"), told(&s.Head, "", "split", "split"),
			told(&s.Head, "−", "retired", "retired"), told(&s.Head, "", "moved", "records moved"))
	} else if len(s.Counts) > 0 {
		w.say("customers not known yet")
	}
	return nil
}

// Trait is one that is new, changed or gone.
func (w *words) Trait(*plan.TraitStep) error { return nil }

// Segment is who enters and leaves.
func (w *words) Segment(s *plan.SegmentStep) error {
	if n, known := s.Counts.Get("members"); known {
		before := n - s.Counts.N("entered") + s.Counts.N("left")
		w.say("members "+number(before)+" → "+number(n), told(&s.Head, "+", "entered", "enter"), told(&s.Head, "−", "left", "leave"))
	} else if len(s.Counts) > 0 {
		w.say("members not known yet")
	}
	return nil
}

// Destination is one that is new, changed or gone.
func (w *words) Destination(*plan.DestinationStep) error { return nil }

// Sync is what leaves this machine.
func (w *words) Sync(s *plan.SyncStep) error {
	requests := ""
	if s.Requests > 0 {
		requests = "≈ " + plural(s.Requests, "request")
	}
	target := strings.TrimPrefix(s.Destination, "destination.") + " " + s.Object
	if _, known := s.Counts.Get("add"); known {
		w.say(target, told(&s.Head, "+", "add", "add"), told(&s.Head, "~", "update", "update"+rekeyed(s.Counts)), told(&s.Head, "−", "remove", "remove"),
			told(&s.Head, "", "unchanged", "unchanged"), told(&s.Head, "", "invalid", "invalid"), told(&s.Head, "", "held", "held back"), requests)
	} else if len(s.Counts) > 0 {
		w.say(target, "rows not known yet")
	}
	return nil
}

// Removal is a block that is no longer in the code.
func (w *words) Removal(*plan.RemovalStep) error {
	w.what = "no longer in the code"
	return nil
}

// rekeyed says how many updates are of people whose key is another now: each takes two operations.
func rekeyed(c plan.Counts) string {
	if n := c.N("rekeyed"); n > 0 {
		return " (" + number(n) + " under a new key)"
	}
	return ""
}

// why says the reason in words.
func why(h *plan.Head) string {
	switch {
	case h.Detail != "":
		return h.Detail
	case h.Action == plan.Create:
		return "new"
	case h.Reason == plan.ByDefinition:
		return "definition changed"
	case h.Reason == plan.ByClock:
		return "the clock moved"
	case h.Reason == plan.ByUpstream && len(h.CausedBy) > 0:
		if n := len(h.CausedBy) - 1; n > 0 {
			return fmt.Sprintf("follows %s and %d more", h.CausedBy[0], n)
		}
		return "follows " + h.CausedBy[0]
	case h.Reason == plan.ByData:
		return "new data"
	}
	return ""
}

// told writes a count as "+3 entered", or as unknown.
func told(h *plan.Head, sign, name, label string) string {
	n, known := h.Counts.Get(name)
	switch {
	case !known && has(h.Counts, name):
		return label + " not known yet"
	case n == 0:
		return ""
	}
	return sign + number(n) + " " + counted(n, label)
}

func has(c plan.Counts, name string) bool {
	for _, one := range c {
		if one.Name == name {
			return true
		}
	}
	return false
}
