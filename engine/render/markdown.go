package render

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
)

// maxMarkdown is how long a plan may be, in bytes: a comment on a pull request takes little more.
const maxMarkdown = 60000

// markdownMark begins every plan in Markdown: a bot finds the comment it wrote before, to replace it.
const markdownMark = "<!-- cdp plan -->"

// Markdown prints a plan for a comment on a pull request: a table of what changes, details to unfold, guards, totals. The same
// plan is the same text. What does not fit is counted, not shown: of each table the same number of lines, the worst first.
func Markdown(w io.Writer, p *plan.Plan) error {
	details := true
	most := longest(p)
	text := markdown(p, most, details)
	if len(text) > maxMarkdown {
		details = false
		text = markdown(p, most, details)
	}
	for rows := most; len(text) > maxMarkdown && rows > 0; rows -= max(rows/8, 1) {
		text = markdown(p, rows, details)
	}
	_, err := io.WriteString(w, text)
	return err
}

// longest is how many lines the longest table of a plan may have.
func longest(p *plan.Plan) int {
	verdicts := 0
	for _, s := range p.Steps {
		verdicts += len(s.Base().Guards)
	}
	return max(len(p.Steps), verdicts, len(p.Gates))
}

func markdown(p *plan.Plan, rows int, details bool) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n### cdp plan: %s\n\n", markdownMark, headline(p))
	fmt.Fprintf(&b, "config `%s` · %s · as of `%s`", short(p.ConfigDigest), dataOf(p), p.AsOf.UTC().Format("2006-01-02T15:04:05Z"))
	if len(p.Target) > 0 {
		fmt.Fprintf(&b, " · only %s and what it reads", codes(p.Target))
	}
	b.WriteString("\n")
	steps := slices.DeleteFunc(slices.Clone(p.Steps), func(s plan.Step) bool { return s.Base().Action == plan.None })
	if len(steps) > 0 {
		b.WriteString("\n| | block | why | what | where |\n|---|---|---|---|---|\n")
	}
	if rows < len(steps) { // what is cut is the least of it
		slices.SortStableFunc(steps, func(a, b plan.Step) int { return cmp.Compare(harm(b.Base()), harm(a.Base())) })
	}
	left := 0
	for i, s := range steps {
		if i >= rows {
			left++
			continue
		}
		h, said := s.Base(), wordsOf(s)
		where := ""
		if h.Range != nil {
			where = fmt.Sprintf("`%s:%d`", h.Range.File, h.Range.Start.Line)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s | %s |\n", symbols[h.Action], h.Address, cellText(said.what), cellText(strings.Join(said.numbers, " · ")), where)
	}
	b.WriteString(leftOut(left, "block"))
	if details {
		b.WriteString(detailsOf(steps))
	}
	b.WriteString(judged(p, rows))
	b.WriteString(answered(p, rows))
	totals := p.Totals()
	fmt.Fprintf(&b, "\n**Plan:** %d to create, %d to change, %d to remove. %s.\n", totals.Create, totals.Change, totals.Remove,
		sentenceOf(operations(totals)))
	return b.String()
}

// harm is how much a step needs to be looked at.
func harm(h *plan.Head) int {
	switch {
	case h.Blocked():
		return 4
	case h.Category == plan.Destructive:
		return 3
	case h.Category == plan.IdentityShift:
		return 2
	case h.Category == plan.Breaking:
		return 1
	}
	return 0
}

// headline says in a few words what a reviewer has to know first.
func headline(p *plan.Plan) string {
	totals := p.Totals()
	switch {
	case totals.Blocked > 0:
		return "⛔ blocked by " + blockers(p, totals.Blocked)
	case !p.Changes() && !totals.Unknown:
		return "no changes"
	}
	worst := ""
	for _, c := range []plan.Category{plan.Destructive, plan.IdentityShift, plan.Breaking} {
		if slices.ContainsFunc(p.Steps, func(s plan.Step) bool { return s.Base().Action != plan.None && s.Base().Category == c }) {
			worst = ", " + string(c)
			break
		}
	}
	return operations(totals) + worst
}

// detailsOf are the sentences about each step, folded.
func detailsOf(steps []plan.Step) string {
	var b strings.Builder
	for _, s := range steps {
		h := s.Base()
		var lines []string
		if len(h.CausedBy) > 0 {
			lines = append(lines, "follows "+codes(h.CausedBy))
		}
		for _, l := range wordsOf(s).lines {
			lines = append(lines, cellText(l))
		}
		if h.Skipped != "" {
			lines = append(lines, "skipped: "+cellText(h.Skipped))
		}
		if len(lines) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n<details><summary><code>%s</code>", h.Address)
		if h.Category != "" {
			fmt.Fprintf(&b, " (%s)", h.Category)
		}
		b.WriteString("</summary>\n\n")
		for _, l := range lines {
			fmt.Fprintf(&b, "- %s\n", l)
		}
		b.WriteString("\n</details>\n")
	}
	return b.String()
}

// answered are the checks and policies.
func answered(p *plan.Plan, rows int) string {
	gates := slices.Clone(p.Gates)
	if rows < len(gates) {
		first(gates, func(g plan.Gate) bool { return g.Blocked() })
	}
	var b strings.Builder
	if len(gates) > 0 {
		b.WriteString("\n| | name | answer | |\n|---|---|---|---|\n")
	}
	for _, g := range gates[:min(rows, len(gates))] {
		word := string(g.Status)
		if g.Blocked() {
			word = "⛔ failed: `--allow " + g.Kind + ":" + g.Name + "` lets it through once"
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", g.Kind, g.Name, word, cellText(g.Detail))
	}
	b.WriteString(leftOut(len(gates)-rows, "answer"))
	return b.String()
}

// judged are the guards that tripped, and those of syncs that remove something.
func judged(p *plan.Plan, rows int) string {
	var verdicts []guard.Verdict
	for _, s := range p.Steps {
		for _, v := range s.Base().Guards {
			if worthTelling(v) {
				verdicts = append(verdicts, v)
			}
		}
	}
	if rows < len(verdicts) {
		first(verdicts, func(v guard.Verdict) bool { return v.Status == guard.Blocked })
	}
	var b strings.Builder
	if len(verdicts) > 0 {
		b.WriteString("\n| guard | of | found | |\n|---|---|---|---|\n")
	}
	for _, v := range verdicts[:min(rows, len(verdicts))] {
		word := string(v.Status)
		if v.Status == guard.Blocked {
			word = "⛔ blocked: `--allow guard:" + v.Address + "` lets it through once"
		}
		if v.Override {
			word = "ok by the block's own limit: " + cellText(v.Reason)
		}
		fmt.Fprintf(&b, "| %s | `%s` | %s | %s |\n", v.Name, v.Address, cellText(Measure(v)), word)
	}
	b.WriteString(leftOut(len(verdicts)-rows, "guard"))
	return b.String()
}

// first brings those to the front that stand in the way, each in the order it had.
func first[T any](list []T, front func(T) bool) {
	slices.SortStableFunc(list, func(a, b T) int {
		switch {
		case front(a) == front(b):
			return 0
		case front(a):
			return -1
		}
		return 1
	})
}

// leftOut says how many lines a table has no room for.
func leftOut(n int, what string) string {
	if n <= 0 {
		return ""
	}
	return fmt.Sprintf("\n%s more: `cdp show` of the saved plan has them all.\n", plural(int64(n), what))
}

func codes(addresses []string) string {
	quoted := make([]string, len(addresses))
	for i, a := range addresses {
		quoted[i] = "`" + a + "`"
	}
	return strings.Join(quoted, ", ")
}

// cellText keeps text inside one cell, and keeps it text.
func cellText(text string) string {
	return strings.NewReplacer("|", "\\|", "\n", " ", "\r", " ", "<", "&lt;", "`", "'").Replace(text)
}
