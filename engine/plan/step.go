package plan

import (
	"encoding/json"
	"slices"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
)

// Action is what a step does.
type Action string

// The actions.
const (
	Create Action = "create"
	Change Action = "change"
	Remove Action = "remove"
	Move   Action = "move"
	Load   Action = "load"
	Sync   Action = "sync"
	None   Action = "none"
)

// Reason is why a step does something.
type Reason string

// The reasons.
const (
	ByDefinition Reason = "definition"
	ByData       Reason = "data"
	ByUpstream   Reason = "upstream"
	ByClock      Reason = "clock"
)

// Category says how far a change reaches.
type Category string

// The categories.
const (
	Additive      Category = "additive"
	NonBreaking   Category = "non-breaking"
	Breaking      Category = "breaking"
	Destructive   Category = "destructive"
	IdentityShift Category = "identity-shifting"
)

// Head is what every step has: which block, what happens to it, why, and whether something stands in the way.
type Head struct {
	Address  string          `json:"address"`
	Action   Action          `json:"action"`
	Category Category        `json:"category,omitempty"`
	Reason   Reason          `json:"reason,omitempty"`
	CausedBy []string        `json:"caused_by,omitempty"`
	Range    *diag.Range     `json:"range,omitempty"`
	Detail   string          `json:"detail,omitempty"` // what changed in the definition, in a few words
	Counts   Counts          `json:"counts,omitempty"`
	Tags     []string        `json:"tags,omitempty"`
	Guards   []guard.Verdict `json:"guards,omitempty"`
	Notes    []string        `json:"notes,omitempty"`   // lines for people under the step
	Digest   string          `json:"digest,omitempty"`  // of everything the step would write
	Skipped  string          `json:"skipped,omitempty"` // why it can't be carried out: blocked or failed upstream

	MovedFrom string `json:"moved_from,omitempty"` // the address it had
}

// Blocked reports whether a guard of the step stands in the way.
func (h *Head) Blocked() bool {
	for _, v := range h.Guards {
		if v.Status == guard.Blocked {
			return true
		}
	}
	return false
}

// Step is one node of a plan. Every kind of step has a method of Visitor: a new kind does not compile until the
// renderer and the applier handle it.
type Step interface {
	Base() *Head
	Visit(Visitor) error
}

// Visitor handles every kind of step.
type Visitor interface {
	Stream(*StreamStep) error
	Model(*ModelStep) error
	Identity(*IdentityStep) error
	Trait(*TraitStep) error
	Segment(*SegmentStep) error
	Destination(*DestinationStep) error
	Sync(*SyncStep) error
	Removal(*RemovalStep) error
}

// StreamStep loads a stream into its raw table.
type StreamStep struct {
	Head
	Table         string   `json:"table"`
	SchemaChanges []string `json:"schema_changes,omitempty"`
	Rejects       []string `json:"rejects,omitempty"` // first reasons, without values
}

// ModelStep rebuilds a model.
type ModelStep struct {
	Head
	Materialize string `json:"materialize"`
}

// IdentityStep resolves an identity and refreshes its profiles.
type IdentityStep struct {
	Head
	Before, After int64 `json:"-"`
}

// TraitStep is a trait that is new, changed or gone. Its values are part of the identity's profiles.
type TraitStep struct {
	Head
}

// SegmentStep recomputes a segment.
type SegmentStep struct {
	Head
}

// DestinationStep is a destination that is new, changed or gone: nothing is sent for it alone.
type DestinationStep struct {
	Head
}

// SyncStep sends operations to a tool.
type SyncStep struct {
	Head
	Destination string `json:"destination"`
	Object      string `json:"object"`
	Operations  int64  `json:"operations"`
	Requests    int64  `json:"requests"` // estimate; 0: not known

	Samples []Sample `json:"-"` // to look at, where they were asked for
}

// Sample is one operation of a sync. What it holds is personal: no file has it.
type Sample = activation.Sample

// RemovalStep is a block that is applied and no longer in the code. What it left stays, unless the code says to destroy it.
type RemovalStep struct {
	Head
	Destroy    bool     `json:"destroy,omitempty"`
	Drops      []string `json:"drops,omitempty"` // tables that go, as schema.table
	Operations int64    `json:"operations,omitempty"`
}

// Stays reports whether something is left of the block that may be told to go later: tables, or records in a tool.
func (s *RemovalStep) Stays() bool {
	a, err := addr.Parse(s.Address)
	return err == nil && !s.Destroy && slices.Contains([]string{"source", "model", "identity", "sync"}, a.Type)
}

// Base gives the head of the step.
func (h *Head) Base() *Head { return h }

// Visit calls the method of its kind.
func (s *StreamStep) Visit(v Visitor) error      { return v.Stream(s) }
func (s *ModelStep) Visit(v Visitor) error       { return v.Model(s) }
func (s *IdentityStep) Visit(v Visitor) error    { return v.Identity(s) }
func (s *TraitStep) Visit(v Visitor) error       { return v.Trait(s) }
func (s *SegmentStep) Visit(v Visitor) error     { return v.Segment(s) }
func (s *DestinationStep) Visit(v Visitor) error { return v.Destination(s) }
func (s *SyncStep) Visit(v Visitor) error        { return v.Sync(s) }
func (s *RemovalStep) Visit(v Visitor) error     { return v.Removal(s) }

// Count is one number of a step. Not known is never printed as 0.
type Count struct {
	Name     string
	N        int64
	Known    bool
	Estimate string // basis of an estimate; empty: exact
}

// Counts are the numbers of a step, in the order they are told.
type Counts []Count

// Of builds exact counts from names and numbers in turn.
func Of(pairs ...any) Counts {
	var out Counts
	for i := 0; i+1 < len(pairs); i += 2 {
		out = append(out, Count{Name: pairs[i].(string), N: pairs[i+1].(int64), Known: true})
	}
	return out
}

// Unknown builds counts nobody knows yet.
func Unknown(names ...string) Counts {
	var out Counts
	for _, n := range names {
		out = append(out, Count{Name: n})
	}
	return out
}

// Get returns a count; ok is false if it is missing or not known.
func (c Counts) Get(name string) (int64, bool) {
	for _, one := range c {
		if one.Name == name {
			return one.N, one.Known
		}
	}
	return 0, false
}

// N returns a known count, else 0.
func (c Counts) N(name string) int64 {
	n, _ := c.Get(name)
	return n
}

// MarshalJSON writes an object in the order of the counts: a number, null, or {"estimate", "basis"}.
func (c Counts) MarshalJSON() ([]byte, error) {
	out := []byte{'{'} // a nil Counts is an empty object
	for i, one := range c {
		if i > 0 {
			out = append(out, ',')
		}
		name, _ := json.Marshal(one.Name)
		out = append(append(out, name...), ':')
		var v any
		switch {
		case !one.Known:
		case one.Estimate != "":
			v = map[string]any{"estimate": one.N, "basis": one.Estimate}
		default:
			v = one.N
		}
		b, err := json.Marshal(v)
		if err != nil {
			return nil, err
		}
		out = append(out, b...)
	}
	return append(out, '}'), nil
}

// UnmarshalJSON reads what MarshalJSON wrote, keeping the order.
func (c *Counts) UnmarshalJSON(data []byte) error {
	*c = nil
	dec := json.NewDecoder(bytesReader(data))
	dec.UseNumber()
	if _, err := dec.Token(); err != nil {
		return err
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return err
		}
		var v any
		if err := dec.Decode(&v); err != nil {
			return err
		}
		name, _ := key.(string)
		*c = append(*c, countOf(name, v))
	}
	return nil
}
