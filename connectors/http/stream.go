package http

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// stream is one compiled stream.
type stream struct {
	name     string
	cursor   string // column
	key      []string
	pinned   []schema.Column
	endpoint *endpoint
	body     *program
	records  *program
	start    string
	pager    pager
	parent   *stream
	rules    []rule // of the stream, then of the source
	cursored bool   // the request takes {cursor}
}

// rule is one compiled on_error block.
type rule struct {
	status []int
	when   *program
	action string
}

// bodyCursor finds the use of .cursor (not .page.cursor) in a body program.
var bodyCursor = regexp.MustCompile(`(^|[^\w\])])\.cursor\b|[{,]\s*cursor\s*[,}]`)

// compileSource compiles a source with all its streams and says everything that is wrong.
func compileSource(call sdk.Call) (account, map[string]*stream, []sdk.Problem) {
	p := newProblems()
	var settings sourceSettings
	if err := decode(call.Settings, &settings); err != nil {
		p.add("Unreadable settings", "%s.", capital(err.Error()))
		return settings.account, nil, *p.found
	}
	settings.check(p, nil)
	shared := p.rules(settings.OnError, settings.Auth)
	streams := map[string]*stream{}
	parents := map[string]string{}
	for _, request := range call.Streams {
		at := p.in("stream", request.Name)
		var given streamSettings
		if err := decode(request.Settings, &given); err != nil {
			at.add("Unreadable settings", "%s.", capital(err.Error()))
			continue
		}
		streams[request.Name] = at.stream(request, given, shared, settings.Auth)
		parents[request.Name] = given.Parent
	}
	for _, request := range call.Streams {
		if s := streams[request.Name]; s != nil && parents[s.name] != "" {
			p.in("stream", s.name, "parent").link(s, parents, streams)
		}
	}
	return settings.account, streams, *p.found
}

// link resolves a stream's parent, and refuses a stream that is its own ancestor.
func (p problems) link(s *stream, parents map[string]string, streams map[string]*stream) {
	parent := streams[parents[s.name]]
	if parent == nil {
		var known []string
		for name := range streams {
			if name != s.name {
				known = append(known, name)
			}
		}
		slices.Sort(known)
		p.add("Unknown parent", "This source has no stream %q.%s", parents[s.name], sdk.DidYouMean(parents[s.name], known))
		return
	}
	chain := []string{s.name}
	for up := parents[s.name]; up != ""; up = parents[up] {
		chain = append(chain, up)
		if up == s.name || len(chain) > len(parents)+1 {
			p.add("Stream is its own parent", "The streams %s lead in a circle.", strings.Join(chain, " → "))
			return
		}
	}
	s.parent = parent
}

func (p problems) stream(request sdk.StreamRequest, given streamSettings, shared []rule, auth *auth) *stream {
	method := given.Method
	if method == "" {
		method = "GET"
	}
	records := given.Records
	if records == "" {
		records = ".[]"
	}
	known := names{"cursor"}
	if given.Parent != "" {
		known = append(known, "parent.*")
	}
	s := &stream{name: request.Name, cursor: request.Cursor, key: request.PrimaryKey, pinned: request.Pinned, start: given.Start}
	s.endpoint = p.endpoint(method, given.Path, given.Query, given.Headers, known)
	s.body = p.in("body").program(given.Body)
	s.records = p.in("records").program(records, "$parent")
	s.pager = p.in("paginate").pager(given.Paginate, given.Body != "")
	s.rules = append(p.rules(given.OnError, auth), shared...)
	s.cursored = s.endpoint.uses("cursor") || bodyCursor.MatchString(given.Body)
	if s.body != nil && method == "GET" {
		p.in("body").add("Body of a GET", "A GET has no body; write method = \"POST\".")
	}
	if s.endpoint.uses("cursor") && request.Cursor == "" {
		p.cursorPlace(s.endpoint).add("Missing cursor", "{cursor} is the newest value of the stream's cursor column, and the stream has none. Write cursor = COLUMN.")
	}
	if given.Start != "" && !s.cursored {
		p.in("start").add("Needless argument", "start is the first value of {cursor}, which stands nowhere in path, query, headers or body.")
	}
	return s
}

// cursorPlace is the argument in which {cursor} stands.
func (p problems) cursorPlace(e *endpoint) problems {
	if e.path.uses("cursor") {
		return p.in("path")
	}
	for _, q := range e.query {
		if q.value.uses("cursor") {
			return p.in("query", q.name)
		}
	}
	return p.in("headers")
}

// endpoint compiles what every request has.
func (p problems) endpoint(method, path string, query, headers map[string]*string, known names) *endpoint {
	e := &endpoint{method: method, shown: path}
	e.path = p.in("path").template(path, known)
	if at := strings.IndexAny(path, "?#"); at >= 0 {
		p.in("path").at(at, "Query in a path", "Write parameters as query = { name = \"value\" }, so that they are escaped.")
	} else if strings.Contains(path, "://") {
		p.in("path").add("URL as a path", "path is added to base_url; a request goes to no other server.")
	}
	e.query = p.in("query").templates(query, known)
	p.in("headers").checkHeaders(headers)
	e.headers = p.in("headers").templates(headers, known)
	return e
}

// rules compiles on_error blocks.
func (p problems) rules(given []onError, auth *auth) []rule {
	var found []rule
	for i, r := range given {
		at := p.in("on_error", fmt.Sprint(i))
		for _, status := range r.Status {
			if status < 100 || status > 599 {
				at.in("status").add("Invalid status", "%d is not a status of HTTP (100 to 599).", status)
			}
		}
		if r.Action == "refresh_token" && !auth.renewable() {
			at.in("action").add("No token to refresh", "refresh_token needs auth = { oauth2 = … } or { jwt = … }.")
		}
		found = append(found, rule{status: r.Status, when: at.in("when").program(r.When), action: r.Action})
	}
	return found
}
