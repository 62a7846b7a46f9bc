package http

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/itchyny/gojq"
)

// source reads streams.
type source struct{ accounts *accounts }

// scope is what the templates and programs of one walk may see.
type scope struct {
	cursor string // text; empty: no value
	parent map[string]any
	up     *scope // of the parent's own walk
}

// value looks a template's name up.
func (c *scope) value(name string) (string, bool) {
	if name == "cursor" {
		return c.cursor, c.cursor != ""
	}
	at := c
	rest, below := strings.CutPrefix(name, "parent.")
	for below && at != nil {
		if v, ok := lookup(at.parent, rest); ok {
			return toText(v), v != nil
		}
		at = at.up
		rest, below = strings.CutPrefix(rest, "parent.")
	}
	return "", false
}

// lookup finds a.b.c in a record; a member whose own name has dots comes first.
func lookup(record map[string]any, path string) (any, bool) {
	if v, ok := record[path]; ok {
		return v, true
	}
	head, rest, deeper := strings.Cut(path, ".")
	below, ok := record[head].(map[string]any)
	if !deeper || !ok {
		return nil, false
	}
	return lookup(below, rest)
}

// walk reads all pages of a stream, once per record of its parent, and gives each record to yield.
type walk struct {
	session *session
	budget  budget
	pages   int
	cursor  string // of the stream that is read; parents are read from their start
	target  *stream
	onPage  func() error
}

// visit takes one record: where it came from, its JSON and its value.
type visit func(page, number int, text []byte, record any) error

func (w *walk) run(ctx context.Context, s *stream, yield visit) error {
	if s.parent == nil {
		return w.pagesOf(ctx, s, &scope{cursor: w.cursorOf(s)}, yield)
	}
	return w.parents(ctx, s, func(at *scope) error {
		at.cursor = w.cursorOf(s)
		return w.pagesOf(ctx, s, at, yield)
	})
}

func (w *walk) cursorOf(s *stream) string {
	if s == w.target && w.cursor != "" {
		return w.cursor
	}
	return s.start
}

// parents calls each for every record of s's parent.
func (w *walk) parents(ctx context.Context, s *stream, each func(*scope) error) error {
	visitParent := func(up *scope) visit {
		return func(_, _ int, _ []byte, record any) error {
			fields, ok := record.(map[string]any)
			if !ok {
				fields = map[string]any{"value": record}
			}
			return each(&scope{parent: fields, up: up})
		}
	}
	if s.parent.parent == nil {
		top := &scope{cursor: s.parent.start}
		return w.pagesOf(ctx, s.parent, top, visitParent(top))
	}
	return w.parents(ctx, s.parent, func(up *scope) error {
		up.cursor = s.parent.start
		return w.pagesOf(ctx, s.parent, up, visitParent(up))
	})
}

// pagesOf reads the pages of one request.
func (w *walk) pagesOf(ctx context.Context, s *stream, at *scope, yield visit) error {
	loops := newLoopGuard()
	state := pageState{number: s.pager.first}
	for more := true; more; {
		r, err := w.session.build(s.endpoint, at.value)
		if err != nil {
			return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", s.name}, Message: w.session.secrets.public(s.endpoint.shown + ": " + err.Error())}
		}
		s.pager.apply(r, state)
		if err := w.body(ctx, s, at, state, r); err != nil {
			return err
		}
		if err := loops.request(r); err != nil {
			return err
		}
		got, err := w.session.fetch(ctx, r, s.rules, w.budget)
		if errors.Is(err, errIgnored) {
			return nil
		}
		if err != nil {
			return err
		}
		count, err := w.page(ctx, s, at, got, loops, yield)
		if err != nil {
			return err
		}
		if state, more, err = s.pager.advance(ctx, state, r.url, got, count); err != nil {
			var failure *sdk.Failure
			if errors.As(err, &failure) {
				return failure
			}
			return w.programFailed(s, "paginate", err)
		}
	}
	return nil
}

// body makes the JSON of a POST.
func (w *walk) body(ctx context.Context, s *stream, at *scope, state pageState, r *request) error {
	if s.body == nil {
		return nil
	}
	input := map[string]any{"cursor": nil, "parent": nil, "page": s.pager.input(state)}
	if at.cursor != "" {
		input["cursor"] = at.cursor
	}
	if at.parent != nil {
		input["parent"] = at.parent
	}
	value, err := s.body.first(ctx, input)
	if err != nil {
		return w.programFailed(s, "body", err)
	}
	r.body, r.contentType = []byte(toJSON(value)), "application/json"
	return nil
}

// page gives the records of one page.
func (w *walk) page(ctx context.Context, s *stream, at *scope, got *answer, loops *loopGuard, yield visit) (int, error) {
	if s == w.target {
		w.pages++
	}
	if got.bad != nil {
		return 0, &sdk.Failure{Kind: sdk.FailurePermanent, Code: "not_json", Message: fmt.Sprintf("%s: page %d: %s", s.endpoint.shown, w.pages, got.bad)}
	}
	var texts [][]byte
	var values []any
	var parent any
	if at.parent != nil {
		parent = at.parent
	}
	if got.body != nil || len(got.Body) > 0 {
		err := s.records.run(ctx, got.body, func(v any) error {
			text, err := gojq.Marshal(v)
			texts, values = append(texts, text), append(values, v)
			return err
		}, parent)
		if err != nil {
			return 0, w.programFailed(s, "records", err)
		}
	}
	if err := loops.page(texts); err != nil {
		return 0, err
	}
	for i := range texts {
		if err := yield(w.pages, i+1, texts[i], values[i]); err != nil {
			return 0, err
		}
	}
	if w.onPage != nil {
		return len(texts), w.onPage()
	}
	return len(texts), nil
}

func (w *walk) programFailed(s *stream, argument string, err error) error {
	return &sdk.Failure{Kind: sdk.FailureConfig, Code: "program", Path: []string{"stream", s.name, argument},
		Message: w.session.secrets.public(fmt.Sprintf("%s on page %d of %s: %s", argument, max(w.pages, 1), s.endpoint.shown, withoutValues(err.Error()))),
		Detail:  "The program does not fit what the tool answered."}
}

// withoutValues cuts the values that jq quotes in its errors.
func withoutValues(message string) string {
	if at := strings.Index(message, " ("); at > 0 {
		return message[:at]
	}
	return message
}

// open compiles the source and finds its session and one stream.
func (c *source) open(call sdk.Call, name string) (*session, *stream, error) {
	settings, streams, problems := compileSource(call)
	if len(problems) > 0 {
		return nil, nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: problems[0].Path, Message: problems[0].Summary + ": " + problems[0].Detail}
	}
	s := streams[name]
	if s == nil {
		return nil, nil, &sdk.Failure{Kind: sdk.FailureConfig, Message: fmt.Sprintf("this source has no stream %q", name)}
	}
	session, err := c.accounts.session(call, settings, 1)
	return session, s, err
}

// Read reads a whole stream before it sends the first row: types are found over all of it.
func (c *source) Read(ctx context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	session, s, err := c.open(req.Call, req.Stream)
	if err != nil {
		return err
	}
	read := newReading(s, req)
	defer read.rows.close()
	cursor := ""
	if !req.Full {
		cursor = cursorText(s, req)
	}
	w := &walk{session: session, budget: session.budget, cursor: cursor, target: s}
	w.onPage = func() error { out.Progress(read.rows.count, 0, "rows"); return nil }
	if err := w.run(ctx, s, read.take); err != nil {
		return err
	}
	if err := read.emit(out); err != nil {
		return err
	}
	if err := out.Checkpoint(json.RawMessage(`{}`)); err != nil {
		return err
	}
	return out.Complete() // of what was asked for: the host knows that it gave a cursor
}
