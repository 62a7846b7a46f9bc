package http

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// maxDepth bounds how deeply an answer may nest.
const maxDepth = 100

// jsonReader reads JSON into the values of jq (nil, bool, json.Number, string, []any, map[string]any) with numbers kept
// as they were written. It is stricter and about twice as fast as encoding/json: one value, nothing after it.
type jsonReader struct {
	data []byte
	at   int
	keys map[string]string // member names, kept once
}

func parseJSON(data []byte) (any, error) {
	r := jsonReader{data: data, keys: map[string]string{}}
	r.space()
	v, err := r.value(0)
	if err != nil {
		return nil, err
	}
	r.space()
	if r.at < len(r.data) {
		return nil, r.fail("there is text after the value")
	}
	return v, nil
}

func (r *jsonReader) fail(what string) error {
	return fmt.Errorf("the JSON is broken at byte %d: %s", r.at, what)
}

var errCut = errors.New("the JSON ends too early")

func (r *jsonReader) space() {
	for r.at < len(r.data) {
		switch r.data[r.at] {
		case ' ', '\t', '\n', '\r':
			r.at++
		default:
			return
		}
	}
}

func (r *jsonReader) value(depth int) (any, error) {
	if r.at >= len(r.data) {
		return nil, errCut
	}
	switch c := r.data[r.at]; {
	case c == '{':
		return r.object(depth + 1)
	case c == '[':
		return r.list(depth + 1)
	case c == '"':
		return r.text()
	case c == '-' || c >= '0' && c <= '9':
		return r.number()
	}
	for _, word := range [...]struct {
		text  string
		value any
	}{{"true", true}, {"false", false}, {"null", nil}} {
		if strings.HasPrefix(string(r.data[r.at:min(r.at+5, len(r.data))]), word.text) {
			r.at += len(word.text)
			return word.value, nil
		}
	}
	return nil, r.fail("no value stands here")
}

func (r *jsonReader) deeper(depth int) error {
	if depth > maxDepth {
		return fmt.Errorf("the JSON nests deeper than %d levels", maxDepth)
	}
	r.at++
	r.space()
	return nil
}

// next steps over a comma; done is true after the closing byte.
func (r *jsonReader) next(closing byte) (done bool, err error) {
	r.space()
	if r.at >= len(r.data) {
		return false, errCut
	}
	switch r.data[r.at] {
	case closing:
		r.at++
		return true, nil
	case ',':
		r.at++
		r.space()
		return false, nil
	}
	return false, r.fail("a comma or an end is missing")
}

func (r *jsonReader) object(depth int) (any, error) {
	if err := r.deeper(depth); err != nil {
		return nil, err
	}
	found := map[string]any{}
	if r.at < len(r.data) && r.data[r.at] == '}' {
		r.at++
		return found, nil
	}
	for {
		if r.at >= len(r.data) {
			return nil, errCut
		}
		if r.data[r.at] != '"' {
			return nil, r.fail("a member has no name")
		}
		name, err := r.name()
		if err != nil {
			return nil, err
		}
		r.space()
		if r.at >= len(r.data) {
			return nil, errCut
		}
		if r.data[r.at] != ':' {
			return nil, r.fail("a colon is missing")
		}
		r.at++
		r.space()
		if found[name], err = r.value(depth); err != nil {
			return nil, err
		}
		if done, err := r.next('}'); done || err != nil {
			return found, err
		}
	}
}

func (r *jsonReader) list(depth int) (any, error) {
	if err := r.deeper(depth); err != nil {
		return nil, err
	}
	found := []any{}
	if r.at < len(r.data) && r.data[r.at] == ']' {
		r.at++
		return found, nil
	}
	for {
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		found = append(found, v)
		if done, err := r.next(']'); done || err != nil {
			return found, err
		}
	}
}

// name reads a member's name; names repeat from record to record and are kept once.
func (r *jsonReader) name() (string, error) {
	for end := r.at + 1; end < len(r.data); end++ {
		c := r.data[end]
		if c == '"' {
			raw := r.data[r.at+1 : end]
			if known, ok := r.keys[string(raw)]; ok {
				r.at = end + 1
				return known, nil
			}
			break
		}
		if c == '\\' || c < ' ' {
			break
		}
	}
	name, err := r.text()
	if err == nil && len(r.keys) < 1000 {
		r.keys[name] = name
	}
	return name, err
}

func (r *jsonReader) text() (string, error) {
	start := r.at + 1
	plain := true
	for end := start; end < len(r.data); end++ {
		switch c := r.data[end]; {
		case c == '"':
			raw := r.data[start:end]
			if !plain {
				return r.unescape(raw, end)
			}
			r.at = end + 1
			if !utf8.Valid(raw) {
				return strings.ToValidUTF8(string(raw), "\uFFFD"), nil
			}
			return string(raw), nil
		case c == '\\':
			plain = false
			end++
		case c < ' ':
			r.at = end
			return "", r.fail("a control character stands in a string")
		}
	}
	return "", errCut
}

func (r *jsonReader) unescape(raw []byte, end int) (string, error) {
	var out strings.Builder
	out.Grow(len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out.WriteByte(raw[i])
			continue
		}
		i++
		switch raw[i] {
		case '"', '\\', '/':
			out.WriteByte(raw[i])
		case 'b':
			out.WriteByte('\b')
		case 'f':
			out.WriteByte('\f')
		case 'n':
			out.WriteByte('\n')
		case 'r':
			out.WriteByte('\r')
		case 't':
			out.WriteByte('\t')
		case 'u':
			c, ok := hex4(raw, i+1)
			if !ok {
				return "", r.fail("an escape in a string is broken")
			}
			i += 4
			if utf16.IsSurrogate(c) {
				if low, ok := lowSurrogate(raw, i+1); ok {
					c = utf16.DecodeRune(c, low)
					i += 6
				}
			}
			out.WriteRune(c) // a lone surrogate becomes U+FFFD
		default:
			return "", r.fail("an escape in a string is broken")
		}
	}
	r.at = end + 1
	return strings.ToValidUTF8(out.String(), "\uFFFD"), nil
}

func hex4(raw []byte, at int) (rune, bool) {
	if at+4 > len(raw) {
		return 0, false
	}
	n, err := strconv.ParseUint(string(raw[at:at+4]), 16, 32)
	return rune(n), err == nil
}

// lowSurrogate reads the escape that completes a pair.
func lowSurrogate(raw []byte, at int) (rune, bool) {
	if at+6 > len(raw) || raw[at] != '\\' || raw[at+1] != 'u' {
		return 0, false
	}
	low, ok := hex4(raw, at+2)
	return low, ok && low >= 0xDC00 && low < 0xE000
}

func (r *jsonReader) number() (any, error) {
	start := r.at
	for r.at < len(r.data) && strings.IndexByte("+-0123456789.eE", r.data[r.at]) >= 0 {
		r.at++
	}
	text := string(r.data[start:r.at])
	if !validNumber(text) {
		r.at = start
		return nil, r.fail("a number is malformed")
	}
	return json.Number(text), nil
}

// validNumber holds a text against JSON's grammar of numbers.
func validNumber(s string) bool {
	s = strings.TrimPrefix(s, "-")
	whole := digits(s)
	if whole == 0 || whole > 1 && s[0] == '0' {
		return false
	}
	s = s[whole:]
	if strings.HasPrefix(s, ".") {
		n := digits(s[1:])
		if n == 0 {
			return false
		}
		s = s[1+n:]
	}
	if s != "" && (s[0] == 'e' || s[0] == 'E') {
		s = s[1:]
		if s != "" && (s[0] == '+' || s[0] == '-') {
			s = s[1:]
		}
		n := digits(s)
		return n > 0 && n == len(s)
	}
	return s == ""
}

func digits(s string) int {
	n := 0
	for n < len(s) && s[n] >= '0' && s[n] <= '9' {
		n++
	}
	return n
}
