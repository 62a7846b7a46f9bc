package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/plan"
)

// Report prints how an apply or run ended: a line for each block that something happened to, or should have. Why a block
// was stopped is told whole by its diagnostic; here a line says it. What only follows such a block is counted.
func Report(w io.Writer, s Style, r *apply.Report) {
	if r == nil {
		return
	}
	fmt.Fprintln(w)
	counts := map[apply.Status]int64{}
	silent := int64(0) // done, and no rows to tell of
	var shown, skipped []apply.Result
	for _, one := range r.Results {
		counts[one.Status]++
		switch {
		case one.Status == apply.Done && summary(one.Counts) == "" && len(one.Notes) == 0:
			silent++
		case one.Status == apply.Skipped:
			skipped = append(skipped, one)
		default:
			shown = append(shown, one)
		}
	}
	if len(skipped) == 1 {
		shown = append(shown, skipped...)
	}
	column := addressColumn(shown)
	for _, one := range shown {
		result(w, s, one, column)
	}
	if silent > 0 {
		fmt.Fprintf(w, "  %s %s without rows of %s own\n", s.green("✓"), plural(silent, more(len(shown), "block")), its(silent))
	}
	if len(skipped) > 1 {
		fmt.Fprintf(w, "  %s %s that follow were skipped\n", s.yellow("!"), plural(int64(len(skipped)), "block"))
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

func more(before int, noun string) string {
	if before > 0 {
		return "more " + noun
	}
	return noun
}

func its(n int64) string {
	if n == 1 {
		return "its"
	}
	return "their"
}

// result prints how one block ended. Numbers and time are of what was carried out only.
func result(w io.Writer, s Style, one apply.Result, column int) {
	head := "  " + mark(s, one.Status) + " " + pad(one.Address, column) + "  "
	switch one.Status {
	case apply.Done, apply.Partial:
		said := strings.ReplaceAll(tie(summary(one.Counts)), ","+tied, ", ")
		// The time stays by the number it is after.
		fmt.Fprint(w, s.hang(head, strings.Repeat(" ", seen(head)), said+tie("  ")+s.dim(tie(seconds(one.Seconds)))))
	default:
		said := string(one.Status)
		if numbers := summary(one.Counts); numbers != "" { // a delivery that ended half way
			said += ": " + numbers
		} else if one.Detail != "" {
			said += ": " + gist(one.Detail)
		}
		fmt.Fprint(w, s.hang(head, strings.Repeat(" ", 6), said))
	}
	for _, n := range grouped(one.Notes) {
		fmt.Fprint(w, s.wrap("      ", n))
	}
}

// gist is what a detail says before it says how to mend.
func gist(detail string) string {
	end := len(detail)
	for _, stop := range []string{"; ", ". ", "\n"} {
		if i := strings.Index(detail, stop); i >= 0 {
			end = min(end, i)
		}
	}
	return strings.TrimSuffix(detail[:end], ".")
}

// addressColumn is how wide the column of addresses must be for all to stand in line.
func addressColumn(results []apply.Result) int {
	n := 25
	for _, one := range results {
		n = max(n, width(one.Address))
	}
	return n
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
			parts = append(parts, number(one.N)+" "+counted(one.N, strings.ReplaceAll(one.Name, "_", " ")))
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
