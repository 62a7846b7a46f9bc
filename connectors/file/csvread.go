package file

import (
	"bytes"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// chunk is what became of one block: rows, and records set aside with lines counted from the block's start.
type chunk struct {
	batches []arrow.RecordBatch
	rejects []setAside
	seen    int64 // rows and rejects
}

// setAside is a reject whose position is not final yet.
type setAside struct {
	sdk.Reject
	line int64
}

// csvParser makes rows of blocks of one CSV file.
type csvParser struct {
	dialect
	shape
	at []int // column of each field of the file
}

// parse is called on blocks, side by side.
func (p *csvParser) parse(b block) (chunk, int) {
	if b.huge {
		return chunk{rejects: []setAside{{Reject: hugeRecord(b.data)}}, seen: 1}, len(b.data)
	}
	s := scanner{dialect: p.dialect, fields: make([]field, 0, len(p.at)+1)}
	rows := p.newRows(len(b.data))
	allClean := clean(b.data)
	lines := lineCounter{data: b.data}
	pos := 0
	for pos < len(b.data) {
		end, state := s.next(b.data, pos, b.last)
		if state == scanIncomplete {
			break
		}
		raw := b.data[pos:end]
		pos = end
		switch {
		case state == scanBroken:
			rows.reject(lines.at(end-len(raw)), sdk.Reject{Code: "malformed", Reason: "a quote is not closed, or text follows a closing quote", Record: printable(raw)})
		case s.blank():
		case !allClean && !clean(raw):
			r := faulty(raw)
			r.Record = printable(raw)
			rows.reject(lines.at(end-len(raw)), r)
		case len(raw) > maxRecord:
			rows.reject(lines.at(end-len(raw)), hugeRecord(raw))
		case len(s.fields) != len(p.at):
			rows.reject(lines.at(end-len(raw)), sdk.Reject{Code: "wrong_count", Reason: wrongCount(len(s.fields), len(p.at)), Record: printable(raw)})
		default:
			switch bad := p.row(&s, b.data, rows, len(raw)); {
			case bad == noKey:
				r := p.nullKey()
				r.Record = printable(raw)
				rows.reject(lines.at(end-len(raw)), r)
			case bad >= 0:
				rows.reject(lines.at(end-len(raw)), p.misfit(&s, b.data, bad, raw))
			}
		}
	}
	return rows.close(), pos
}

const (
	added = -1 // or left out, as read before
	noKey = -2
)

// row adds the scanned record; it returns the number of the field that does not fit, or one of the above.
func (p *csvParser) row(s *scanner, data []byte, rows *rows, size int) int {
	if p.since != nil {
		if i := p.cursorField; i >= 0 && !p.isNull(s.fields[i], data) && p.since.older(s.fields[i].text(data, p.quote)) {
			return added
		}
	}
	for i := range s.fields {
		f := &s.fields[i]
		col := rows.columns[p.at[i]]
		v := data[f.start:f.end]
		if len(v) == 0 && (!isText(col.Type) || !f.quoted && p.nulls == nil) || p.nulls != nil && p.isNull(*f, data) {
			col.appendNull()
			continue
		}
		if f.escaped {
			v = f.text(data, p.quote)
		}
		if len(v) > maxValue || !col.appendValue(v) {
			rows.takeBack()
			return i
		}
	}
	if rows.keyless() {
		rows.takeBack()
		return noKey
	}
	rows.endRow(p.missing, size)
	return added
}

// isNull says that a field stands for no value.
func (p *csvParser) isNull(f field, data []byte) bool {
	if f.quoted {
		return false
	}
	if p.nulls == nil {
		return f.start == f.end
	}
	return p.nulls[string(data[f.start:f.end])]
}

// misfit is the reject of a record whose field number bad does not fit its column.
func (p *csvParser) misfit(s *scanner, data []byte, bad int, raw []byte) sdk.Reject {
	values := make(map[string][]byte, len(p.key))
	for i, f := range s.fields {
		if !p.isNull(f, data) {
			values[p.columns[p.at[i]].Name] = f.text(data, p.quote)
		}
	}
	r := misfit(p.columns[p.at[bad]], s.fields[bad].text(data, p.quote))
	r.Record, r.Key = printable(raw), p.keyOf(values)
	return r
}

// csvTally is what one block says about types.
type csvTally struct {
	columns []tally
	records int64
}

// tally looks at the values of a block, without making rows; want says which columns are of interest.
func (p *csvParser) tally(b block, want []bool) (csvTally, int) {
	out := csvTally{columns: make([]tally, len(p.columns))}
	if b.huge {
		return out, len(b.data)
	}
	s := scanner{dialect: p.dialect, fields: make([]field, 0, len(p.at)+1)}
	allClean := clean(b.data)
	lines := lineCounter{data: b.data}
	var fits fitting
	pos := 0
	for pos < len(b.data) {
		end, state := s.next(b.data, pos, b.last)
		if state == scanIncomplete {
			break
		}
		start := pos
		pos = end
		if state == scanBroken || len(s.fields) != len(p.at) || s.blank() || !allClean && !clean(b.data[start:end]) {
			continue
		}
		out.records++
		for i, f := range s.fields {
			c := p.at[i]
			if !want[c] || f.start == f.end || p.nulls != nil && p.isNull(f, b.data) {
				continue
			}
			t := &out.columns[c]
			fits.note(t, c, p.columns[c].Type, f.text(b.data, p.quote))
			kind, digits, scale, exact := looks(b.data[f.start:f.end])
			if t.count[kind] == 0 || !exact && t.inexact == 0 && (kind == classInt || kind == classDecimal) {
				t.note(kind, digits, scale, exact, b.data[f.start:f.end], place{line: lines.at(start)})
			} else {
				t.note(kind, digits, scale, exact, nil, place{})
			}
		}
	}
	return out, pos
}

// lineCounter tells the number of a byte's line, counting from 0. Positions must not go back.
type lineCounter struct {
	data []byte
	pos  int
	line int64
}

func (l *lineCounter) at(pos int) int64 {
	l.line += int64(bytes.Count(l.data[l.pos:pos], []byte{'\n'}))
	l.pos = pos
	return l.line
}
