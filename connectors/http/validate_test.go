package http

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

// problem shows path, offset and what the text must contain.
func problem(p sdk.Problem) string {
	return fmt.Sprintf("%s @%d: %s: %s", strings.Join(p.Path, "."), p.Offset, p.Summary, p.Detail)
}

func TestDestinationProblems(t *testing.T) {
	w := newTwin(t)
	good := string(destinationCall(w, idempotent(true)).Settings)
	cases := []struct{ old, new, path, words string }{
		{`[.records[] | .key + .fields]`, `[.records[] | .key + ]`, `object.contacts.operation.upsert.body @32`, `unexpected token "]"`},
		{`{contacts: [`, `{contacts: maap(`, `object.contacts.operation.upsert.body @`, `unexpected token "]"`},
		{`.records[] | .key + .fields`, `.records[] | kee + .fields`, `object.contacts.operation.upsert.body @25`, `function not defined: kee/0`},
		{`/contacts/{key.email}`, `/contacts/{key.emial}`, `object.contacts.operation.remove.path @10`, `Did you mean "key.email"?`},
		{`/contacts/{key.email}`, `/contacts/{key.email`, `object.contacts.operation.remove.path @10`, `not closed`},
		{`/contacts/{key.email}`, `/contacts?x={key.email}`, `object.contacts.operation.remove.path @9`, `escaped`},
		{`"path": "/contacts/batch"`, `"path": "/contacts/{key.email}"`, `object.contacts.operation.upsert.path @10`, `{batch.id}`},
		{`"results"`, `"nothing"`, `object.contacts.operation.upsert.batch`, `evidence = "status"`},
		{`"max_records": 100`, `"max_records": 0`, `object.contacts.operation.upsert.batch.max_records`, `whole number`},
		{`"max_bytes": "100000"`, `"max_bytes": "10 apples"`, `object.contacts.operation.upsert.batch.max_bytes`, `not a size`},
		{`["upsert"]`, `["upsrt"]`, `object.contacts.operation.upsrt`, `Did you mean "upsert"?`},
		{`{"bearer"`, `{"basic": {"user": "a", "password": "b"}, "bearer"`, `auth`, `here are bearer and basic`},
		{`{"bearer": "` + twinToken + `"}`, `{"bearer": null}`, `auth`, `none is given`},
		{`{"bearer": "` + twinToken + `"}`, `{"jwt": {"key": "-----BEGIN KEY-----"}}`, `auth.jwt.key`, `cannot be read`},
		{`{"bearer": "` + twinToken + `"}`, `{"oauth2": {"token_url": "nowhere", "client_id": "a", "client_secret": "b"}}`, `auth.oauth2.token_url`, `URL like`},
		{`{"bearer": "` + twinToken + `"}`, `{"oauth2": {"token_url": "https://x.example"}}`, `auth.oauth2`, `client_id and client_secret`},
		{`"timeout": "2s"`, `"timeout": "2 parsecs"`, `timeout`, `not a duration`},
		{`"patience": "5s"`, `"patience": "0s"`, `retry.patience`, `not a duration`},
		{`"attempts": 3`, `"attempts": 0`, `retry.attempts`, `whole number`},
		{`"object"`, `"rate_limit": {"requests": 0.5}, "object"`, `rate_limit.requests`, `longer`},
		{`"object"`, `"concurrency": 0, "object"`, `concurrency`, `from 1 to 64`},
		{`"object"`, `"headers": {"Bad Name": "x"}, "object"`, `headers.Bad Name`, `not the name of a header`},
		{`"object"`, `"headers": {"X": "{cursor}"}, "object"`, `headers.X @0`, `{cursor} is not a value`},
		{`"cursor": ".next", "param": "after"`, `"cursor": ".next", "page": "p"`, `object.contacts.readback.0.paginate`, `exactly one`},
		{`"cursor": ".next", "param": "after"`, `"cursor": ".next"`, `object.contacts.readback.0.paginate.cursor`, `param = NAME`},
		{`"ok": [200, 204, 404]`, `"ok": [2]`, `object.contacts.operation.remove.ok`, `not a status`},
		{w.URL, "ftp://x", `base_url`, `is a URL like`},
		{w.URL, "https://me:pass@x.example", `base_url`, `basic`},
		{w.URL, "https://x.example?a=b", `base_url`, `no query`},
	}
	for _, c := range cases {
		t.Run(c.new, func(t *testing.T) {
			if !strings.Contains(good, c.old) {
				t.Fatalf("the case is wrong: %s is not in %s", c.old, good)
			}
			call := destinationCall(w, "")
			call.Settings = wire.Settings(strings.Replace(good, c.old, c.new, 1))
			v := New().Destination.Validate(context.Background(), call)
			if len(v.Problems) == 0 {
				t.Fatal("no problem found")
			}
			got := problem(v.Problems[0])
			if !strings.HasPrefix(got, c.path) || !strings.Contains(got, c.words) || strings.Contains(got, twinToken) {
				t.Errorf("got %s", got)
			}
			if strings.HasPrefix(c.path, "object.") && len(v.Objects) != 0 {
				t.Errorf("a broken object is described: %+v", v.Objects)
			}
			if _, err := New().Destination.Open(context.Background(), wire.WriteRequest{Call: call, Object: "contacts"}); failureOf(t, err).Kind != sdk.FailureConfig {
				t.Errorf("open: %v", err)
			}
		})
	}
	if len(w.requests()) != 0 {
		t.Error("validate made requests")
	}
}

func TestDestinationDescribesItself(t *testing.T) {
	w := newTwin(t)
	call := destinationCall(w, idempotent(false))
	call.Objects = append(call.Objects, wire.ObjectRequest{Name: "contact"})
	v := New().Destination.Validate(context.Background(), call)
	want := []schema.Object{{Name: "contacts", Key: []string{"email"}, Readback: true, Operations: []schema.Operation{
		{Op: "upsert", MaxRecords: 100, MaxBytes: 100000, Evidence: schema.EvidenceRecord},
		{Op: "remove", MaxRecords: 1, Idempotent: true, Evidence: schema.EvidenceStatus},
	}}}
	if diff := cmp.Diff(want, v.Objects); diff != "" {
		t.Errorf("objects (-want +got):\n%s", diff)
	}
	if len(v.Problems) != 1 || !strings.Contains(problem(v.Problems[0]), `Did you mean "contacts"?`) {
		t.Errorf("problems %v", v.Problems)
	}
}

func TestSourceProblems(t *testing.T) {
	w := newTwin(t)
	cases := []struct{ stream, path, words string }{
		{`'path': '/x', 'records': '.data['`, `stream.x.records @6`, `unexpected EOF`},
		{`'path': '/x', 'query': {'since': '{curser}'}`, `stream.x.query.since @0`, `Did you mean "cursor"?`},
		{`'path': '/x', 'query': {'since': '{cursor}'}`, `stream.x.query.since`, `has none`},
		{`'path': '/x', 'query': {'id': '{parent.id}'}`, `stream.x.query.id @0`, `not a value that can stand here`},
		{`'path': '/x', 'start': '2024'`, `stream.x.start`, `nowhere`},
		{`'path': '/x', 'parent': 'y'`, `stream.x.parent`, `no stream "y"`},
		{`'path': '/x', 'parent': 'x'`, `stream.x.parent`, `x → x`},
		{`'path': '/x', 'body': '{a: 1}'`, `stream.x.body`, `POST`},
		{`'path': 'https://elsewhere.example/x'`, `stream.x.path`, `no other server`},
		{`'path': '/x', 'paginate': {'offset': 'o'}`, `stream.x.paginate.offset`, `size = NUMBER`},
		{`'path': '/x', 'paginate': {'page': 'p', 'param': 'q'}`, `stream.x.paginate.param`, `belongs to cursor`},
		{`'path': '/x', 'paginate': {}`, `stream.x.paginate`, `none is given`},
		{`'path': '/x', 'on_error': [{'status': [200], 'when': '.a ==', 'action': 'fail'}]`, `stream.x.on_error.0.when @5`, `unexpected EOF`},
		{`'path': '/x', 'on_error': [{'status': [401], 'action': 'refresh_token'}]`, `stream.x.on_error.0.action`, `oauth2`},
	}
	for _, c := range cases {
		t.Run(c.stream, func(t *testing.T) {
			v := New().Source.Validate(context.Background(), sourceCall(w, "", streamOf("x", c.stream)))
			if len(v.Problems) == 0 || len(v.Streams) != 0 {
				t.Fatalf("%+v", v)
			}
			if got := problem(v.Problems[0]); !strings.HasPrefix(got, c.path) || !strings.Contains(got, c.words) {
				t.Errorf("got %s", got)
			}
		})
	}
	v := New().Source.Validate(context.Background(), sourceCall(w, "", streamOf("x", ordersStream+`, 'start': 'a'`), streamOf("y", `'path': '/{{x}/{parent.a.b}', 'parent': 'x'`)))
	if len(v.Problems) != 1 { // {cursor} without a cursor column
		t.Errorf("%+v", v)
	}
}

func TestSpecNamesEverySetting(t *testing.T) {
	spec := Spec()
	for name, block := range map[string]schema.Block{"source": spec.Source.Block, "stream": spec.Source.Stream, "destination": spec.Destination.Block} {
		for _, a := range block.Args {
			if a.Doc == "" {
				t.Errorf("%s.%s has no doc", name, a.Name)
			}
		}
	}
}
