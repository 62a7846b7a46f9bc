package file

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// csvPart is one CSV or TSV file.
type csvPart struct {
	found
	stream   string
	settings streamSettings
	dialect  dialect
	names    []string
	start    int64 // where the records begin, in bytes of text
	line     int64 // lines before them
	at       []int // column of each field
}

func (p *csvPart) survey(ctx context.Context, number int, t *table) error {
	if err := p.readHead(); err != nil {
		return err
	}
	for _, name := range p.names {
		i, err := t.column(name, p.name)
		if err != nil {
			return err
		}
		for _, have := range p.at {
			if have == i {
				return t.fail("A column stands twice in the header", fmt.Sprintf("%s has two columns %q. Rename one in the file.", p.name, name))
			}
		}
		p.at = append(p.at, i)
	}
	all, _ := t.unknown()
	want, some := make([]bool, len(all)), false
	for _, i := range p.at {
		want[i] = all[i]
		some = some || all[i]
	}
	if !some {
		return nil
	}
	parser := csvParser{dialect: p.dialect, at: p.at, shape: shape{columns: make([]schema.Column, len(all))}}
	for i := range all {
		parser.columns[i] = schema.Column{Name: t.names[i], Type: t.kept[t.names[i]]}
	}
	return p.blocks(func(in *lineReader) error {
		return eachBlock(ctx, in, func(b block) (csvTally, int) { return parser.tally(b, want) }, func(found csvTally, before int64) error {
			for i := range found.columns {
				t.tallies[i].merge(&found.columns[i], number, before+p.line+1)
			}
			return nil
		})
	})
}

func (p *csvPart) read(ctx context.Context, t *table, s shape, give func(chunk, func(setAside) string) error) error {
	s.cursorField = -1
	has := make([]bool, len(s.columns))
	for field, column := range p.at {
		has[column] = true
		if column == s.cursorColumn {
			s.cursorField = field
		}
	}
	for column := range s.columns {
		if !has[column] {
			s.missing = append(s.missing, column)
		}
	}
	parser := csvParser{dialect: p.dialect, shape: s, at: p.at}
	return p.blocks(func(in *lineReader) error {
		return eachBlock(ctx, in, parser.parse, func(c chunk, before int64) error {
			return give(c, func(x setAside) string { return fmt.Sprintf("%s:%d", p.name, x.line+before+p.line+1) })
		})
	})
}

// blocks opens the file at its first record.
func (p *csvPart) blocks(use func(in *lineReader) error) error {
	in, err := openText(p.found, p.stream, p.start)
	if err != nil {
		return err
	}
	defer in.Close()
	return p.readFailure(use(&lineReader{in: in, quote: p.dialect.quote}))
}

func (p *csvPart) readFailure(err error) error { return readFailure(p.found, p.stream, err) }

// readHead reads the header, and finds out how the file is written.
func (p *csvPart) readHead() error {
	in, err := openText(p.found, p.stream, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	head, whole, err := glance(in)
	if err != nil {
		return p.readFailure(err)
	}
	if err := p.text(head); err != nil {
		return err
	}
	if bytes.HasPrefix(head, []byte("\xef\xbb\xbf")) {
		p.start = 3
	}
	for {
		ok, err := p.header(head[p.start:], whole)
		if err != nil || ok {
			return err
		}
		if whole || len(head) > maxValue {
			return p.fail(p.name+" has no header that ends", "No line end was found where the header should be.")
		}
		more := make([]byte, len(head))
		n, err := io.ReadFull(in, more)
		whole = err != nil
		head = append(head, more[:n]...)
	}
}

// text refuses what is not CSV at all.
func (p *csvPart) text(head []byte) error {
	switch {
	case len(head) == 0:
		return p.fail(p.name+" is empty", "Not even a header stands in it. A file that is being written should have another name until it is whole.")
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		return p.fail(p.name+" is UTF-16", "Only UTF-8 is read. Convert it: iconv -f UTF-16 -t UTF-8.")
	case looksBinary(head):
		return p.fail(p.name+" is not a CSV file", "It holds bytes that no text has. Is it compressed, or of another format? Its name or `format` says how it is read.")
	}
	return nil
}

// header scans the names; false: the head is too short.
func (p *csvPart) header(head []byte, whole bool) (bool, error) {
	pos := 0
	for range p.settings.Skip {
		i := bytes.IndexByte(head[pos:], '\n')
		if i < 0 {
			return false, nil
		}
		pos += i + 1
	}
	p.dialect = p.settings.dialect(p.format, head[pos:])
	s := scanner{dialect: p.dialect}
	end, state := pos, scanOK
	for pos < len(head) {
		if end, state = s.next(head, pos, whole); state != scanOK || !s.blank() {
			break
		}
		pos = end
	}
	switch {
	case state == scanIncomplete || pos == len(head) && !whole:
		return false, nil
	case state == scanBroken:
		return false, p.fail("The header of "+p.name+" is malformed", "A quote is not closed, or text follows a closing quote.")
	case pos == len(head):
		return false, p.fail(p.name+" is empty", "Not even a header stands in it.")
	}
	named := p.settings.Header == nil || *p.settings.Header
	p.names = nil
	for i, f := range s.fields {
		name := string(f.text(head, p.dialect.quote))
		if !f.quoted && strings.ContainsRune(name, '\r') {
			return false, p.fail("The lines of "+p.name+" end with carriage returns", "Lines end with LF, or with CR and LF. Convert it: tr '\\r' '\\n'.")
		}
		if !named || name == "" {
			name = fmt.Sprintf("column%d", i)
		}
		p.names = append(p.names, name)
	}
	if !named {
		end = pos
	}
	if !clean(head[pos:end]) {
		return false, p.fail("The header of "+p.name+" is malformed", "It is not UTF-8 text.")
	}
	p.start += int64(end)
	p.line = int64(bytes.Count(head[:end], []byte{'\n'}))
	return true, nil
}

func (p *csvPart) fail(message, detail string) error {
	return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", p.stream, "path"}, Message: message, Detail: detail}
}

// dialect is how the settings, and else the header, say that a file is written.
func (s streamSettings) dialect(format string, head []byte) dialect {
	d := dialect{delimiter: ',', quote: '"'}
	if s.Quote != nil {
		d.quote, _ = one(*s.Quote)
	}
	switch {
	case s.Delimiter != "":
		d.delimiter, _ = one(s.Delimiter)
	case format == "tsv":
		d.delimiter = '\t'
	default:
		d.delimiter = guessDelimiter(head[:firstLine(head, 0)], d.quote)
	}
	if s.Null != nil {
		d.nulls = make(map[string]bool, len(s.Null))
		for _, text := range s.Null {
			d.nulls[text] = true
		}
	}
	return d
}

// guessDelimiter is a comma, unless the header has none and has another delimiter.
func guessDelimiter(header []byte, quote byte) byte {
	var count [256]int
	quoted := false
	for _, c := range header {
		if c == quote && quote != 0 {
			quoted = !quoted
		} else if !quoted {
			count[c]++
		}
	}
	best := byte(',')
	for _, c := range []byte{';', '\t', '|'} {
		if count[','] == 0 && count[c] > count[best] {
			best = c
		}
	}
	return best
}
