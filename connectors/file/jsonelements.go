package file

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// notJSON is text between records that is not JSON's.
type notJSON struct {
	line int64
	what string
}

func (e *notJSON) Error() string { return fmt.Sprintf("line %d: %s", e.line, e.what) }

// elementReader cuts a JSON list, or JSON values one after another, into blocks of whole elements. It only counts brackets:
// what is inside is checked by who parses the block.
type elementReader struct {
	in      io.Reader
	started bool
	list    bool // elements of one list
	comma   bool // an element ended: a comma or the end of the list comes next
	ended   bool // the list was closed
	tail    []byte
	lines   int64
	eof     bool
	done    bool
}

// next returns the next block, or io.EOF.
func (r *elementReader) next() (block, error) {
	if r.done {
		return block{}, io.EOF
	}
	buf, want, from := r.tail, blockSize, 0
	r.tail = nil
	for {
		if !r.eof {
			if cap(buf) < want {
				buf = append(make([]byte, 0, want+want/4), buf...)
			}
			n, err := io.ReadFull(r.in, buf[len(buf):max(want, len(buf))])
			buf = buf[:len(buf)+n]
			r.eof = errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
			if err != nil && !r.eof {
				return block{}, err
			}
		}
		spans, rest, err := r.elements(buf, from)
		switch {
		case err != nil:
			return block{}, err
		case r.eof && len(bytes.TrimSpace(buf[rest:])) > 0:
			return block{}, r.bad(buf, len(buf), "the last record is cut off")
		case r.eof && r.list && !r.ended:
			return block{}, r.bad(buf, len(buf), "the list is not closed")
		case r.eof || len(spans) > 0:
			r.done = r.eof
			r.lines += int64(bytes.Count(buf[:rest], []byte{'\n'}))
			r.tail = append([]byte(nil), buf[rest:]...)
			return block{data: buf[:rest], spans: spans, last: r.done}, nil
		case len(buf)-rest > maxRecord:
			return block{}, r.bad(buf, rest, fmt.Sprintf("a record is larger than %d MiB", maxRecord>>20))
		}
		from = rest
		want = len(buf) + blockSize + len(buf)/2
	}
}

func (r *elementReader) bad(buf []byte, at int, what string) error {
	return &notJSON{line: r.lines + int64(bytes.Count(buf[:at], []byte{'\n'})) + 1, what: what}
}

// elements finds the whole elements of buf after from, and where what follows them begins. What r remembers moves with it only as far
// as that.
func (r *elementReader) elements(buf []byte, from int) (spans []span, rest int, err error) {
	pos, rest := from, from
	if !r.started {
		if pos = skipSpace(buf, pos); pos == len(buf) {
			return nil, pos, nil
		}
		r.started = true
		if buf[pos] == '[' {
			r.list = true
			pos++
			rest = pos
		}
	}
	for {
		pos = skipSpace(buf, pos)
		if pos == len(buf) {
			return spans, max(rest, pos), nil
		}
		switch c := buf[pos]; {
		case r.ended:
			return nil, 0, r.bad(buf, pos, "text follows the list")
		case r.list && c == ']':
			r.ended, r.comma = true, false
			pos++
			rest = pos
			continue
		case r.list && r.comma:
			if c != ',' {
				return nil, 0, r.bad(buf, pos, "a comma was expected between two records")
			}
			r.comma = false
			pos++
			rest = pos
			continue
		case c == ',' || c == '}' || c == ']' || c == ':':
			return nil, 0, r.bad(buf, pos, fmt.Sprintf("%q stands where a record was expected", string(c)))
		}
		end, ok := element(buf, pos, r.eof)
		if !ok {
			return spans, pos, nil
		}
		spans = append(spans, span{pos, end})
		pos, rest = end, end
		r.comma = r.list
	}
}

// element returns the byte after the element that starts at pos; false: it goes on after buf.
func element(buf []byte, pos int, eof bool) (int, bool) {
	depth := 0
	for i := pos; i < len(buf); i++ {
		switch buf[i] {
		case '"':
			for i++; i < len(buf) && buf[i] != '"'; i++ {
				if buf[i] == '\\' {
					i++
				}
			}
			if i >= len(buf) {
				return 0, false
			}
		case '{', '[':
			depth++
			continue
		case '}', ']':
			if depth--; depth < 0 {
				return i, true
			}
		case ',', ' ', '\n', '\t', '\r':
			if depth == 0 {
				return i, true
			}
			continue
		default:
			continue
		}
		if depth == 0 {
			return i + 1, true
		}
	}
	return len(buf), eof && depth == 0
}
