package render

import (
	"fmt"
	"io"

	"github.com/cdp-engine/cdp/engine/plan"
)

type driftEvent struct {
	Type     string      `json:"type"`
	Address  string      `json:"address"`
	Rebased  bool        `json:"rebased"`
	Name     string      `json:"name"`
	Counts   plan.Counts `json:"counts,omitempty"`
	Was      string      `json:"was,omitempty"`
	Is       string      `json:"is,omitempty"`
	Sentence string      `json:"sentence"`
}

// Drift writes what is another now than was approved, an event each.
func (e *Events) Drift(drift []plan.Drift) {
	for _, d := range drift {
		event := driftEvent{Type: "drift", Address: d.Address, Rebased: true, Name: d.Name, Was: d.Was, Is: d.Is, Sentence: d.String()}
		if d.Was == "" && d.Name != "rows" {
			approved, now := d.Approved, d.Now
			approved.Name, now.Name = "approved", "now"
			event.Counts = plan.Counts{approved, now}
		}
		e.Emit(event)
	}
}

// Drift tells what is another now than was approved, before a plan is carried out all the same.
func Drift(w io.Writer, s Style, drift []plan.Drift) {
	fmt.Fprintln(w, s.bold("The data moved since the plan was approved, inside of what it allows:"))
	for _, d := range drift {
		fmt.Fprintln(w, "  "+d.String())
	}
	fmt.Fprintln(w)
}
