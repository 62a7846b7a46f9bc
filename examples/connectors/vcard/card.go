package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"mime/quotedprintable"
	"strings"
	"time"
)

// maxLine is the longest line that is read: a photo is one line in some programs' exports.
const maxLine = 16 << 20

// card is one vCard: its properties in order.
type card struct {
	properties []property
	text       string
	line       int // where it begins
}

type property struct {
	name  string // upper case, without group and parameters
	value string // as written, escapes and all
}

// malformed is something between or in cards that is no card. Reading goes on after it.
type malformed struct {
	line   int
	reason string
	text   string
}

func (m *malformed) Error() string { return m.reason }

// reader reads cards one after another.
type reader struct {
	lines  *bufio.Scanner
	line   int
	peeked *string
}

func newReader(r io.Reader) *reader {
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 64<<10), maxLine)
	return &reader{lines: lines}
}

// raw is the next line as it stands.
func (r *reader) raw() (string, error) {
	if r.peeked != nil {
		line := *r.peeked
		r.peeked = nil
		return line, nil
	}
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil {
			return "", err
		}
		return "", io.EOF
	}
	r.line++
	return strings.TrimSuffix(strings.TrimPrefix(r.lines.Text(), "\ufeff"), "\r"), nil
}

// logical is the next line with its continuations: lines that begin with a space or tab, and, after quoted-printable, those
// that follow a line ending in "=".
func (r *reader) logical() (string, error) {
	line, err := r.raw()
	if err != nil {
		return "", err
	}
	soft := strings.Contains(strings.ToUpper(line), "QUOTED-PRINTABLE")
	for {
		next, err := r.raw()
		if err != nil {
			return line, nil // the end, or an error that the next call meets again
		}
		switch {
		case soft && strings.HasSuffix(line, "="):
			line = strings.TrimSuffix(line, "=") + next
		case strings.HasPrefix(next, " ") || strings.HasPrefix(next, "\t"):
			line += next[1:]
		default:
			r.peeked = &next
			return line, nil
		}
		if len(line) > maxLine {
			return "", bufio.ErrTooLong
		}
	}
}

// next is the next card; io.EOF after the last; *malformed for what is none.
func (r *reader) next() (card, error) {
	line, err := r.logical()
	for err == nil && strings.TrimSpace(line) == "" {
		line, err = r.logical()
	}
	if err != nil {
		return card{}, err
	}
	c := card{line: r.line, text: line + "\n"}
	if !strings.EqualFold(strings.TrimSpace(line), "BEGIN:VCARD") {
		return card{}, &malformed{line: c.line, reason: "this line belongs to no card", text: line}
	}
	for {
		line, err := r.logical()
		if err == io.EOF {
			return card{}, &malformed{line: c.line, reason: "the file ends within this card", text: c.text}
		}
		if err != nil {
			return card{}, err
		}
		if strings.EqualFold(strings.TrimSpace(line), "BEGIN:VCARD") {
			r.peeked = &line
			return card{}, &malformed{line: c.line, reason: "another card begins within this card", text: c.text}
		}
		c.text += line + "\n"
		if strings.EqualFold(strings.TrimSpace(line), "END:VCARD") {
			return c, nil
		}
		if p, ok := parse(line); ok {
			c.properties = append(c.properties, p)
		}
	}
}

// parse reads "item1.EMAIL;TYPE=home:a@example.com".
func parse(line string) (property, bool) {
	head, value, ok := cutOutsideQuotes(line, ':')
	if !ok {
		return property{}, false
	}
	parts := strings.Split(head, ";")
	name := strings.ToUpper(strings.TrimSpace(parts[0]))
	if i := strings.LastIndexByte(name, '.'); i >= 0 {
		name = name[i+1:]
	}
	for _, parameter := range parts[1:] {
		if strings.Contains(strings.ToUpper(parameter), "QUOTED-PRINTABLE") {
			if plain, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(value))); err == nil {
				value = string(plain)
			}
		}
	}
	return property{name: name, value: strings.TrimSpace(value)}, true
}

func cutOutsideQuotes(s string, sep byte) (before, after string, ok bool) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// first is the first value of a property, or nothing.
func (c card) first(name string) string {
	for _, p := range c.properties {
		if p.name == name && p.value != "" {
			return unescape(p.value)
		}
	}
	return ""
}

// all are the values of a property as a JSON list, or nil.
func (c card) all(name string) any {
	var values []string
	for _, p := range c.properties {
		if p.name == name && p.value != "" {
			values = append(values, strings.TrimPrefix(strings.TrimPrefix(unescape(p.value), "mailto:"), "tel:"))
		}
	}
	if values == nil {
		return nil
	}
	text, err := json.Marshal(values)
	if err != nil {
		return nil
	}
	return json.RawMessage(text)
}

// part is part i of a structured property such as N, whose parts are divided by semicolons.
func (c card) part(name string, i int) string {
	for _, p := range c.properties {
		if p.name == name {
			if parts := splitStructured(p.value); i < len(parts) {
				return unescape(parts[i])
			}
			return ""
		}
	}
	return ""
}

// splitStructured divides at semicolons that are not escaped.
func splitStructured(value string) []string {
	var parts []string
	start := 0
	for i := 0; i < len(value); i++ {
		switch value[i] {
		case '\\':
			i++
		case ';':
			parts = append(parts, value[start:i])
			start = i + 1
		}
	}
	return append(parts, value[start:])
}

var escapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";")

func unescape(value string) string { return strings.TrimSpace(escapes.Replace(value)) }

// id is the card's UID. A card without one is known by what it says.
func (c card) id() string {
	if uid := c.first("UID"); uid != "" {
		return uid
	}
	sum := sha256.Sum256([]byte(c.text))
	return "sha256:" + hex.EncodeToString(sum[:16])
}

// birthday is a date, or null; dates without a year, which vCard allows, are no dates.
func birthday(value string) any {
	if i := strings.IndexByte(value, 'T'); i >= 0 {
		value = value[:i]
	}
	for _, layout := range []string{time.DateOnly, "20060102"} {
		if at, err := time.Parse(layout, value); err == nil {
			return at
		}
	}
	return nil
}
