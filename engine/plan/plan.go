package plan

import (
	"bytes"
	"encoding/json"
	"io"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
)

// Plan is what a command would do, and what it was computed from.
type Plan struct {
	Format       int       `json:"format"`
	ID           string    `json:"id"`
	ConfigDigest string    `json:"config_digest"`
	AsOf         time.Time `json:"as_of"`
	Refresh      string    `json:"refresh"`
	Target       []string  `json:"target,omitempty"` // addresses it was restricted to, with what they read
	Pins         Pins      `json:"pins"`
	Terms        Terms     `json:"terms"`
	// Variables that the command line gave: what carries the plan out is given them again. They are no part of its id, for
	// what they mean is in ConfigDigest.
	Variables *config.Kept `json:"variables,omitempty"`
	Gates     []Gate       `json:"gates,omitempty"` // checks and policies, as they were answered
	Steps     []Step       `json:"-"`
	Made      Stamp        `json:"-"` // of the file: two plans of the same content are one plan, whenever they were made
	Left      []string     `json:"-"` // syncs that have something to do and were taken out of it, see Against
}

// Stamp says when and from what a plan file was written. It is sealed with the plan and is no part of its id.
type Stamp struct {
	At     time.Time // UTC, to the second
	Commit string    // of the project's repository; empty: not known
}

// Pins are the inputs a plan was computed from.
type Pins struct {
	Workspace  string            `json:"workspace"` // uuid of the warehouse; empty: none yet
	Serial     int64             `json:"serial"`
	Tables     map[string]int64  `json:"tables,omitempty"`     // commit serial by table
	Cursors    map[string]string `json:"cursors,omitempty"`    // digest of cursor and state by stream
	Connectors map[string]string `json:"connectors,omitempty"` // digest of each connector that is no part of cdp
}

// Totals are the last line of a plan.
type Totals struct {
	Create, Change, Remove int
	Operations             int64
	Unknown                bool // there may be more operations: of some sync they are not known
	Blocked                int
}

// Totals counts the steps.
func (p *Plan) Totals() Totals {
	var t Totals
	for _, s := range p.Steps {
		h := s.Base()
		switch h.Action {
		case Create:
			t.Create++
		case Change, Move:
			t.Change++
		case Remove:
			t.Remove++
		}
		if sync, ok := s.(*SyncStep); ok {
			t.Operations += sync.Operations
			_, known := h.Counts.Get("add")
			t.Unknown = t.Unknown || !known && len(h.Counts) > 0
		}
		if removal, ok := s.(*RemovalStep); ok {
			t.Operations += removal.Operations
		}
		if h.Blocked() {
			t.Blocked++
		}
	}
	for _, g := range p.Gates {
		if g.Blocked() {
			t.Blocked++
		}
	}
	return t
}

// Changes reports whether carrying out the plan would change anything.
func (p *Plan) Changes() bool {
	for _, s := range p.Steps {
		if s.Base().Action != None {
			return true
		}
	}
	return false
}

// Step finds the step of an address.
func (p *Plan) Step(address string) Step {
	for _, s := range p.Steps {
		if s.Base().Address == address {
			return s
		}
	}
	return nil
}

func bytesReader(b []byte) io.Reader { return bytes.NewReader(b) }

func countOf(name string, v any) Count {
	c := Count{Name: name}
	switch v := v.(type) {
	case json.Number:
		c.N, _ = v.Int64()
		c.Known = true
	case map[string]any:
		if n, ok := v["estimate"].(json.Number); ok {
			c.N, _ = n.Int64()
			c.Known = true
		}
		c.Estimate, _ = v["basis"].(string)
	}
	return c
}
