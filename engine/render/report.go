package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/plan"
)

// Report prints how an apply or run ended.
func Report(w io.Writer, s Style, r *apply.Report) {
	if r == nil {
		return
	}
	fmt.Fprintln(w)
	counts := map[apply.Status]int64{}
	for _, one := range r.Results {
		counts[one.Status]++
		if one.Status == apply.Done && len(one.Counts) == 0 {
			continue
		}
		line := "  " + mark(s, one.Status) + " " + pad(one.Address, 28) + " " + summary(one.Counts)
		fmt.Fprintln(w, strings.TrimRight(line, " ")+"  "+s.dim(seconds(one.Seconds)))
		if one.Detail != "" {
			fmt.Fprint(w, s.wrap("      ", one.Detail))
		}
		for _, n := range one.Notes {
			fmt.Fprint(w, s.wrap("      ", n))
		}
	}
	var parts []string
	for _, st := range []apply.Status{apply.Done, apply.Partial, apply.Blocked, apply.Failed, apply.Skipped} {
		if counts[st] > 0 {
			parts = append(parts, number(counts[st])+" "+string(st))
		}
	}
	if len(parts) == 0 {
		parts = []string{"nothing to do"}
	}
	name := strings.ToUpper(r.Command[:1]) + r.Command[1:]
	fmt.Fprintf(w, "%s %s in %s.\n", s.bold(name+":"), strings.Join(parts, ", "), seconds(r.Seconds))
}

func mark(s Style, st apply.Status) string {
	switch st {
	case apply.Done:
		return s.green("✓")
	case apply.Failed, apply.Blocked:
		return s.red("✗")
	default:
		return s.yellow("!")
	}
}

// summary lists the counts that are not nought.
func summary(c plan.Counts) string {
	var parts []string
	for _, one := range c {
		if one.Known && one.N != 0 {
			parts = append(parts, number(one.N)+" "+strings.ReplaceAll(one.Name, "_", " "))
		}
	}
	return strings.Join(parts, ", ")
}

type resultEvent struct {
	Type    string       `json:"type"`
	Address string       `json:"address"`
	Status  apply.Status `json:"status"`
	Counts  plan.Counts  `json:"counts"`
	Seconds float64      `json:"seconds"`
	Detail  string       `json:"detail,omitempty"`
	Notes   []string     `json:"notes,omitempty"`
}

// Report writes a result event per step.
func (e *Events) Report(r *apply.Report) {
	if r == nil {
		return
	}
	for _, one := range r.Results {
		// Counts of nought are told too: a reader need not guess.
		e.Emit(resultEvent{"result", one.Address, one.Status, one.Counts, one.Seconds, one.Detail, one.Notes})
	}
	for _, v := range r.Guards {
		e.Guard(v)
	}
}
