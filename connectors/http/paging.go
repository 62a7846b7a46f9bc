package http

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"math"
	nethttp "net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/plugins/sdk"
)

// pager is how one endpoint is paged. The zero pager is one page.
type pager struct {
	nextURL    *program
	linkHeader bool
	cursor     *program
	param      string // of the cursor
	page       string // parameter
	first      int
	offset     string // parameter
	size       int    // 0: not said
	limit      string // parameter that takes size
	until      *program
}

// pager compiles `paginate`. inBody: a body program may take the cursor, so that no parameter is needed.
func (p problems) pager(given *paginate, inBody bool) pager {
	if given == nil {
		return pager{}
	}
	out := pager{linkHeader: given.LinkHeader, param: given.Param, page: given.Page, first: 1, offset: given.Offset, limit: given.Limit}
	out.nextURL = p.in("next_url").program(given.NextURL)
	out.cursor = p.in("cursor").program(given.Cursor)
	out.until = p.in("until").program(given.Until)
	var kinds []string
	for _, kind := range []struct {
		name  string
		given bool
	}{{"next_url", given.NextURL != ""}, {"link_header", given.LinkHeader}, {"cursor", given.Cursor != ""}, {"page", given.Page != ""}, {"offset", given.Offset != ""}} {
		if kind.given {
			kinds = append(kinds, kind.name)
		}
	}
	if len(kinds) != 1 {
		written := "none is given"
		if len(kinds) > 1 {
			written = "here are " + strings.Join(kinds, " and ")
		}
		p.add("Exactly one way of paging", "paginate takes exactly one of next_url, link_header, cursor, page and offset; %s.", written)
		return out
	}
	p.pagerDetails(given, kinds[0], inBody, &out)
	return out
}

func (p problems) pagerDetails(given *paginate, kind string, inBody bool, out *pager) {
	if kind == "cursor" && given.Param == "" && !inBody {
		p.in("cursor").add("Missing parameter", "cursor needs param = NAME: the query parameter that takes the cursor.")
	}
	if given.Param != "" && kind != "cursor" {
		p.in("param").add("Needless argument", "param belongs to cursor, not to %s.", kind)
	}
	if given.First != nil {
		out.first = int(*given.First)
		if kind != "page" {
			p.in("first").add("Needless argument", "first belongs to page, not to %s.", kind)
		} else if *given.First != math.Trunc(*given.First) || *given.First < 0 {
			p.in("first").add("Invalid number", "first is the number of the first page, a whole number.")
		}
	}
	if given.Size != nil {
		out.size = int(*given.Size)
		if *given.Size != math.Trunc(*given.Size) || *given.Size < 1 || *given.Size > 1e6 {
			p.in("size").add("Invalid number", "size is how many records a page has: a whole number from 1.")
		}
		if kind != "page" && kind != "offset" && given.Limit == "" {
			p.in("size").add("Needless argument", "size belongs to page and offset; with %s it needs limit = NAME to be sent.", kind)
		}
	} else if kind == "offset" {
		p.in("offset").add("Missing size", "offset needs size = NUMBER: how many records a page has.")
	} else if given.Limit != "" {
		p.in("limit").add("Missing size", "limit sends `size`, which is not given.")
	}
}

// pageState is where a walk over pages stands.
type pageState struct {
	cursor any
	number int
	offset int
	next   *url.URL
}

// apply puts the state on the request of a page.
func (g *pager) apply(r *request, state pageState) {
	if state.next != nil {
		r.url = state.next
		return
	}
	query := r.url.Query()
	if g.param != "" && state.cursor != nil {
		query.Set(g.param, toText(state.cursor))
	}
	if g.page != "" {
		query.Set(g.page, strconv.Itoa(state.number))
	}
	if g.offset != "" {
		query.Set(g.offset, strconv.Itoa(state.offset))
	}
	if g.limit != "" {
		query.Set(g.limit, strconv.Itoa(g.size))
	}
	r.url.RawQuery = query.Encode()
}

// input is what a body program sees of the page.
func (g *pager) input(state pageState) map[string]any {
	page := map[string]any{"cursor": state.cursor, "number": nil, "offset": nil, "size": nil}
	if g.page != "" {
		page["number"] = state.number
	}
	if g.offset != "" {
		page["offset"] = state.offset
	}
	if g.size > 0 {
		page["size"] = g.size
	}
	return page
}

// advance finds the next page after an answer with that many records; false: it was the last.
func (g *pager) advance(ctx context.Context, state pageState, current *url.URL, got *answer, records int) (pageState, bool, error) {
	if g.until != nil {
		if done, err := g.until.holds(ctx, got.body); done || err != nil {
			return state, false, named("until", err)
		}
	}
	switch {
	case g.nextURL != nil:
		found, err := g.nextURL.first(ctx, got.body)
		if err != nil {
			return state, false, named("next_url", err)
		}
		text, _ := found.(string)
		return g.follow(state, current, text)
	case g.linkHeader:
		return g.follow(state, current, nextLink(got.Header))
	case g.cursor != nil:
		found, err := g.cursor.first(ctx, got.body)
		if err != nil {
			return state, false, named("cursor", err)
		}
		if found == nil || found == false || found == "" {
			return state, false, nil
		}
		if state.cursor != nil && toText(found) == toText(state.cursor) {
			return state, false, repeats()
		}
		state.cursor = found
		return state, true, nil
	case g.page != "":
		state.number++
	case g.offset != "":
		state.offset += g.size
	default:
		return state, false, nil
	}
	return state, records > 0 && records >= g.size, nil
}

func named(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

func repeats() error {
	return &sdk.Failure{Kind: sdk.FailurePermanent, Code: "page_repeats", Message: "a page repeats the one before",
		Detail: "The tool gave the same page again, so the parameter that asks for the next page has no effect. Reading on would never end."}
}

func (g *pager) follow(state pageState, current *url.URL, text string) (pageState, bool, error) {
	if text == "" {
		return state, false, nil
	}
	next, err := current.Parse(text)
	if err != nil || next.Host == "" || next.Scheme != "http" && next.Scheme != "https" {
		return state, false, errors.New("the URL of the next page is not a URL")
	}
	if current.Scheme == "https" && next.Scheme != "https" {
		return state, false, errors.New("the URL of the next page leads from https to http")
	}
	next.User = nil
	if next.String() == current.String() {
		return state, false, repeats()
	}
	state.next = next
	return state, true, nil
}

// nextLink is the target of rel="next" in Link headers (RFC 8288).
func nextLink(header nethttp.Header) string {
	for _, line := range header.Values("Link") {
		for line != "" {
			open := strings.IndexByte(line, '<')
			if open < 0 {
				break
			}
			end := strings.IndexByte(line[open:], '>')
			if end < 0 {
				break
			}
			target, rest := line[open+1:open+end], line[open+end+1:]
			params, after := cutLink(rest)
			if isNext(params) {
				return target
			}
			line = after
		}
	}
	return ""
}

// cutLink splits the parameters of one link from the links after it; a comma inside quotes does not part them.
func cutLink(text string) (params, rest string) {
	quoted := false
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '"':
			quoted = !quoted
		case text[i] == ',' && !quoted:
			return text[:i], text[i+1:]
		}
	}
	return text, ""
}

func isNext(params string) bool {
	for _, param := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(param), "=")
		if strings.EqualFold(strings.TrimSpace(name), "rel") {
			for _, rel := range strings.Fields(strings.Trim(strings.TrimSpace(value), `"`)) {
				if strings.EqualFold(rel, "next") {
					return true
				}
			}
		}
	}
	return false
}

// loopGuard notices a walk that goes in circles: a page that repeats the one before, or a request made before.
type loopGuard struct {
	seed     maphash.Seed
	requests map[uint64]bool
	last     uint64
	any      bool
}

func newLoopGuard() *loopGuard {
	return &loopGuard{seed: maphash.MakeSeed(), requests: map[uint64]bool{}}
}

func (l *loopGuard) request(r *request) error {
	sum := maphash.String(l.seed, r.url.String()+"\n"+string(r.body))
	if l.requests[sum] {
		return repeats()
	}
	l.requests[sum] = true
	return nil
}

// page takes the records of a page, each as JSON.
func (l *loopGuard) page(records [][]byte) error {
	if len(records) == 0 {
		return nil
	}
	var h maphash.Hash
	h.SetSeed(l.seed)
	for _, r := range records {
		h.Write(r)
		h.WriteByte('\n')
	}
	sum := h.Sum64()
	if l.any && sum == l.last {
		return repeats()
	}
	l.any, l.last = true, sum
	return nil
}
