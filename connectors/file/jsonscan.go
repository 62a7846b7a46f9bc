package file

import (
	"fmt"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth is how deep JSON may nest. The query engine's own JSON functions die of some hundred thousand levels.
const maxDepth = 500

// jsonError is what is wrong with JSON text, and after which of its bytes.
type jsonError struct {
	at   int
	what string
	deep bool
}

func (e *jsonError) Error() string { return fmt.Sprintf("%s after %d bytes", e.what, e.at) }

func skipSpace(data []byte, pos int) int {
	for pos < len(data) && (data[pos] == ' ' || data[pos] == '\n' || data[pos] == '\t' || data[pos] == '\r') {
		pos++
	}
	return pos
}

// skipString returns the byte after the string that starts at pos.
func skipString(data []byte, pos int) (end int, escaped bool, err *jsonError) {
	if pos >= len(data) || data[pos] != '"' {
		return 0, false, &jsonError{at: pos, what: "a string was expected"}
	}
	for i := pos + 1; i < len(data); i++ {
		switch c := data[i]; {
		case c == '"':
			return i + 1, escaped, nil
		case c < ' ':
			return 0, false, &jsonError{at: i, what: "a string holds a control character"}
		case c == '\\':
			escaped = true
			n := 2
			if i+1 < len(data) && data[i+1] == 'u' {
				n = 6
			}
			if i+n > len(data) || !validEscape(data[i:i+n]) {
				return 0, false, &jsonError{at: i, what: "an escape in a string is not valid"}
			}
			i += n - 1
		}
	}
	return 0, false, &jsonError{at: len(data), what: "a string is cut off"}
}

func validEscape(v []byte) bool {
	switch v[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for _, c := range v[2:] {
			if _, ok := hexDigit(c); !ok {
				return false
			}
		}
		return true
	}
	return false
}

// skipScalar returns the byte after the number or word that starts at pos.
func skipScalar(data []byte, pos int) (int, *jsonError) {
	for _, word := range []string{"true", "false", "null"} {
		if len(data)-pos >= len(word) && string(data[pos:pos+len(word)]) == word {
			return pos + len(word), nil
		}
	}
	i := pos
	digits := func() bool {
		from := i
		for i < len(data) && data[i]-'0' <= 9 {
			i++
		}
		return i > from
	}
	if i < len(data) && data[i] == '-' {
		i++
	}
	whole := i
	bad := &jsonError{at: pos, what: "a value was expected"}
	if !digits() || data[whole] == '0' && i > whole+1 {
		return 0, bad
	}
	if i < len(data) && data[i] == '.' {
		i++
		if !digits() {
			return 0, bad
		}
	}
	if i < len(data) && (data[i] == 'e' || data[i] == 'E') {
		i++
		if i < len(data) && (data[i] == '+' || data[i] == '-') {
			i++
		}
		if !digits() {
			return 0, bad
		}
	}
	return i, nil
}

// skipJSON checks the value that starts at pos and returns the byte after it. It does not call itself: depth costs nothing.
func skipJSON(data []byte, pos int) (int, *jsonError) {
	var inObject [maxDepth]bool
	depth := 0
	for {
		pos = skipSpace(data, pos)
		if pos >= len(data) {
			return 0, &jsonError{at: pos, what: "it is cut off"}
		}
		var err *jsonError
		switch c := data[pos]; c {
		case '{', '[':
			if depth == maxDepth {
				return 0, &jsonError{at: pos, what: fmt.Sprintf("it nests deeper than %d levels", maxDepth), deep: true}
			}
			inObject[depth] = c == '{'
			depth++
			next := skipSpace(data, pos+1)
			if next < len(data) && data[next] == c+2 { // '}' and ']' follow their opening by two
				pos, depth = next+1, depth-1
				break
			}
			pos = next
			if c == '{' {
				if pos, err = skipKey(data, pos); err != nil {
					return 0, err
				}
			}
			continue
		case '"':
			pos, _, err = skipString(data, pos)
		default:
			pos, err = skipScalar(data, pos)
		}
		if err != nil {
			return 0, err
		}
		var open bool
		if pos, depth, open, err = afterValue(data, pos, depth, &inObject); err != nil || !open {
			return pos, err
		}
	}
}

// afterValue goes over closing brackets to the next value; open is false at the end.
func afterValue(data []byte, pos, depth int, inObject *[maxDepth]bool) (int, int, bool, *jsonError) {
	for depth > 0 {
		pos = skipSpace(data, pos)
		if pos >= len(data) {
			return 0, 0, false, &jsonError{at: pos, what: "it is cut off"}
		}
		object := inObject[depth-1]
		switch c := data[pos]; {
		case c == ',' && object:
			next, err := skipKey(data, skipSpace(data, pos+1))
			return next, depth, true, err
		case c == ',':
			return pos + 1, depth, true, nil
		case c == '}' && object || c == ']' && !object:
			pos, depth = pos+1, depth-1
		default:
			return 0, 0, false, &jsonError{at: pos, what: "a comma or a closing bracket was expected"}
		}
	}
	return pos, depth, false, nil
}

// skipKey goes over a key and its colon.
func skipKey(data []byte, pos int) (int, *jsonError) {
	end, _, err := skipString(data, pos)
	if err != nil {
		return 0, err
	}
	end = skipSpace(data, end)
	if end >= len(data) || data[end] != ':' {
		return 0, &jsonError{at: end, what: "a colon was expected"}
	}
	return end + 1, nil
}

// compactJSON appends one JSON value without white space.
func compactJSON(to, v []byte) ([]byte, bool) {
	end, err := skipJSON(v, 0)
	if err != nil || skipSpace(v, end) != len(v) {
		return to, false
	}
	return appendCompact(to, v), true
}

// appendCompact is compactJSON for text that is known to be JSON.
func appendCompact(to, v []byte) []byte {
	quoted := false
	for i := 0; i < len(v); i++ {
		c := v[i]
		switch {
		case quoted && c == '\\':
			to = append(to, c, v[i+1])
			i++
			continue
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ' ' || c == '\n' || c == '\t' || c == '\r'):
			continue
		}
		to = append(to, c)
	}
	return to
}

// unquote appends the text of a JSON string, given without its quotes. NUL and halves of surrogate pairs are refused: no
// column holds them.
func unquote(to, v []byte) ([]byte, *jsonError) {
	for i := 0; i < len(v); i++ {
		if v[i] != '\\' {
			to = append(to, v[i])
			continue
		}
		i++
		switch v[i] {
		case 'b':
			to = append(to, '\b')
		case 'f':
			to = append(to, '\f')
		case 'n':
			to = append(to, '\n')
		case 'r':
			to = append(to, '\r')
		case 't':
			to = append(to, '\t')
		case 'u':
			r := hexRune(v[i+1:])
			i += 4
			if utf16.IsSurrogate(r) {
				low := rune(-1)
				if len(v) > i+6 && v[i+1] == '\\' && v[i+2] == 'u' {
					low = hexRune(v[i+3:])
				}
				if r = utf16.DecodeRune(r, low); r == utf8.RuneError {
					return to, &jsonError{at: i, what: "a string holds half of a character"}
				}
				i += 6
			}
			if r == 0 {
				return to, &jsonError{at: i, what: "a string holds a NUL character"}
			}
			to = utf8.AppendRune(to, r)
		default:
			to = append(to, v[i])
		}
	}
	return to, nil
}

func hexRune(v []byte) rune {
	var r rune
	for _, c := range v[:4] {
		d, _ := hexDigit(c)
		r = r<<4 | rune(d)
	}
	return r
}
