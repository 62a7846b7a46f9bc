package config

import (
	"strings"
	"unicode/utf8"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
)

// alignLiteral cuts a literal of a template into parts that stand in the source as they are, and escapes, which do
// not. HCL has taken out indentation (<<-) and spaces (~}) of the value that are in the source still.
func alignLiteral(src []byte, r hcl.Range, value string, quoted bool) []Part {
	if r.Start.Byte < 0 || r.End.Byte > len(src) || r.Start.Byte > r.End.Byte {
		return []Part{{Text: value, Source: *diag.FromHCL(r)}}
	}
	a := &aligner{src: string(src[r.Start.Byte:r.End.Byte]), value: value, file: r.Filename, quoted: quoted}
	a.pos = diag.FromHCL(r).Start
	for a.value != "" {
		if !a.step() {
			a.flush()
			a.parts = append(a.parts, Part{Text: a.value, Source: *diag.FromHCL(r)})
			return a.parts
		}
	}
	a.flush()
	return a.parts
}

type aligner struct {
	src, value string
	file       string
	quoted     bool
	pos        diag.Pos // of src
	start      diag.Pos // of run
	run        strings.Builder
	parts      []Part
}

// step takes the next character or escape; false when source and value no longer agree.
func (a *aligner) step() bool {
	if a.src == "" {
		return false
	}
	if from, to, ok := a.escape(); ok {
		if !strings.HasPrefix(a.value, to) {
			return false
		}
		a.flush()
		begin := a.pos
		a.move(from)
		a.parts = append(a.parts, Part{Text: to, Source: diag.Range{File: a.file, Start: begin, End: a.pos}})
		a.value = a.value[len(to):]
		return true
	}
	r, n := utf8.DecodeRuneInString(a.src)
	if strings.HasPrefix(a.value, a.src[:n]) {
		if a.run.Len() == 0 {
			a.start = a.pos
		}
		a.run.WriteString(a.src[:n])
		a.value = a.value[n:]
		a.move(a.src[:n])
		return true
	}
	if r == ' ' || r == '\t' || r == '\n' || r == '\r' {
		a.flush()
		a.move(a.src[:n])
		return true
	}
	return false
}

var simpleEscapes = map[byte]string{'n': "\n", 'r': "\r", 't': "\t", '"': `"`, '\\': `\`}

// escape is the escape the source goes on with, as written and as it is meant.
func (a *aligner) escape() (from, to string, ok bool) {
	switch {
	case strings.HasPrefix(a.src, "$${"), strings.HasPrefix(a.src, "%%{"):
		return a.src[:3], a.src[1:3], true
	case !a.quoted || !strings.HasPrefix(a.src, `\`) || len(a.src) < 2:
		return "", "", false
	}
	if to, ok := simpleEscapes[a.src[1]]; ok {
		return a.src[:2], to, true
	}
	digits := map[byte]int{'u': 4, 'U': 8}[a.src[1]]
	if digits == 0 || len(a.src) < 2+digits || a.value == "" {
		return "", "", false
	}
	_, n := utf8.DecodeRuneInString(a.value)
	return a.src[:2+digits], a.value[:n], true
}

// move advances over source text.
func (a *aligner) move(text string) {
	for _, r := range text {
		a.pos.Byte += utf8.RuneLen(r)
		if r == '\n' {
			a.pos.Line++
			a.pos.Column = 1
		} else {
			a.pos.Column++
		}
	}
	a.src = a.src[len(text):]
}

// flush ends a run of text that stands in the source as it is.
func (a *aligner) flush() {
	if a.run.Len() == 0 {
		return
	}
	a.parts = append(a.parts, Part{Text: a.run.String(), Exact: true, Source: diag.Range{File: a.file, Start: a.start, End: a.pos}})
	a.run.Reset()
}
