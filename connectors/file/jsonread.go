package file

import (
	"bytes"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// span is where a record stands in a block.
type span struct{ start, end int }

// jsonParser makes rows of blocks of JSON records.
type jsonParser struct {
	shape
	index map[string]int
	lines bool // a record a line; else blocks say where their records are
}

// member is one name and value of an object, as written.
type member struct {
	column int
	value  []byte
}

// scratch is what one goroutine needs to take records apart.
type scratch struct {
	parser  *jsonParser
	members []member
	seen    []int // number of the record that last had the column
	record  int
	name    []byte
	text    []byte
}

func (p *jsonParser) newScratch(columns int) *scratch {
	return &scratch{parser: p, seen: make([]int, columns)}
}

// parse is called on blocks, side by side.
func (p *jsonParser) parse(b block) (chunk, int) {
	if b.huge {
		return chunk{rejects: []setAside{{Reject: hugeRecord(b.data)}}, seen: 1}, len(b.data)
	}
	rows := p.newRows(len(b.data))
	s := p.newScratch(len(p.shape.columns))
	allClean := clean(b.data)
	lines := lineCounter{data: b.data}
	rest := p.records(b, func(x span) {
		raw := b.data[x.start:x.end]
		if r := p.record(s, rows, raw, allClean); r != nil {
			r.Record = printable(raw)
			rows.reject(lines.at(x.start), *r)
		}
	})
	return rows.close(), rest
}

// records calls use for each record of a block, and returns where the last whole one ends.
func (p *jsonParser) records(b block, use func(span)) int {
	if !p.lines {
		for _, x := range b.spans {
			use(x)
		}
		return len(b.data)
	}
	pos := 0
	for pos < len(b.data) {
		end := len(b.data)
		if i := bytes.IndexByte(b.data[pos:], '\n'); i >= 0 {
			end = pos + i + 1
		} else if !b.last {
			return pos
		}
		if len(bytes.TrimSpace(b.data[pos:end])) > 0 {
			use(span{pos, end})
		}
		pos = end
	}
	return pos
}

// record adds one record, or returns why it cannot.
func (p *jsonParser) record(s *scratch, rows *rows, raw []byte, allClean bool) *sdk.Reject {
	if !allClean && !clean(raw) {
		r := faulty(raw)
		return &r
	}
	if len(raw) > maxRecord {
		r := hugeRecord(raw)
		return &r
	}
	s.record++
	if r := s.split(raw, func(name []byte) int {
		i, ok := p.index[string(name)]
		if !ok {
			return -1
		}
		return i
	}); r != nil {
		return r
	}
	if p.older(s) {
		return nil
	}
	for _, m := range s.members {
		if r := s.add(rows, m); r != nil {
			rows.takeBack()
			if r.Code != "malformed" {
				r.Key = p.keyOf(s.values())
			}
			return r
		}
	}
	if rows.keyless() {
		rows.takeBack()
		r := p.nullKey()
		return &r
	}
	for i, c := range rows.columns {
		if s.seen[i] != s.record {
			c.appendNull()
		}
	}
	rows.endRow(nil, len(raw))
	return nil
}

// split finds the members of an object. column gives the number of a name, or -1 to leave it out.
func (s *scratch) split(raw []byte, column func(name []byte) int) *sdk.Reject {
	s.members = s.members[:0]
	malformed := func(err *jsonError) *sdk.Reject {
		code := "malformed"
		if err.deep {
			code = "too_deep"
		}
		return &sdk.Reject{Code: code, Reason: "the record is not JSON that can be read: " + err.Error()}
	}
	pos := skipSpace(raw, 0)
	if pos >= len(raw) || raw[pos] != '{' {
		return &sdk.Reject{Code: "malformed", Reason: "the record is not a JSON object"}
	}
	pos = skipSpace(raw, pos+1)
	for first := true; ; first = false {
		if first && pos < len(raw) && raw[pos] == '}' {
			pos++
			break
		}
		end, escaped, err := skipString(raw, pos)
		if err != nil {
			return malformed(err)
		}
		name := raw[pos+1 : end-1]
		if escaped {
			if s.name, err = unquote(s.name[:0], name); err != nil {
				return malformed(err)
			}
			name = s.name
		}
		if pos, err = skipKey(raw, pos); err != nil {
			return malformed(err)
		}
		pos = skipSpace(raw, pos)
		if end, err = skipJSON(raw, pos); err != nil {
			return malformed(err)
		}
		if len(name) == 0 {
			return &sdk.Reject{Code: "malformed", Reason: "a key is empty"}
		}
		if c := column(name); c >= 0 {
			for c >= len(s.seen) {
				s.seen = append(s.seen, 0)
			}
			if s.seen[c] == s.record {
				return &sdk.Reject{Code: "malformed", Reason: "the key " + string(name) + " stands twice in the object"}
			}
			s.seen[c] = s.record
			s.members = append(s.members, member{c, raw[pos:end]})
		}
		pos = skipSpace(raw, end)
		if pos < len(raw) && raw[pos] == ',' {
			pos = skipSpace(raw, pos+1)
			continue
		}
		if pos < len(raw) && raw[pos] == '}' {
			pos++
			break
		}
		return malformed(&jsonError{at: pos, what: "a comma or a closing bracket was expected"})
	}
	if skipSpace(raw, pos) != len(raw) {
		return &sdk.Reject{Code: "malformed", Reason: "text follows the JSON object"}
	}
	return nil
}

// scalar is the plain text of a value: of a string without quotes. Objects and lists are as they are written.
func (s *scratch) scalar(v []byte) ([]byte, *jsonError) {
	if v[0] != '"' {
		return v, nil
	}
	if bytes.IndexByte(v, '\\') < 0 {
		return v[1 : len(v)-1], nil
	}
	var err *jsonError
	s.text, err = unquote(s.text[:0], v[1:len(v)-1])
	return s.text, err
}

// add puts one value into its column.
func (s *scratch) add(rows *rows, m member) *sdk.Reject {
	col := rows.columns[m.column]
	v := m.value
	if v[0] == 'n' {
		col.appendNull()
		return nil
	}
	nested := v[0] == '{' || v[0] == '['
	if col.Type.Kind == schema.JSON {
		if len(v) <= maxValue && col.appendJSON(v) {
			return nil
		}
		r := misfit(col.Column, v)
		return &r
	}
	text, err := s.scalar(v)
	if err != nil {
		return &sdk.Reject{Column: col.Name, Code: "malformed", Reason: err.Error()}
	}
	if nested && col.Type.Kind == schema.String {
		s.text = appendCompact(s.text[:0], v)
		text = s.text
	}
	if len(text) > maxValue || nested && col.Type.Kind != schema.String || !col.appendValue(text) {
		r := misfit(col.Column, text)
		if nested {
			r.Reason = "column " + col.Name + " is " + col.Type.String() + ", the value is JSON (an object or a list)"
		}
		return &r
	}
	return nil
}

func (p *jsonParser) older(s *scratch) bool {
	if p.since == nil {
		return false
	}
	for _, m := range s.members {
		if m.column == p.cursorColumn && m.value[0] != 'n' {
			text, err := s.scalar(m.value)
			return err == nil && p.since.older(text)
		}
	}
	return false
}

// values are the record's plain values by name, for its key.
func (s *scratch) values() map[string][]byte {
	out := make(map[string][]byte, len(s.members))
	for _, m := range s.members {
		if m.value[0] == 'n' {
			continue
		}
		if text, err := s.scalar(m.value); err == nil {
			out[s.parser.shape.columns[m.column].Name] = append([]byte(nil), text...)
		}
	}
	return out
}
