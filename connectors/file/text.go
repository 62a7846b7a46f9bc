package file

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// clean says that text is UTF-8 without NUL.
func clean(text []byte) bool {
	return bytes.IndexByte(text, 0) < 0 && utf8.Valid(text)
}

// bytesOrRunes cuts text into characters; bytes that are none, and NUL, are written as \xNN.
func bytesOrRunes(text []byte) []string {
	var out []string
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n <= 1 || r == 0 {
			out = append(out, fmt.Sprintf(`\x%02x`, text[0]))
		} else {
			out = append(out, string(text[:n]))
		}
		text = text[n:]
	}
	return out
}

// looksBinary says that the start of a file is not text at all: there is a NUL in its first line, or more than a tenth of it
// is not UTF-8 or NUL.
func looksBinary(head []byte) bool {
	if bytes.IndexByte(head[:firstLine(head, 0)], 0) >= 0 {
		return true
	}
	bad := bytes.Count(head, []byte{0})
	for i := 0; i < len(head); {
		r, n := utf8.DecodeRune(head[i:])
		if r == utf8.RuneError && n == 1 {
			bad++
		}
		i += n
	}
	return bad > 16 && bad*10 > len(head)
}
