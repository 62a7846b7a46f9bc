package render

import (
	"encoding/json"
	"io"
	"sync"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
)

// Events writes JSON lines, one object each. It is safe for use from several goroutines.
type Events struct {
	mu  sync.Mutex
	enc *json.Encoder
}

// NewEvents begins a stream of events with its version line.
func NewEvents(w io.Writer, version string) *Events {
	e := &Events{enc: json.NewEncoder(w)}
	e.enc.SetEscapeHTML(false)
	e.Emit(versionEvent{"version", 1, version})
	return e
}

type versionEvent struct {
	Type   string `json:"type"`
	Format int    `json:"format"`
	CDP    string `json:"cdp"`
}

// Emit writes one event. What cannot be written cannot be told to anyone either.
func (e *Events) Emit(event any) {
	e.mu.Lock()
	defer e.mu.Unlock()
	_ = e.enc.Encode(event)
}

type diagnosticEvent struct {
	Type     string      `json:"type"`
	Severity string      `json:"severity"`
	Code     string      `json:"code"`
	Summary  string      `json:"summary"`
	Detail   string      `json:"detail,omitempty"`
	Address  string      `json:"address,omitempty"`
	Range    *diag.Range `json:"range,omitempty"`
}

// Diagnostics writes a diagnostic event each.
func (e *Events) Diagnostics(ds diag.Diagnostics) {
	for _, d := range ds {
		e.Emit(diagnosticEvent{"diagnostic", string(d.Severity), d.Code, d.Summary, d.Detail, d.Address, d.Range})
	}
}

type changeEvent struct {
	Type     string        `json:"type"`
	Address  string        `json:"address"`
	Action   plan.Action   `json:"action"`
	Category plan.Category `json:"category,omitempty"`
	Reason   plan.Reason   `json:"reason,omitempty"`
	CausedBy []string      `json:"caused_by"`
	Range    *diag.Range   `json:"range,omitempty"`
	Counts   plan.Counts   `json:"counts"`
	Detail   string        `json:"detail,omitempty"`
	Notes    []string      `json:"notes,omitempty"`
	Moved    string        `json:"moved_from,omitempty"`
	Tags     []string      `json:"tags,omitempty"`
}

type guardEvent struct {
	Type    string       `json:"type"`
	Name    string       `json:"name"`
	Address string       `json:"address"`
	Status  guard.Status `json:"status"`
	Value   float64      `json:"value"`
	Limit   float64      `json:"limit"`
	Rows    int64        `json:"rows"`
	Of      int64        `json:"of"`
	Detail  string       `json:"detail,omitempty"`

	Override bool   `json:"override,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// Guard writes one guard event.
func (e *Events) Guard(v guard.Verdict) {
	e.Emit(guardEvent{"guard", v.Name, v.Address, v.Status, v.Value, v.Limit, v.Rows, v.Of, v.Detail, v.Override, v.Reason})
}

// Plan writes a change event per step and a guard event per verdict.
func (e *Events) Plan(p *plan.Plan) {
	for _, s := range p.Steps {
		h := s.Base()
		caused := h.CausedBy
		if caused == nil {
			caused = []string{}
		}
		e.Emit(changeEvent{"change", h.Address, h.Action, h.Category, h.Reason, caused, h.Range, h.Counts, h.Detail, h.Notes, h.MovedFrom, h.Tags})
		for _, v := range h.Guards {
			e.Guard(v)
		}
	}
	e.Gates(p)
}

// Guards writes a guard event per verdict of a plan.
func (e *Events) Guards(p *plan.Plan) {
	for _, s := range p.Steps {
		for _, v := range s.Base().Guards {
			e.Guard(v)
		}
	}
	e.Gates(p)
}

// summaryEvent is the last line. What a command does not do has no number in it.
type summaryEvent struct {
	Type       string         `json:"type"`
	Create     *int           `json:"create,omitempty"`
	Change     *int           `json:"change,omitempty"`
	Remove     *int           `json:"remove,omitempty"`
	Operations *int64         `json:"operations,omitempty"`
	PlanID     string         `json:"plan_id,omitempty"`
	Blocks     map[string]int `json:"blocks,omitempty"`
	ExitCode   int            `json:"exit_code"`
}

// Summary writes the last line. p is nil for what has no plan.
func (e *Events) Summary(p *plan.Plan, exitCode int) {
	out := summaryEvent{Type: "summary", ExitCode: exitCode}
	if p == nil {
		e.Emit(out)
		return
	}
	t := p.Totals()
	out.Create, out.Change, out.Remove, out.Operations, out.PlanID = &t.Create, &t.Change, &t.Remove, &t.Operations, p.ID
	if t.Unknown {
		e.Emit(openSummary{summaryEvent: out})
		return
	}
	e.Emit(out)
}

// openSummary is a summary of which nobody knows how many operations there are: null, and neither 0 nor left out.
type openSummary struct {
	summaryEvent
	Operations *int64 `json:"operations"`
}

// Blocks writes the last line of a command that counts what the code declares.
func (e *Events) Blocks(counts map[string]int, exitCode int) {
	e.Emit(summaryEvent{Type: "summary", Blocks: counts, ExitCode: exitCode})
}
