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
	runes := []rune(strings.ReplaceAll(strings.TrimRight(lines[r.Start.Line-1], "\r"), "\t", " "))
	label := fmt.Sprintf("  %d: ", r.Start.Line)
	start := min(max(r.Start.Column-1, 0), len(runes))
	end := len(runes)
	if r.End.Line == r.Start.Line {
		end = min(max(r.End.Column-1, start), len(runes))
	}
	room := max(s.Width-len(label), 20)
	if from := start - room/2; end > room && from > 0 {
		runes = append([]rune("…"), runes[from+1:]...)
		start, end = start-from, end-from
	}
	if len(runes) > room {
		runes = append(runes[:room-1:room-1], '…')
		end = min(end, room)
	}
	fmt.Fprintln(w, s.dim(label)+printable(string(runes)))
	mark := strings.Repeat("─", max(width(string(runes[min(start, len(runes)):min(end, len(runes))])), 1))
	fmt.Fprintln(w, strings.Repeat(" ", len(label)+width(string(runes[:min(start, len(runes))])))+s.red(mark))
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
