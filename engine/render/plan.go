package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
)

// Plan prints a plan for people: what changes and why, guards, totals. What does not change is counted, not listed.
func Plan(w io.Writer, s Style, p *plan.Plan) {
	fmt.Fprintf(w, "%s   config %s   %s   as_of %s\n", s.bold("cdp plan"), short(p.ConfigDigest), dataOf(p), p.AsOf.UTC().Format("2006-01-02T15:04:05Z"))
	v := &planText{w: w, s: s}
	same := 0
	for _, step := range p.Steps {
		if step.Base().Action == plan.None {
			same++
			continue
		}
		if !v.any {
			fmt.Fprintln(w)
			v.any = true
		}
		if err := step.Visit(v); err != nil {
			fmt.Fprintln(w, "  "+err.Error())
		}
	}
	guards(w, s, p)
	gates(w, s, p)
	v.totals(p, same)
}

func short(digest string) string {
	if len(digest) > 8 {
		return digest[:8] + "…"
	}
	return digest
}

func dataOf(p *plan.Plan) string {
	if p.Pins.Serial == 0 {
		return "nothing loaded yet"
	}
	return fmt.Sprintf("data as of commit %d", p.Pins.Serial)
}

// planText is a visitor: one method per kind of step.
type planText struct {
	w   io.Writer
	s   Style
	any bool
}

var symbols = map[plan.Action]string{plan.Create: "+", plan.Change: "~", plan.Remove: "−", plan.Move: "→", plan.Load: "↓", plan.Sync: "↑"}

// head prints the line of a step: sign, address, what happened, and where at the right.
func (t *planText) head(h *plan.Head, what string) {
	sign := symbols[h.Action]
	color := map[plan.Action]func(string) string{plan.Create: t.s.green, plan.Remove: t.s.red, plan.Change: t.s.yellow}[h.Action]
	if color == nil {
		color = t.s.bold
	}
	where := ""
	if h.Range != nil {
		where = fmt.Sprintf("%s:%d", h.Range.File, h.Range.Start.Line)
	}
	left := "  " + sign + " " + pad(h.Address, 25)
	if what != "" {
		left += " " + what
	}
	gap := t.s.Width - width(left) - width(where)
	if gap < 2 {
		left, gap = "  "+sign+" "+h.Address+" "+what, max(t.s.Width-width("  "+sign+" "+h.Address+" "+what)-width(where), 2)
	}
	fmt.Fprintln(t.w, strings.Replace(left, sign, color(sign), 1)+strings.Repeat(" ", gap)+t.s.dim(where))
}

func (t *planText) line(parts ...string) {
	var kept []string
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	if len(kept) == 0 {
		return
	}
	// Numbers that belong together stay together when a line must break.
	line := "      "
	for i, p := range kept {
		if i > 0 && width(line)+3+width(p) > t.s.Width {
			fmt.Fprintln(t.w, line)
			line = "      " + p
			continue
		}
		if i > 0 {
			line += "   "
		}
		line += p
	}
	fmt.Fprintln(t.w, line)
}

func (t *planText) notes(h *plan.Head) {
	for _, n := range h.Notes {
		fmt.Fprint(t.w, t.s.wrap("      ", n))
	}
	if h.Skipped != "" {
		fmt.Fprint(t.w, t.s.wrap("      ", t.s.red("skipped")+": "+h.Skipped))
	}
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
	return sign + number(n) + " " + label
}

func has(c plan.Counts, name string) bool {
	for _, one := range c {
		if one.Name == name {
			return true
		}
	}
	return false
}

// Stream prints a load.
func (t *planText) Stream(s *plan.StreamStep) error {
	t.head(&s.Head, why(&s.Head))
	if n, known := s.Counts.Get("extracted"); known {
		t.line(plural(n, "row")+" read", told(&s.Head, "+", "inserted", "new"), told(&s.Head, "~", "updated", "changed"), told(&s.Head, "−", "deleted", "gone"),
			told(&s.Head, "", "unchanged", "unchanged"), told(&s.Head, "", "deduplicated", "duplicate"), told(&s.Head, "", "filtered", "filtered"),
			told(&s.Head, "", "rejected", "rejected"))
	} else if len(s.Counts) > 0 {
		t.line("rows not known yet: not loaded")
	}
	for _, c := range s.SchemaChanges {
		fmt.Fprint(t.w, t.s.wrap("      ", c))
	}
	for _, r := range s.Rejects {
		fmt.Fprint(t.w, t.s.wrap("      rejected: ", r))
	}
	t.notes(&s.Head)
	return nil
}

// Model prints a transform.
func (t *planText) Model(s *plan.ModelStep) error {
	t.head(&s.Head, why(&s.Head))
	t.line(s.Materialize, told(&s.Head, "", "rows", "rows"), told(&s.Head, "+", "inserted", "new"), told(&s.Head, "−", "deleted", "gone"))
	t.notes(&s.Head)
	return nil
}

// Identity prints who became who.
func (t *planText) Identity(s *plan.IdentityStep) error {
	t.head(&s.Head, why(&s.Head))
	if n, known := s.Counts.Get("profiles"); known {
		t.line(plural(n, "customer"), told(&s.Head, "+", "created", "created"), told(&s.Head, "", "merged", "merged"), told(&s.Head, "", "split", "split"),
			told(&s.Head, "−", "retired", "retired"), told(&s.Head, "", "moved", "records moved"))
	} else if len(s.Counts) > 0 {
		t.line("customers not known yet")
	}
	t.notes(&s.Head)
	return nil
}

// Trait prints a trait that is new, changed or gone.
func (t *planText) Trait(s *plan.TraitStep) error {
	t.head(&s.Head, why(&s.Head))
	t.notes(&s.Head)
	return nil
}

// Segment prints who enters and leaves.
func (t *planText) Segment(s *plan.SegmentStep) error {
	t.head(&s.Head, why(&s.Head))
	if n, known := s.Counts.Get("members"); known {
		before := n - s.Counts.N("entered") + s.Counts.N("left")
		t.line("members "+number(before)+" → "+number(n), told(&s.Head, "+", "entered", "enter"), told(&s.Head, "−", "left", "leave"))
	} else if len(s.Counts) > 0 {
		t.line("members not known yet")
	}
	t.notes(&s.Head)
	return nil
}

// Destination prints a destination that is new, changed or gone.
func (t *planText) Destination(s *plan.DestinationStep) error {
	t.head(&s.Head, why(&s.Head))
	t.notes(&s.Head)
	return nil
}

// Sync prints what leaves this machine.
func (t *planText) Sync(s *plan.SyncStep) error {
	t.head(&s.Head, why(&s.Head))
	requests := ""
	if s.Requests > 0 {
		requests = "≈ " + plural(s.Requests, "request")
	}
	target := strings.TrimPrefix(s.Destination, "destination.") + " " + s.Object
	if _, known := s.Counts.Get("add"); known {
		t.line(target, told(&s.Head, "+", "add", "add"), told(&s.Head, "~", "update", "update"), told(&s.Head, "−", "remove", "remove"),
			told(&s.Head, "", "unchanged", "unchanged"), told(&s.Head, "", "invalid", "invalid"), told(&s.Head, "", "held", "held back"), requests)
	} else if len(s.Counts) > 0 {
		t.line(target, "rows not known yet")
	}
	t.notes(&s.Head)
	return nil
}

// Removal prints a block that is no longer in the code.
func (t *planText) Removal(s *plan.RemovalStep) error {
	t.head(&s.Head, "no longer in the code")
	t.notes(&s.Head)
	return nil
}

// guards prints what was judged: every guard that tripped, and those of syncs that remove something.
func guards(w io.Writer, s Style, p *plan.Plan) {
	first := true
	for _, step := range p.Steps {
		for _, v := range step.Base().Guards {
			if v.Status == guard.OK && (v.Rows == 0 || v.Name != "max_remove_ratio") {
				continue
			}
			if first {
				fmt.Fprintln(w)
				first = false
			}
			fmt.Fprintln(w, "  "+verdict(s, v))
		}
	}
}

func verdict(s Style, v guard.Verdict) string {
	word := map[guard.Status]string{guard.OK: s.green("ok"), guard.Blocked: s.red("blocked"), guard.Allowed: s.yellow("allowed"), guard.Warned: s.yellow("warning")}[v.Status]
	line := "guard  " + v.Name + "  " + v.Address + "  "
	switch {
	case v.Detail != "":
		line += v.Detail
	case v.Name == "empty_result":
		line += fmt.Sprintf("had %s, now none", plural(v.Of, "row"))
	case strings.HasSuffix(v.Name, "_ratio") || v.Name == "max_churn":
		sign := "≤"
		if v.Value > v.Limit {
			sign = ">"
		}
		line += fmt.Sprintf("%s of %s (%s) %s %s", number(v.Rows), number(v.Of), ratio(v.Value), sign, ratio(v.Limit))
	default:
		line += fmt.Sprintf("%g, limit %g", v.Value, v.Limit)
	}
	line += "  " + word
	if v.Status == guard.Blocked {
		line += "\n         let it through once with --allow guard:" + v.Address
	}
	return line
}

func (t *planText) totals(p *plan.Plan, same int) {
	totals := p.Totals()
	fmt.Fprintln(t.w)
	if !p.Changes() {
		fmt.Fprintf(t.w, "%s %s as the code says. Nothing to do.\n", t.s.bold("No changes."), plural(int64(same), "block")+verb(same))
		return
	}
	fmt.Fprintf(t.w, "%s %d to create, %d to change, %d to remove. %s this machine.\n", t.s.bold("Plan:"), totals.Create, totals.Change, totals.Remove,
		plural(totals.Operations, "operation")+leave(totals.Operations))
	if totals.Blocked > 0 {
		fmt.Fprintln(t.w, t.s.red("Blocked")+" by "+blockers(p, totals.Blocked)+": apply would do nothing.")
	}
}

func verb(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

func leave(n int64) string {
	if n == 1 {
		return " leaves"
	}
	return " leave"
}
