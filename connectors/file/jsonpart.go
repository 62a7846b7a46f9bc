package file

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// jsonPart is one JSON file: an object a line, or a list of objects.
type jsonPart struct {
	found
	stream   string
	settings streamSettings
	start    int64
	line     int64
}

// blockReader cuts a file into blocks.
type blockReader interface{ next() (block, error) }

func (p *jsonPart) survey(ctx context.Context, number int, t *table) error {
	if err := p.readHead(); err != nil {
		return err
	}
	parser := jsonParser{lines: p.format == "jsonl"}
	return p.blocks(func(in blockReader) error {
		return eachBlock(ctx, in, func(b block) (jsonTally, int) { return parser.tally(b, t.known, t.kept) }, func(found jsonTally, before int64) error {
			for i, name := range found.names {
				c, err := t.column(name, p.name)
				if err != nil {
					return err
				}
				t.json = true
				t.tallies[c].merge(found.columns[i], number, before+p.line+1)
			}
			return nil
		})
	})
}

func (p *jsonPart) read(ctx context.Context, t *table, s shape, give func(chunk, func(setAside) string) error) error {
	parser := jsonParser{shape: s, index: t.index, lines: p.format == "jsonl"}
	return p.blocks(func(in blockReader) error {
		return eachBlock(ctx, in, parser.parse, func(c chunk, before int64) error {
			return give(c, func(x setAside) string { return fmt.Sprintf("%s:%d", p.name, x.line+before+p.line+1) })
		})
	})
}

func (p *jsonPart) blocks(use func(in blockReader) error) error {
	in, err := openText(p.found, p.stream, p.start)
	if err != nil {
		return err
	}
	defer in.Close()
	if p.format == "jsonl" {
		err = use(&lineReader{in: in})
	} else {
		err = use(&elementReader{in: in, lines: p.line})
	}
	var bad *notJSON
	if errors.As(err, &bad) {
		return p.fail(p.name+" is not a JSON file", bad.Error()+".")
	}
	return readFailure(p.found, p.stream, err)
}

func (p *jsonPart) readHead() error {
	in, err := openText(p.found, p.stream, 0)
	if err != nil {
		return err
	}
	defer in.Close()
	head, _, err := glance(in)
	if err != nil {
		return readFailure(p.found, p.stream, err)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xff\xfe")) || bytes.HasPrefix(head, []byte("\xfe\xff")):
		return p.fail(p.name+" is UTF-16", "Only UTF-8 is read. Convert it: iconv -f UTF-16 -t UTF-8.")
	case looksBinary(head):
		return p.fail(p.name+" is not a JSON file", "It holds bytes that no text has. Is it compressed, or of another format? Its name or `format` says how it is read.")
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		p.start = 3
	}
	pos := int(p.start)
	for range p.settings.Skip {
		i := bytes.IndexByte(head[pos:], '\n')
		if i < 0 {
			return p.fail(p.name+" has fewer lines than `skip`", "Nothing is left to read.")
		}
		pos += i + 1
		p.line++
	}
	p.start = int64(pos)
	text := bytes.TrimSpace(head[pos:])
	switch {
	case len(text) == 0 && p.format == "json":
		return p.fail(p.name+" is empty", "A JSON file without records is []. A file that is being written should have another name until it is whole.")
	case len(text) > 0 && p.format == "jsonl" && text[0] == '[':
		return p.fail(p.name+" is one JSON list", "It was expected to have an object on each line. Say format = \"json\".")
	}
	return nil
}

func (p *jsonPart) fail(message, detail string) error {
	return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", p.stream, "path"}, Message: message, Detail: detail}
}

// decide is the type of a column by its values.
func (t *table) decide(i int) (schema.Type, string) {
	if t.json {
		return t.tallies[i].decideJSON(t.names[i], t.files)
	}
	return t.tallies[i].decide(t.names[i], t.files)
}
