package http

import (
	"encoding/json"
	"fmt"
	"io"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

const ordersStream = `'path': '/orders', 'query': {'limit': '20', 'updated_since': '{cursor}'}, 'records': '.data[]', 'paginate': {'cursor': '.meta.next', 'param': 'after'}`

func orders(w *twin, n int) wire.Call {
	for i := range n {
		w.orders = append(w.orders, map[string]any{"phone": nil, "order_id": fmt.Sprintf("o%03d", i), "total": json.Number(fmt.Sprintf("%d.5", i)),
			"updated_at": fmt.Sprintf("2026-05-01T00:00:%02dZ", i/10)})
	}
	s := streamOf("orders", ordersStream)
	s.PrimaryKey, s.Cursor = []string{"order_id"}, "updated_at"
	return sourceCall(w, "", s)
}

func TestReadPages(t *testing.T) {
	w := newTwin(t)
	call := orders(w, 105)
	k := mustRead(t, call, "orders")
	if len(k.rows) != 105 || len(w.requests()) != 6 {
		t.Fatalf("%d rows in %d requests", len(k.rows), len(w.requests()))
	}
	if got, want := k.types(), "order_id VARCHAR, phone NULL, total DECIMAL(18,4), updated_at VARCHAR"; got != want {
		t.Errorf("types %s, want %s", got, want)
	}
	if !k.complete || !k.checkpoint {
		t.Error("a first read is not complete")
	}
	if w.requests()[0].args.Has("updated_since") {
		t.Error("a parameter without a value was sent")
	}
	k = mustRead(t, call, "orders", func(r *wire.ReadRequest) { r.Cursor = "2026-05-01T00:00:10Z" })
	if len(k.rows) != 5 || !k.complete || !k.checkpoint {
		t.Errorf("from the cursor: %d rows, complete %v", len(k.rows), k.complete)
	}
	k = mustRead(t, call, "orders", func(r *wire.ReadRequest) { r.Cursor, r.Full = "2026-05-01T00:00:10Z", true })
	if len(k.rows) != 105 || !k.complete {
		t.Errorf("full: %d rows, complete %v", len(k.rows), k.complete)
	}
	k = mustRead(t, call, "orders", func(r *wire.ReadRequest) { r.Cursor, r.Lag = "2026-05-01T00:00:10Z", 5*time.Second })
	if len(k.rows) != 55 {
		t.Errorf("with a lag of 5 s: %d rows", len(k.rows))
	}
}

// serve answers every GET of a path with the given pages in turn.
func (w *twin) serve(path string, answer func(r *nethttp.Request, n int) (any, nethttp.Header)) {
	n := 0
	w.handle["GET "+path] = func(out nethttp.ResponseWriter, in *nethttp.Request) {
		v, header := answer(in, n)
		n++
		for k, vs := range header {
			out.Header()[k] = vs
		}
		if text, ok := v.(string); ok {
			io.WriteString(out, text)
			return
		}
		answerJSON(out, 200, v)
	}
}

func items(from, to int) []any {
	out := []any{}
	for i := from; i < to; i++ {
		out = append(out, map[string]any{"id": i})
	}
	return out
}

func TestPagingKinds(t *testing.T) {
	cases := map[string]struct {
		stream   string
		answer   func(w *twin) func(r *nethttp.Request, n int) (any, nethttp.Header)
		requests int
	}{
		"next_url": {`'records': '.data[]', 'paginate': {'next_url': '.links.next'}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				next := any(w.URL + "/items?p=" + fmt.Sprint(n+1))
				if n == 2 {
					next = nil
				}
				return map[string]any{"data": items(n*10, n*10+10), "links": map[string]any{"next": next}}, nil
			}
		}, 3},
		"relative next_url": {`'records': '.data[]', 'paginate': {'next_url': '.next // empty'}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				return map[string]any{"data": items(n*10, n*10+10), "next": []any{"?p=1", "?p=2", nil}[n]}, nil
			}
		}, 3},
		"link_header": {`'records': '.[]', 'paginate': {'link_header': true}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				h := nethttp.Header{"Link": {fmt.Sprintf(`<%s/items?p=0>; rel="first", <%s/items?p=%d>; title="a, b"; rel="last next"`, w.URL, w.URL, n+1)}}
				if n == 2 {
					h = nil
				}
				return items(n*10, n*10+10), h
			}
		}, 3},
		"page": {`'records': '.[]', 'paginate': {'page': 'page'}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				if got := r.URL.Query().Get("page"); got != fmt.Sprint(n+1) {
					return "wrong page " + got, nil
				}
				if n == 3 {
					return items(0, 0), nil
				}
				return items(n*10, n*10+10), nil
			}
		}, 4},
		"page from 0 with size": {`'records': '.[]', 'paginate': {'page': 'page', 'first': 0, 'size': 12, 'limit': 'per_page'}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				if q := r.URL.Query(); q.Get("page") != fmt.Sprint(n) || q.Get("per_page") != "12" {
					return "wrong page", nil
				}
				return items(n*12, min(n*12+12, 30)), nil
			}
		}, 3},
		"offset": {`'records': '.[]', 'paginate': {'offset': 'offset', 'size': 10}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				if got := r.URL.Query().Get("offset"); got != fmt.Sprint(n*10) {
					return "wrong offset " + got, nil
				}
				return items(n*10, min(n*10+10, 30)), nil
			}
		}, 4},
		"until": {`'records': '.data[]', 'paginate': {'page': 'page', 'until': '.last'}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				return map[string]any{"data": items(n*10, n*10+10), "last": n == 2}, nil
			}
		}, 3},
		"empty page in the middle": {`'records': '.data[]', 'paginate': {'cursor': '.next', 'param': 'after'}`, func(w *twin) func(*nethttp.Request, int) (any, nethttp.Header) {
			return func(r *nethttp.Request, n int) (any, nethttp.Header) {
				return map[string]any{"data": [][]any{items(0, 15), {}, items(15, 30)}[n], "next": []any{1, 2, nil}[n]}, nil
			}
		}, 3},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			w.serve("/items", c.answer(w))
			k := mustRead(t, sourceCall(w, "", streamOf("items", `'path': '/items', `+c.stream)), "items")
			if len(k.rows) != 30 || len(w.requests()) != c.requests {
				t.Errorf("%d rows in %d requests, want 30 in %d", len(k.rows), len(w.requests()), c.requests)
			}
			if k.rows[29]["id"] != int64(29) {
				t.Errorf("last row %v", k.rows[29])
			}
		})
	}
}

func TestRepeatedPageIsAnError(t *testing.T) {
	for name, paginate := range map[string]string{"page": `{'page': 'page'}`, "cursor": `{'cursor': '"x"', 'param': 'after'}`, "next": `{'next_url': '"/items?a=1"'}`} {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			w.serve("/items", func(*nethttp.Request, int) (any, nethttp.Header) { return items(0, 3), nil })
			_, err := read(t, sourceCall(w, "", streamOf("items", `'path': '/items', 'paginate': `+strings.ReplaceAll(paginate, `"`, `\"`))), "items")
			if f := failureOf(t, err); f.Code != "page_repeats" {
				t.Errorf("failure %v", f)
			}
			if len(w.requests()) > 3 {
				t.Errorf("%d requests", len(w.requests()))
			}
		})
	}
}

func TestTypesOfJSON(t *testing.T) {
	w := newTwin(t)
	w.serve("/items", func(*nethttp.Request, int) (any, nethttp.Header) {
		return `[
		{"id": 9007199254740993, "price": 9999.99, "big": 12345678901234567890.12, "huge": 123456789012345678901234567890, "lat": 48.858370123456,
		 "flag": true, "none": null, "at": "2026-01-01T00:00:00Z", "obj": {"a": [1, 2.50]}, "list": [1], "mix": 1, "zip": "00123", "half": 1.5, "e": 1e3, "": 5},
		{"id": 2, "price": 5, "big": 1, "huge": 1, "lat": 2.5, "flag": null, "at": "x", "obj": null, "list": "none", "mix": "one", "zip": "1", "half": null, "e": 2.5e-1, "late": 7}]`, nil
	})
	k := mustRead(t, sourceCall(w, "", streamOf("items", `'path': '/items'`)), "items")
	want := "at VARCHAR, big DECIMAL(38,9), e DECIMAL(18,4), flag BOOLEAN, half DECIMAL(18,4), huge DECIMAL(38,0), id BIGINT, lat DOUBLE, late BIGINT, " +
		"list JSON, mix VARCHAR, none NULL, obj JSON, price DECIMAL(18,4), zip VARCHAR"
	if k.types() != want {
		t.Errorf("types:\n got %s\nwant %s", k.types(), want)
	}
	row := map[string]any{"id": int64(9007199254740993), "price": "9999.99", "big": "12345678901234567890.12", "huge": "123456789012345678901234567890",
		"lat": 48.858370123456, "flag": true, "none": nil, "at": "2026-01-01T00:00:00Z", "obj": json.RawMessage(`{"a":[1,2.50]}`), "list": json.RawMessage(`[1]`),
		"mix": "1", "zip": "00123", "half": "1.5", "e": "1000", "late": nil}
	if diff := cmp.Diff(row, k.rows[0]); diff != "" {
		t.Errorf("row (-want +got):\n%s", diff)
	}
	if len(k.detection) != 2 || !strings.Contains(k.detection[0], "empty name") || !strings.Contains(k.detection[1], `"mix"`) || !strings.Contains(k.detection[1], "page 1:2") {
		t.Errorf("detection: %q", k.detection)
	}
}

func TestPinnedAndKeptColumns(t *testing.T) {
	w := newTwin(t)
	w.serve("/items", func(*nethttp.Request, int) (any, nethttp.Header) {
		return `[{"id": "a", "total": 12.345, "at": 1767225600, "day": "2026-01-02T03:04:05Z", "n": 5, "extra": 1},
		 {"id": "b", "total": "7", "at": "2026-01-01T01:00:00+01:00", "day": null, "n": "many"},
		 {"id": "c", "total": "lots", "n": 1}, 5, {"id": "d", "n": 1.5}]`, nil
	})
	s := streamOf("items", `'path': '/items'`)
	s.PrimaryKey = []string{"id"}
	s.Pinned = []schema.Column{{Name: "total", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}}, {Name: "at", Type: schema.Type{Kind: schema.TimestampTZ}}, {Name: "day", Type: schema.Type{Kind: schema.Date}}}
	kept := []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.String}}, {Name: "n", Type: schema.Type{Kind: schema.Int64}}, {Name: "gone", Type: schema.Type{Kind: schema.Bool}}}
	k := mustRead(t, sourceCall(w, "", s), "items", func(r *wire.ReadRequest) { r.Columns, r.Kept = append(kept, s.Pinned...), kept })
	if want := "id VARCHAR, n BIGINT, gone BOOLEAN, total DECIMAL(18,2), at TIMESTAMPTZ, day DATE, extra BIGINT"; k.types() != want {
		t.Errorf("types %s", k.types())
	}
	newYear := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	if diff := cmp.Diff([]map[string]any{{"id": "a", "n": int64(5), "gone": nil, "total": "12.35", "at": newYear, "day": newYear.AddDate(0, 0, 1), "extra": int64(1)}}, k.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	want := []sdk.Reject{
		{Position: "page 1:2", Column: "n", Code: "type", Reason: `n: "many" is not a BIGINT`, Record: `{"at":"2026-01-01T01:00:00+01:00","day":null,"id":"b","n":"many","total":"7"}`, Key: "b"},
		{Position: "page 1:3", Column: "total", Code: "type", Reason: `total: "lots" is not a DECIMAL(18,2)`, Record: `{"id":"c","n":1,"total":"lots"}`, Key: "c"},
		{Position: "page 1:4", Code: "malformed", Reason: "the record is not an object; `records` may wrap it: {value: .}", Record: "5"},
		{Position: "page 1:5", Column: "n", Code: "type", Reason: `n: 1.5 is not a BIGINT`, Record: `{"id":"d","n":1.5}`, Key: "d"},
	}
	if diff := cmp.Diff(want, k.rejects); diff != "" {
		t.Errorf("rejects (-want +got):\n%s", diff)
	}
}

func TestNullKeysAreSetAside(t *testing.T) {
	w := newTwin(t)
	w.serve("/items", func(*nethttp.Request, int) (any, nethttp.Header) {
		return `[{"id": 1}, {"id": null, "v": "x"}, {"v": "y"}]`, nil
	})
	s := streamOf("items", `'path': '/items'`)
	s.PrimaryKey = []string{"id"}
	k := mustRead(t, sourceCall(w, "", s), "items")
	want := []sdk.Reject{
		{Position: "page 1:2", Column: "id", Code: "null_key", Reason: "a column of the primary key is null", Record: `{"id":null,"v":"x"}`},
		{Position: "page 1:3", Column: "id", Code: "null_key", Reason: "a column of the primary key is null", Record: `{"v":"y"}`},
	}
	if diff := cmp.Diff(want, k.rejects); diff != "" || len(k.rows) != 1 {
		t.Errorf("rows %v, rejects (-want +got):\n%s", k.rows, diff)
	}
}

// A kept column that is not settled becomes wider where its values ask for it, and only there.
func TestKeptColumnsBecomeWider(t *testing.T) {
	w := newTwin(t)
	w.serve("/items", func(*nethttp.Request, int) (any, nethttp.Header) {
		return `[{"id": "a", "n": 5, "price": 1, "flag": true, "odd": 1}, {"id": "b", "n": 1.5, "price": 2.25, "flag": null, "odd": "x"}]`, nil
	})
	s := streamOf("items", `'path': '/items'`)
	kept := []schema.Column{{Name: "n", Type: schema.Type{Kind: schema.Int64}}, {Name: "price", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}},
		{Name: "flag", Type: schema.Type{Kind: schema.Bool}}, {Name: "odd", Type: schema.Type{Kind: schema.Int64}}}
	k := mustRead(t, sourceCall(w, "", s), "items", func(r *wire.ReadRequest) { r.Kept = kept })
	if want := "flag BOOLEAN, id VARCHAR, n DECIMAL(18,4), odd VARCHAR, price DECIMAL(18,2)"; k.types() != want || len(k.rejects) > 0 || len(k.rows) != 2 {
		t.Errorf("types %s, rejects %v", k.types(), k.rejects)
	}
}

func TestChildStreams(t *testing.T) {
	w := newTwin(t)
	w.serve("/shops", func(_ *nethttp.Request, n int) (any, nethttp.Header) {
		return map[string]any{"data": []any{map[string]any{"id": "s/" + fmt.Sprint(n)}}, "next": []any{1, nil}[n]}, nil
	})
	for _, shop := range []string{"s/0", "s/1"} {
		w.serve("/shops/"+shop+"/orders", func(*nethttp.Request, int) (any, nethttp.Header) {
			return []any{map[string]any{"id": 1, "ref": map[string]any{"no": shop + "-a"}}, map[string]any{"id": 2, "ref": map[string]any{"no": shop + "-b"}}}, nil
		})
	}
	w.handle["GET /lines"] = func(out nethttp.ResponseWriter, in *nethttp.Request) {
		q := in.URL.Query()
		if q.Get("order") == "s/1-b" {
			answerJSON(out, 404, map[string]any{"code": "GONE"})
			return
		}
		answerJSON(out, 200, []any{map[string]any{"line": 1, "order": q.Get("order"), "shop": q.Get("shop")}})
	}
	call := sourceCall(w, `'on_error': [{'status': [404], 'when': '.code == \"GONE\"', 'action': 'ignore'}]`,
		streamOf("lines", `'parent': 'orders', 'path': '/lines', 'query': {'order': '{parent.ref.no}', 'shop': '{parent.parent.id}', 'none': '{parent.zip}'}, 'records': '.[] + {order_id: $parent.id}'`),
		streamOf("orders", `'parent': 'shops', 'path': '/shops/{parent.id}/orders'`),
		streamOf("shops", `'path': '/shops', 'records': '.data[]', 'paginate': {'cursor': '.next', 'param': 'after'}`))
	k := mustRead(t, call, "lines")
	want := []map[string]any{
		{"line": int64(1), "order": "s/0-a", "order_id": int64(1), "shop": "s/0"},
		{"line": int64(1), "order": "s/0-b", "order_id": int64(2), "shop": "s/0"},
		{"line": int64(1), "order": "s/1-a", "order_id": int64(1), "shop": "s/1"},
	}
	if diff := cmp.Diff(want, k.rows); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
	if len(w.requests()) != 2+2+4 {
		t.Errorf("%d requests", len(w.requests()))
	}
	if got := w.requests()[1].path; got != "/shops/s%2F0/orders" {
		t.Errorf("path %s", got)
	}
}

func TestPostStreamPagesInBody(t *testing.T) {
	w := newTwin(t)
	var bodies []string
	w.handle["POST /search"] = func(out nethttp.ResponseWriter, in *nethttp.Request) {
		b, _ := io.ReadAll(in.Body)
		bodies = append(bodies, string(b))
		answerJSON(out, 200, map[string]any{"results": items(len(bodies)*2, len(bodies)*2+2), "after": []any{"x", nil}[len(bodies)-1]})
	}
	s := streamOf("found", `'path': '/search', 'method': 'POST', 'body': '{since: .cursor, after: .page.cursor}', 'records': '.results[]', 'start': '2024', 'paginate': {'cursor': '.after'}`)
	s.Cursor = "id"
	k := mustRead(t, sourceCall(w, "", s), "found")
	if diff := cmp.Diff([]string{`{"after":null,"since":"2024"}`, `{"after":"x","since":"2024"}`}, bodies); diff != "" || len(k.rows) != 4 {
		t.Errorf("%d rows; bodies (-want +got):\n%s", len(k.rows), diff)
	}
}

func TestReadSpillsToDisk(t *testing.T) {
	w := newTwin(t)
	long := strings.Repeat("x", 1<<20)
	w.serve("/items", func(_ *nethttp.Request, n int) (any, nethttp.Header) {
		page := []any{}
		for i := range 10 {
			page = append(page, map[string]any{"id": n*10 + i, "text": long})
		}
		if n == 2 {
			page = []any{}
		}
		return page, nil
	})
	k := mustRead(t, sourceCall(w, "", streamOf("items", `'path': '/items', 'paginate': {'page': 'p'}`)), "items")
	if len(k.rows) != 20 || k.rows[19]["id"] != int64(19) || k.rows[19]["text"] != long {
		t.Errorf("%d rows", len(k.rows))
	}
}

func TestEmptyReadKeepsKeyAndCursor(t *testing.T) {
	w := newTwin(t)
	k := mustRead(t, orders(w, 0), "orders")
	if k.types() != "order_id NULL, updated_at NULL" || !k.complete {
		t.Errorf("types %s", k.types())
	}
}
