package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/mattn/go-runewidth"
)

// Plan prints a plan for people: what changes and why, guards, totals. What does not change is counted, not listed.
func Plan(w io.Writer, s Style, p *plan.Plan) {
	fmt.Fprint(w, s.list(s.bold("cdp plan")+"   ", "           ", "   ", "config "+short(p.ConfigDigest), dataOf(p), "as_of "+p.AsOf.UTC().Format("2006-01-02T15:04:05Z")))
	v := &planText{w: w, s: s, column: addressesOf(p)}
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
		v.step(step)
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

// planText prints steps as text.
type planText struct {
	w   io.Writer
	s   Style
	any bool

	column int // how wide addresses are
}

// addressesOf is how wide the column of addresses must be for what is listed to stand in line; very long ones stick out.
func addressesOf(p *plan.Plan) int {
	n := 25
	for _, step := range p.Steps {
		if h := step.Base(); h.Action != plan.None {
			if one := width(h.Address); one <= 40 {
				n = max(n, one)
			}
		}
	}
	return n
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
	left := "  " + sign + " " + pad(h.Address, t.column)
	if what != "" {
		left += " " + what
	}
	if where == "" {
		fmt.Fprintln(t.w, strings.TrimRight(strings.Replace(left, sign, color(sign), 1), " "))
		return
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
	fmt.Fprint(t.w, t.s.list("      ", "      ", "   ", kept...))
}

// step prints one step: its line, its numbers, what else there is to say.
func (t *planText) step(s plan.Step) {
	h, said := s.Base(), wordsOf(s)
	t.head(h, said.what)
	t.line(said.numbers...)
	for _, line := range said.lines {
		fmt.Fprint(t.w, t.s.wrap("      ", line))
	}
	if y, ok := s.(*plan.SyncStep); ok {
		for _, one := range y.Samples {
			t.sample(one, mask(!Looking(t.w)))
		}
	}
	if h.Skipped != "" {
		fmt.Fprint(t.w, t.s.wrap("      ", t.s.red("skipped")+": "+h.Skipped))
	}
}

// sample prints one operation: its key, and the fields it sends.
func (t *planText) sample(one plan.Sample, m mask) {
	sign := map[string]string{"add": "+", "append": "+", "update": "~", "leave": "−"}[one.Action]
	fmt.Fprintln(t.w, "      "+sign+" "+runewidth.Truncate(m.key(one.Key), max(t.s.Width-8, 16), "…"))
	var fields []string
	for i, f := range one.Fields {
		if i == sampleFields {
			fields = append(fields, fmt.Sprintf("and %d more", len(one.Fields)-i))
			break
		}
		fields = append(fields, f.Name+" → "+runewidth.Truncate(m.value(ValueView{Value: f.Value, Personal: true}), sampleText, "…"))
	}
	if len(fields) > 0 {
		fmt.Fprint(t.w, t.s.list("          ", "          ", "   ", fields...))
	}
}

// How much of an operation is shown.
const (
	sampleFields = 8
	sampleText   = 40 // columns of a value
)

// guards prints what was judged: every guard that tripped, and those of syncs that remove something.
func guards(w io.Writer, s Style, p *plan.Plan) {
	first := true
	for _, step := range p.Steps {
		for _, v := range step.Base().Guards {
			if !worthTelling(v) {
				continue
			}
			if first {
				fmt.Fprintln(w)
				first = false
			}
			verdict(w, s, v)
		}
	}
}

// worthTelling are the guards that tripped or would have by default, and those of syncs that remove something.
func worthTelling(v guard.Verdict) bool {
	return v.Status != guard.OK || v.Override || (v.Rows > 0 && v.Name == "max_remove_ratio")
}

// verdict prints one guard: what was measured, against what, and how it was judged.
func verdict(w io.Writer, s Style, v guard.Verdict) {
	word := map[guard.Status]string{guard.OK: s.green("ok"), guard.Blocked: s.red("blocked"), guard.Allowed: s.yellow("allowed"), guard.Warned: s.yellow("warning")}[v.Status]
	if v.Status == guard.OK && isRatio(v) && v.Value > v.Limit {
		word += ": " + spared(v)
	}
	// The word stays by the number it is about.
	fmt.Fprint(w, s.hang("  guard  "+v.Name+"  "+v.Address+"  ", "         ", Measure(v)+tie("  ")+word))
	if v.Override {
		fmt.Fprint(w, s.wrap("         ", "blocked by default; the block's own limit lets it through: "+v.Reason))
	}
	if v.Status == guard.Blocked {
		fmt.Fprint(w, s.wrap("         ", "let it through once with --allow guard:"+v.Address))
	}
}

func isRatio(v guard.Verdict) bool {
	return strings.HasSuffix(v.Name, "_ratio") || v.Name == "max_churn"
}

// spared says why a ratio above its limit does not trip.
func spared(v guard.Verdict) string {
	switch {
	case v.Rows < v.Floor:
		return "under the floor of " + plural(v.Floor, "row")
	case v.Rows == v.Floor:
		return "not above the floor of " + plural(v.Floor, "row")
	}
	return "the guard is off"
}

// Measure is what a guard found, in words: "28 of 1,204 (2.3 %) ≤ 10 %".
func Measure(v guard.Verdict) string {
	switch {
	case v.Detail != "":
		return v.Detail
	case v.Name == "empty_result":
		return fmt.Sprintf("had %s, now none", plural(v.Of, "row"))
	case isRatio(v):
		sign := "≤"
		if v.Value > v.Limit {
			sign = ">"
		}
		return fmt.Sprintf("%s of %s (%s) %s %s", number(v.Rows), number(v.Of), ratio(v.Value), sign, ratio(v.Limit))
	}
	return fmt.Sprintf("%g, limit %g", v.Value, v.Limit)
}

func (t *planText) totals(p *plan.Plan, same int) {
	totals := p.Totals()
	fmt.Fprintln(t.w)
	if p.Changes() {
		fmt.Fprint(t.w, t.s.wrap("", fmt.Sprintf("%s %d to create, %d to change, %d to remove. %s.", t.s.bold("Plan:"), totals.Create, totals.Change, totals.Remove,
			sentenceOf(operations(totals)))))
	} else {
		rest := "Nothing to do"
		if totals.Unknown {
			rest = sentenceOf(operations(totals))
		}
		fmt.Fprint(t.w, t.s.wrap("", fmt.Sprintf("%s %s as the code says. %s.", t.s.bold("No changes."), plural(int64(same), "block")+verb(same), rest)))
	}
	if totals.Blocked > 0 {
		fmt.Fprint(t.w, t.s.wrap("", t.s.red("Blocked")+" by "+blockers(p, totals.Blocked)+": apply would do nothing."))
	}
}

func verb(n int) string {
	if n == 1 {
		return " is"
	}
	return " are"
}

// operations says how many leave this machine; where something stands in the way, none does. Not known is not none.
func operations(t plan.Totals) string {
	verb := " leave"
	switch {
	case t.Blocked > 0:
		verb = " would leave"
	case t.Operations == 1:
		verb = " leaves"
	}
	switch {
	case !t.Unknown:
		return plural(t.Operations, "operation") + verb + " this machine"
	case t.Operations == 0:
		return "how many operations leave this machine is not known yet"
	}
	return plural(t.Operations, "operation") + verb + " this machine, how many more is not known yet"
}

func sentenceOf(text string) string { return strings.ToUpper(text[:1]) + text[1:] }
