package http

import (
	"errors"
	"fmt"
	nethttp "net/http"
	"net/url"
	"slices"
	"strings"
)

// namedTemplate is a header or a query parameter.
type namedTemplate struct {
	name  string
	value template
}

// namedTemplates parses the values of a map; null is left out. They come by name.
func namedTemplates(given map[string]*string) ([]namedTemplate, error) {
	var found []namedTemplate
	for name, text := range given {
		if text == nil {
			continue
		}
		t, err := parseTemplate(*text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		found = append(found, namedTemplate{name: name, value: t})
	}
	slices.SortFunc(found, func(a, b namedTemplate) int { return strings.Compare(a.name, b.name) })
	return found, nil
}

// endpoint is a method, a path and what goes with it.
type endpoint struct {
	method  string
	path    template
	shown   string
	query   []namedTemplate
	headers []namedTemplate
}

// uses reports whether any template of the endpoint needs the value.
func (e *endpoint) uses(name string) bool {
	if e.path.uses(name) {
		return true
	}
	for _, t := range append(slices.Clone(e.query), e.headers...) {
		if t.value.uses(name) {
			return true
		}
	}
	return false
}

// build makes the request with the values put in. A query parameter or header without a value is left out; a path
// without one is an error, *noValue or *unsafePath.
func (s *session) build(e *endpoint, value values) (*request, error) {
	path, err := e.path.renderPath(value)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(strings.TrimRight(s.settings.BaseURL, "/") + "/" + strings.TrimLeft(path, "/"))
	if err != nil {
		return nil, errors.New("the path does not make a URL")
	}
	query := url.Values{}
	for _, p := range e.query {
		text, err := p.value.renderQuery(value)
		if errors.As(err, new(*noValue)) {
			continue
		}
		if err != nil {
			return nil, err
		}
		query.Set(p.name, text)
	}
	target.RawQuery = query.Encode()
	header := nethttp.Header{}
	for _, h := range append(slices.Clone(s.headers), e.headers...) {
		text, err := h.value.renderHeader(value)
		if errors.As(err, new(*noValue)) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("header %s: %w", h.name, err)
		}
		header.Set(h.name, text)
	}
	return &request{method: e.method, url: target, shown: e.shown, header: header}, nil
}
