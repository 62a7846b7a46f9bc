package http

import (
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"net/http/httptest"
	"net/url"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

const twinToken = "tok_canary_5f1e9c77ab"

// twin is a tool of flesh: it keeps contacts, serves orders, and fails on demand, also after it acted.
type twin struct {
	*httptest.Server
	mu       sync.Mutex
	contacts map[string]map[string]any
	orders   []map[string]any
	log      []twinRequest
	reject   func(contact map[string]any) string
	forget   func(contact map[string]any) bool
	fault    func(n int, r twinRequest) *twinFault
	handle   map[string]nethttp.HandlerFunc // by "METHOD /path", before the built-in ones
}

type twinRequest struct {
	method, path string
	args         url.Values
	header       nethttp.Header
	body         string
	at           time.Time
}

// twinFault is what goes wrong: a status with headers and a body, a hang-up before (drop) or after (lose) acting, a wait.
type twinFault struct {
	status     int
	header     map[string]string
	body       string
	drop, lose bool
	slow       time.Duration
	cut        bool // half of the answer only
}

func newTwin(t testing.TB) *twin {
	t.Helper()
	w := &twin{contacts: map[string]map[string]any{}, handle: map[string]nethttp.HandlerFunc{}}
	w.Server = httptest.NewServer(w)
	t.Cleanup(w.Close)
	return w
}

func (w *twin) ServeHTTP(out nethttp.ResponseWriter, in *nethttp.Request) {
	body, _ := io.ReadAll(in.Body)
	r := twinRequest{method: in.Method, path: in.URL.EscapedPath(), args: in.URL.Query(), header: in.Header.Clone(), body: string(body), at: time.Now()}
	w.mu.Lock()
	w.log = append(w.log, r)
	n := len(w.log)
	fault := w.fault
	w.mu.Unlock()
	var f *twinFault
	if fault != nil {
		f = fault(n, r)
	}
	if f == nil {
		f = &twinFault{}
	}
	time.Sleep(f.slow)
	switch {
	case f.drop:
		panic(nethttp.ErrAbortHandler)
	case f.status != 0:
		for k, v := range f.header {
			out.Header().Set(k, v)
		}
		out.WriteHeader(f.status)
		io.WriteString(out, f.body)
		return
	}
	if h := w.handle[in.Method+" "+in.URL.Path]; h != nil {
		in.Body = io.NopCloser(strings.NewReader(string(body)))
		h(out, in)
		return
	}
	if in.Header.Get("Authorization") != "Bearer "+twinToken {
		answerJSON(out, 401, map[string]any{"error": "bad token"})
		return
	}
	w.mu.Lock()
	code, reply := w.do(r, in.URL.Path)
	w.mu.Unlock()
	if f.lose {
		panic(nethttp.ErrAbortHandler)
	}
	if f.cut {
		text, _ := json.Marshal(reply)
		out.Header().Set("Content-Length", strconv.Itoa(len(text)))
		out.Write(text[:len(text)/2])
		out.(nethttp.Flusher).Flush()
		panic(nethttp.ErrAbortHandler)
	}
	answerJSON(out, code, reply)
}

func answerJSON(out nethttp.ResponseWriter, code int, v any) {
	out.Header().Set("Content-Type", "application/json")
	out.WriteHeader(code)
	if v != nil {
		json.NewEncoder(out).Encode(v)
	}
}

func (w *twin) do(r twinRequest, path string) (int, any) {
	switch {
	case r.method == "POST" && (path == "/contacts/batch" || path == "/contacts/strict"):
		return w.upsert(r, path == "/contacts/strict")
	case r.method == "DELETE" && strings.HasPrefix(path, "/contacts/"):
		email := strings.TrimPrefix(path, "/contacts/")
		if w.contacts[email] == nil {
			return 404, map[string]any{"error": "no such contact"}
		}
		delete(w.contacts, email)
		return 204, nil
	case r.method == "GET" && path == "/contacts":
		return 200, w.list(r)
	case r.method == "GET" && path == "/orders":
		return 200, w.page(r)
	}
	return 404, map[string]any{"error": "no such path"}
}

func (w *twin) upsert(r twinRequest, strict bool) (int, any) {
	var in struct{ Contacts []map[string]any }
	if err := json.Unmarshal([]byte(r.body), &in); err != nil {
		return 400, map[string]any{"error": "no JSON"}
	}
	results := []any{}
	for _, c := range in.Contacts {
		email, _ := c["email"].(string)
		if w.reject != nil {
			if why := w.reject(c); why != "" {
				if strict {
					return 400, map[string]any{"error": "one or more contacts are invalid"}
				}
				results = append(results, map[string]any{"email": email, "ok": false, "code": "invalid", "error": why})
				continue
			}
		}
		if w.contacts[email] == nil {
			w.contacts[email] = map[string]any{}
		}
		for k, v := range c {
			w.contacts[email][k] = v
		}
		if w.forget == nil || !w.forget(c) {
			results = append(results, map[string]any{"email": email, "ok": true})
		}
	}
	return 200, map[string]any{"results": results}
}

func (w *twin) list(r twinRequest) any {
	size, _ := strconv.Atoi(r.args.Get("limit"))
	var keys []string
	for k := range w.contacts {
		if k > r.args.Get("after") {
			keys = append(keys, k)
		}
	}
	sort.Strings(keys)
	page := []any{}
	for _, k := range keys[:min(size, len(keys))] {
		page = append(page, w.contacts[k])
	}
	var next any
	if len(keys) > size {
		next = keys[size-1]
	}
	return map[string]any{"contacts": page, "next": next}
}

func (w *twin) page(r twinRequest) any {
	size, _ := strconv.Atoi(r.args.Get("limit"))
	start, _ := strconv.Atoi(r.args.Get("after"))
	found := []any{}
	for _, o := range w.orders {
		if o["updated_at"].(string) >= r.args.Get("updated_since") {
			found = append(found, o)
		}
	}
	end := min(start+size, len(found))
	var next any
	if end < len(found) {
		next = fmt.Sprint(end)
	}
	return map[string]any{"data": found[min(start, end):end], "meta": map[string]any{"next": next}}
}

func (w *twin) requests() []twinRequest {
	w.mu.Lock()
	defer w.mu.Unlock()
	return append([]twinRequest(nil), w.log...)
}
