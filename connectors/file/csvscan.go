package file

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// dialect is how a CSV file is written.
type dialect struct {
	delimiter byte
	quote     byte // 0: none
	nulls     map[string]bool
}

// field is one value of a record: bytes start:end of the data, without its quotes. Blocks are far smaller than 2 GiB.
type field struct {
	start, end int32
	quoted     bool
	escaped    bool // holds doubled quotes
}

func (f field) text(data []byte, quote byte) []byte {
	v := data[f.start:f.end]
	if !f.escaped {
		return v
	}
	out := make([]byte, 0, len(v))
	for i := 0; i < len(v); i++ {
		out = append(out, v[i])
		if v[i] == quote {
			i++
		}
	}
	return out
}

type scanState uint8

const (
	scanOK         scanState = iota
	scanIncomplete           // the record goes on after the data
	scanBroken               // quotes that do not match; end is then the end of the record's first line
)

// scanner finds the fields of one record after another.
type scanner struct {
	dialect
	fields []field
}

// next scans the record that starts at pos and returns where it ends, with its line end. last says that nothing follows.
func (s *scanner) next(data []byte, pos int, last bool) (end int, state scanState) {
	s.fields = s.fields[:0]
	delimiter, quote := s.delimiter, s.quote
	start := pos
	for {
		if pos < len(data) && data[pos] == quote && quote != 0 {
			var state scanState
			pos, state = s.quoted(data, pos, last)
			switch state {
			case scanBroken:
				return firstLine(data, start), scanBroken
			case scanIncomplete:
				return pos, scanIncomplete
			}
			if pos == len(data) || data[pos] == '\n' {
				return min(pos+1, len(data)), scanOK
			}
			pos++ // the delimiter
			continue
		}
		from := pos
		pos = until(data, pos, delimiter)
		if pos < len(data) && data[pos] == delimiter {
			s.fields = append(s.fields, field{start: int32(from), end: int32(pos)})
			pos++
			continue
		}
		if pos == len(data) && !last {
			return pos, scanIncomplete
		}
		stop := pos
		if stop > from && data[stop-1] == '\r' {
			stop--
		}
		s.fields = append(s.fields, field{start: int32(from), end: int32(stop)})
		return min(pos+1, len(data)), scanOK
	}
}

const (
	everyByte = 0x0101010101010101
	highBits  = 0x8080808080808080
)

// until finds the next delimiter or line end from pos on, eight bytes at a time: a byte that is zero after the exclusive or is
// a hit, and the lowest bit of the mask is the first one.
func until(data []byte, pos int, delimiter byte) int {
	delimiters, lineEnds := uint64(delimiter)*everyByte, uint64('\n')*everyByte
	for pos+8 <= len(data) {
		word := binary.LittleEndian.Uint64(data[pos:])
		a, b := word^delimiters, word^lineEnds
		if hit := ((a - everyByte) &^ a & highBits) | ((b - everyByte) &^ b & highBits); hit != 0 {
			return pos + bits.TrailingZeros64(hit)/8
		}
		pos += 8
	}
	for pos < len(data) && data[pos] != delimiter && data[pos] != '\n' {
		pos++
	}
	return pos
}

// quoted scans a quoted field and returns where its delimiter or line end is.
func (s *scanner) quoted(data []byte, pos int, last bool) (int, scanState) {
	f := field{start: int32(pos + 1), quoted: true}
	at := pos + 1
	for {
		i := bytes.IndexByte(data[at:], s.quote)
		if i < 0 {
			if last || len(data)-pos > maxRecord {
				return 0, scanBroken
			}
			return len(data), scanIncomplete
		}
		at += i + 1
		if at < len(data) && data[at] == s.quote {
			f.escaped = true
			at++
			continue
		}
		break
	}
	f.end = int32(at - 1)
	rest := data[at:]
	switch {
	case len(rest) > 0 && (rest[0] == s.delimiter || rest[0] == '\n'):
	case len(rest) > 1 && rest[0] == '\r' && rest[1] == '\n':
		at++
	case len(rest) == 0 || len(rest) == 1 && rest[0] == '\r':
		if !last {
			return len(data), scanIncomplete
		}
		at = len(data)
	default:
		return 0, scanBroken
	}
	s.fields = append(s.fields, f)
	return at, scanOK
}

// blank says that the record is an empty line.
func (s *scanner) blank() bool {
	return len(s.fields) == 1 && !s.fields[0].quoted && s.fields[0].start == s.fields[0].end
}

func firstLine(data []byte, start int) int {
	if i := bytes.IndexByte(data[start:], '\n'); i >= 0 {
		return start + i + 1
	}
	return len(data)
}

// faulty says what is wrong with a record's bytes. The code is all that is told of it where a load is blocked, so it says which.
func faulty(raw []byte) sdk.Reject {
	if bytes.IndexByte(raw, 0) >= 0 {
		return sdk.Reject{Code: "nul_byte", Reason: "it holds a NUL byte"}
	}
	return sdk.Reject{Code: "not_utf8", Reason: "it is not UTF-8"}
}

// printable is a record as text, whole: bytes that are not UTF-8, and NUL, are written as \xNN.
func printable(raw []byte) string {
	raw = bytes.TrimSuffix(bytes.TrimSuffix(raw, []byte{'\n'}), []byte{'\r'})
	if clean(raw) {
		return string(raw)
	}
	var out bytes.Buffer
	for _, r := range bytesOrRunes(raw) {
		out.WriteString(r)
	}
	return out.String()
}

func wrongCount(have, want int) string {
	values := "values"
	if have == 1 {
		values = "value"
	}
	return fmt.Sprintf("the record has %d %s, the header has %d", have, values, want)
}
