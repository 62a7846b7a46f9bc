package render

import (
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// Style writes text for people, with colours if Color.
type Style struct {
	Color bool
	Width int // columns of the terminal; 80 where there is none

	Terminal bool // a person looks at it
}

// StyleOf finds the style of a stream: colours only on a terminal, and not with NO_COLOR.
func StyleOf(w io.Writer, noColor bool) Style {
	s := Style{Width: 80}
	f, ok := w.(interface{ Fd() uintptr })
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return s
	}
	s.Terminal = true
	if width, _, err := term.GetSize(int(f.Fd())); err == nil && width >= 40 {
		s.Width = width
	}
	s.Color = !noColor && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb"
	return s
}

// IsTerminal reports whether the stream is one a person looks at.
func IsTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

func (s Style) paint(code, text string) string {
	if !s.Color {
		return text
	}
	return "\x1b[" + code + "m" + text + "\x1b[0m"
}

func (s Style) bold(text string) string   { return s.paint("1", text) }
func (s Style) dim(text string) string    { return s.paint("2", text) }
func (s Style) red(text string) string    { return s.paint("31", text) }
func (s Style) green(text string) string  { return s.paint("32", text) }
func (s Style) yellow(text string) string { return s.paint("33", text) }

// Wrap breaks text at spaces so that no line is wider than the terminal.
func (s Style) Wrap(text string) string { return s.wrap("", text) }

// Hang is Wrap with a beginning of the first line, and one of the lines after it.
func (s Style) Hang(first, prefix, text string) string { return s.hang(first, prefix, text) }

// wrap breaks text at spaces so that no line is wider than the terminal, every line after the prefix.
func (s Style) wrap(prefix, text string) string { return s.hang(prefix, prefix, text) }

// tie keeps words on one line: its spaces are none to break at. They take their column all the same.
func tie(text string) string { return strings.ReplaceAll(text, " ", tied) }

const tied = "\x00"

// hang is wrap with another beginning for the first line.
func (s Style) hang(first, prefix, text string) string {
	var out strings.Builder
	line := first
	for _, paragraph := range strings.Split(text, "\n") {
		empty := true
		for _, word := range strings.Fields(paragraph) {
			if !empty && seen(line)+1+seen(word) > s.Width {
				out.WriteString(line + "\n")
				line, empty = prefix, true
			}
			if !empty {
				line += " "
			}
			line += word
			empty = false
		}
		out.WriteString(line + "\n")
		line = prefix
	}
	return strings.ReplaceAll(out.String(), tied, " ")
}

// list puts parts that each stay whole on as few lines as the terminal allows.
func (s Style) list(first, prefix, between string, parts ...string) string {
	var out strings.Builder
	line := first
	for i, p := range parts {
		switch {
		case i > 0 && seen(line)+seen(between)+seen(p) > s.Width:
			out.WriteString(line + "\n")
			line = prefix
		case i > 0:
			line += between
		}
		line += p
	}
	return out.String() + line + "\n"
}
