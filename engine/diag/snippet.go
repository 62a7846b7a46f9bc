package diag

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// Snippet is the source line a range begins on, and where on it the mark stands. Tabs are shown as one space, so that
// a mark of Start spaces and Length dashes stands under the text.
type Snippet struct {
	Line   int
	Text   string
	Start  int // characters before the mark
	Length int // characters marked, at least 1
}

// SnippetOf cuts the line a range begins on out of its file. ok is false when the file has no such line.
func SnippetOf(source []byte, r Range) (s Snippet, ok bool) {
	if r.Start.Line < 1 || r.Start.Byte < 0 || r.Start.Byte > len(source) {
		return Snippet{}, false
	}
	begin := bytes.LastIndexByte(source[:r.Start.Byte], '\n') + 1
	end := len(source)
	if i := bytes.IndexByte(source[r.Start.Byte:], '\n'); i >= 0 {
		end = r.Start.Byte + i
	}
	stop := min(max(r.End.Byte, r.Start.Byte), end)
	s.Line = r.Start.Line
	s.Text = printable(strings.TrimRight(string(source[begin:end]), "\r"))
	s.Start = utf8.RuneCountInString(printable(string(source[begin:r.Start.Byte])))
	s.Length = max(utf8.RuneCountInString(printable(strings.TrimRight(string(source[r.Start.Byte:stop]), "\r"))), 1)
	return s, true
}

// printable replaces what would move the mark or the terminal's cursor.
func printable(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r < ' ' || r == 0x7f || r == utf8.RuneError:
			return '·'
		}
		return r
	}, text)
}
