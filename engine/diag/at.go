package diag

// At maps a piece of a text back to where it was written. A piece inside a part that was not written as is (a
// reference) maps to that part; a piece outside every part maps to the whole literal.
func (t Text) At(offset, length int) Range {
	for _, s := range t.Spans {
		if offset < s.Offset || offset >= s.Offset+s.Length {
			continue
		}
		if !s.Exact {
			return s.Source
		}
		r := s.Source
		r.Start = advance(s.Source.Start, t.Value[s.Offset:offset])
		end := min(offset+max(length, 1), s.Offset+s.Length)
		r.End = advance(r.Start, t.Value[offset:end])
		return r
	}
	return t.Range
}

// advance moves a position over text that was written there.
func advance(p Pos, text string) Pos {
	for _, r := range text {
		p.Byte += len(string(r))
		if r == '\n' {
			p.Line++
			p.Column = 1
		} else {
			p.Column++
		}
	}
	return p
}
