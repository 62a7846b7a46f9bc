package render

import (
	"fmt"
	"io"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
)

// Diagnostics prints diagnostics for people, each with its source line and a caret. files are the project's sources by
// name.
func Diagnostics(w io.Writer, s Style, ds diag.Diagnostics, files map[string][]byte) {
	for i, d := range ds {
		if i > 0 {
			fmt.Fprintln(w)
		}
		diagnostic(w, s, d, files)
	}
}

func diagnostic(w io.Writer, s Style, d diag.Diagnostic, files map[string][]byte) {
	if d.Code == "run.interrupted" { // whoever interrupts knows: one line
		fmt.Fprint(w, s.wrap("", s.yellow(d.Summary+".")+" "+d.Detail))
		return
	}
	word := s.red("Error")
	length := len("Error")
	if d.Severity == diag.Warning {
		word, length = s.yellow("Warning"), len("Warning")
	}
	gap := max(s.Width-length-2-width(d.Summary)-len(d.Code), 2)
	fmt.Fprintf(w, "%s: %s%s%s\n", word, s.bold(d.Summary), strings.Repeat(" ", gap), s.dim(d.Code))
	if d.Range != nil {
		place := fmt.Sprintf("  on %s line %d", d.Range.File, d.Range.Start.Line)
		if d.In != "" {
			place += ", in " + d.In
		}
		fmt.Fprintln(w, place+":")
		excerpt(w, s, *d.Range, files[d.Range.File])
	}
	if d.Detail != "" {
		fmt.Fprint(w, s.wrap("  ", d.Detail))
	}
}

// excerpt prints the source line of a range, cut to the terminal, with a line under what is meant.
func excerpt(w io.Writer, s Style, r diag.Range, source []byte) {
	lines := strings.Split(string(source), "\n")
	if r.Start.Line < 1 || r.Start.Line > len(lines) {
		return
	}
	runes := []rune(printable(strings.ReplaceAll(strings.TrimRight(lines[r.Start.Line-1], "\r"), "\t", " ")))
	label := fmt.Sprintf("  %d: ", r.Start.Line)
	start := min(max(r.Start.Column-1, 0), len(runes))
	end := len(runes)
	if r.End.Line == r.Start.Line {
		end = min(max(r.End.Column-1, start), len(runes))
	}
	runes, start, end = window(runes, start, end, max(s.Width-len(label), 20))
	fmt.Fprintln(w, s.dim(label)+string(runes))
	mark := strings.Repeat("─", max(width(string(runes[start:end])), 1))
	fmt.Fprintln(w, strings.Repeat(" ", len(label)+width(string(runes[:start])))+s.red(mark))
}

// window cuts a line to so many columns around what is marked, and says where the mark stands then.
func window(runes []rune, start, end, room int) (cut []rune, from, to int) {
	if width(string(runes[:end])) > room {
		skip := 0
		for before := width(string(runes[:start])); before >= room/2 && skip < start; skip++ {
			before -= width(string(runes[skip : skip+1]))
		}
		if skip > 0 {
			runes = append([]rune("…"), runes[skip:]...)
			start, end = start-skip+1, end-skip+1
		}
	}
	if width(string(runes)) <= room {
		return runes, start, end
	}
	keep, used := 0, 0
	for ; keep < len(runes); keep++ {
		if used += width(string(runes[keep : keep+1])); used > room-1 {
			break
		}
	}
	runes = append(runes[:keep:keep], '…')
	return runes, min(start, len(runes)), min(end, len(runes))
}

// printable replaces what a terminal might obey.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || (r >= 0x80 && r < 0xa0) {
			return '�'
		}
		return r
	}, text)
}
