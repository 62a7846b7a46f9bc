package http

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net"
	nethttp "net/http"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

func idempotent(yes bool) string { return fmt.Sprintf(contactsObject, fmt.Sprint(yes)) }

func TestWriteAndReadBack(t *testing.T) {
	w := newTwin(t)
	call := destinationCall(w, idempotent(true))
	out := open(t, call)
	results, err := out.Write(context.Background(), batchOf("upsert", "a@x.example", "b@x.example", "c d/e@x.example"))
	if err != nil || outcomes(results) != "ok ok ok" {
		t.Fatalf("%v %v", results, err)
	}
	if body := w.requests()[0].body; body != `{"contacts":[{"email":"a@x.example","ltv":9999.99},{"email":"b@x.example","ltv":9999.99},{"email":"c d/e@x.example","ltv":9999.99}]}` {
		t.Errorf("body %s", body)
	}
	for _, email := range []string{"c d/e@x.example", "nobody@x.example"} {
		results, err = out.Write(context.Background(), batchOf("remove", email))
		if err != nil || outcomes(results) != "ok" {
			t.Fatalf("%v %v", results, err)
		}
	}
	if len(w.contacts) != 2 {
		t.Errorf("contacts %v", w.contacts)
	}
	var back []sdk.ReadbackRecord
	w.contacts["z@x.example"] = map[string]any{"email": "z@x.example", "ltv": json.Number("12345678901234567890.10")}
	err = New().Destination.Readback(context.Background(), wire.ReadbackRequest{Call: call, Object: "contacts", Key: emailKey}, func(r sdk.ReadbackRecord) error {
		back = append(back, r)
		return nil
	})
	want := []sdk.ReadbackRecord{{ID: `{"email":"a@x.example"}`, Fields: json.RawMessage(`{"ltv":9999.99}`)}, {ID: `{"email":"b@x.example"}`, Fields: json.RawMessage(`{"ltv":9999.99}`)},
		{ID: `{"email":"z@x.example"}`, Fields: json.RawMessage(`{"ltv":12345678901234567890.10}`)}}
	if diff := cmp.Diff(want, back); diff != "" || err != nil {
		t.Errorf("%v readback (-want +got):\n%s", err, diff)
	}
	if evidence, err := out.Finish(context.Background()); err != nil || evidence == "" {
		t.Errorf("finish: %q %v", evidence, err)
	}
}

func TestAnswersOfABatch(t *testing.T) {
	cases := map[string]struct {
		answer   string
		outcomes string // or
		lost     string
	}{
		"one rejected":   {`{"results": [{"email": "b@x", "ok": false, "code": 7, "error": {"message": "no\nsuch mailbox"}}, {"email": "a@x", "ok": true}]}`, "ok rejected", ""},
		"one forgotten":  {`{"results": [{"email": "a@x", "ok": true}]}`, "ok unknown", ""},
		"nothing said":   {`{"results": []}`, "unknown unknown", ""},
		"empty object":   {`{}`, "", "cannot iterate over: null"},
		"empty":          {``, "", "cannot iterate over: null"},
		"not JSON":       {`<html>`, "", "the JSON is broken"},
		"deep":           {strings.Repeat("[", 200) + strings.Repeat("]", 200), "", "nests deeper"},
		"a stranger":     {`{"results": [{"email": "a@x", "ok": true}, {"email": "q@x", "ok": true}]}`, "", "names a key that was not sent"},
		"two verdicts":   {`{"results": [{"email": "a@x", "ok": true}, {"email": "a@x", "ok": false}]}`, "", "two verdicts"},
		"said twice":     {`{"results": [{"email": "a@x", "ok": true}, {"email": "a@x", "ok": true}, {"email": "b@x", "ok": true}]}`, "ok ok", ""},
		"case changed":   {`{"results": [{"email": "A@x", "ok": true}]}`, "", "names a key that was not sent"},
		"key is missing": {`{"results": [{"ok": true}]}`, "", `a key has no "email"`},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			w.fault = func(int, twinRequest) *twinFault { return &twinFault{status: 200, body: c.answer} }
			results, err := open(t, destinationCall(w, idempotent(true))).Write(context.Background(), batchOf("upsert", "a@x", "b@x"))
			if c.lost != "" {
				if f := failureOf(t, err); f.Kind != sdk.FailureLost || !strings.Contains(f.Message, c.lost) || strings.Contains(f.Message, "@x") {
					t.Errorf("failure %+v", f)
				}
				return
			}
			if err != nil || outcomes(results) != c.outcomes {
				t.Errorf("%v %v", results, err)
			}
			if name == "one rejected" {
				if diff := cmp.Diff(sdk.Result{ID: "id1", Outcome: sdk.Rejected, Code: "7", Message: "no such mailbox"}, results[1]); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestStatusesOfAWrite(t *testing.T) {
	cases := []struct {
		status     int
		header     map[string]string
		idempotent bool
		kind       wire.FailureKind
		after      time.Duration
	}{
		{400, nil, true, sdk.FailureRejected, 0}, {409, nil, true, sdk.FailureRejected, 0}, {413, nil, true, sdk.FailureRejected, 0}, {422, nil, true, sdk.FailureRejected, 0},
		{401, nil, true, sdk.FailureAuth, 0}, {403, nil, true, sdk.FailureAuth, 0},
		{404, nil, true, sdk.FailureConfig, 0}, {405, nil, true, sdk.FailureConfig, 0},
		{429, map[string]string{"Retry-After": "37"}, true, sdk.FailureRateLimit, 37 * time.Second}, {429, nil, true, sdk.FailureRateLimit, 0},
		{503, map[string]string{"Retry-After": "2"}, true, sdk.FailureRateLimit, 2 * time.Second}, {503, nil, false, sdk.FailureTransient, 0},
		{500, nil, true, sdk.FailureTransient, 0}, {500, nil, false, sdk.FailureLost, 0}, {502, nil, true, sdk.FailureTransient, 0}, {504, nil, false, sdk.FailureLost, 0},
		{418, nil, true, sdk.FailurePermanent, 0}, {302, map[string]string{"Location": "/contacts"}, true, sdk.FailureConfig, 0},
	}
	for _, c := range cases {
		t.Run(fmt.Sprint(c.status, c.idempotent), func(t *testing.T) {
			w := newTwin(t)
			w.fault = func(int, twinRequest) *twinFault {
				return &twinFault{status: c.status, header: c.header, body: `{"errors": [{"detail": "bad token ` + twinToken + `"}]}`}
			}
			out := open(t, destinationCall(w, idempotent(c.idempotent)))
			_, err := out.Write(context.Background(), batchOf("upsert", "a@x", "b@x"))
			f := failureOf(t, err)
			if f.Kind != c.kind || f.After != c.after || f.Code != fmt.Sprint(c.status) || len(w.requests()) != 1 {
				t.Errorf("%+v after %d requests", f, len(w.requests()))
			}
			if strings.Contains(f.Message, twinToken) || !strings.Contains(f.Message, "bad token (secret)") {
				t.Errorf("message %q", f.Message)
			}
			if c.after > time.Second {
				_, err := out.Write(context.Background(), batchOf("upsert", "a@x"))
				if f := failureOf(t, err); f.Kind != sdk.FailureRateLimit || f.After <= 0 || f.After > c.after || len(w.requests()) != 1 {
					t.Errorf("before Retry-After was over: %+v, %d requests", f, len(w.requests()))
				}
			}
		})
	}
}

func TestBrokenConnections(t *testing.T) {
	for name, fault := range map[string]twinFault{"drop": {drop: true}, "lose": {lose: true}, "cut": {cut: true}, "slow": {slow: 2500 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newTwin(t)
			out := open(t, destinationCall(w, idempotent(true)))
			if _, err := out.Write(context.Background(), batchOf("upsert", "z@x")); err != nil { // the connection is a used one
				t.Fatal(err)
			}
			w.fault = func(int, twinRequest) *twinFault { return &fault }
			_, err := out.Write(context.Background(), batchOf("upsert", "a@x"))
			if f := failureOf(t, err); f.Kind != sdk.FailureLost || len(w.requests()) != 2 {
				t.Errorf("%+v after %d requests", f, len(w.requests()))
			}
			_, err = out.Write(context.Background(), batchOf("remove", "ann@x"))
			if f := failureOf(t, err); f.Kind != sdk.FailureLost && name != "cut" || strings.Contains(f.Message, "ann") || len(w.requests()) != 3 {
				t.Errorf("%+v after %d requests", f, len(w.requests()))
			}
		})
	}
}

func TestNothingSent(t *testing.T) {
	w := newTwin(t)
	call := destinationCall(w, idempotent(false))
	w.Close()
	_, err := open(t, call).Write(context.Background(), batchOf("upsert", "a@x"))
	if f := failureOf(t, err); f.Kind != sdk.FailureTransient {
		t.Errorf("%+v", f)
	}
	private := wire.Call{Settings: wire.Settings(strings.Replace(string(call.Settings), `"allow_private": true`, `"allow_private": false`, 1))}
	_, err = open(t, private).Write(context.Background(), batchOf("upsert", "a@x"))
	if f := failureOf(t, err); f.Kind != sdk.FailureConfig || !strings.Contains(f.Detail, "allow_private") {
		t.Errorf("%+v", f)
	}
}

// An Idempotency-Key makes net/http send a request again by itself when a used connection breaks. It must not.
func TestNoSilentRepeat(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	seen := make(chan string, 10)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				for n := 0; ; n++ {
					buffer := make([]byte, 64<<10)
					size, err := conn.Read(buffer)
					if err != nil {
						return
					}
					seen <- string(buffer[:size])
					if n > 0 {
						return // the second request on a connection gets no answer
					}
					fmt.Fprint(conn, "HTTP/1.1 204 No Content\r\n\r\n")
				}
			}()
		}
	}()
	w := &twin{}
	w.Server = newTwin(t).Server
	text := `'object': [{'_labels': ['contacts'], 'key': ['email'], 'operation': [
		{'_labels': ['remove'], 'method': 'DELETE', 'path': '/c/{key.email}', 'headers': {'Idempotency-Key': '{batch.id}'}},
		{'_labels': ['upsert'], 'method': 'POST', 'path': '/c', 'body': '.records', 'headers': {'Idempotency-Key': '{batch.id}'}}]}]`
	for _, op := range []schema.Op{"remove", "upsert"} {
		call := destinationCall(w, text)
		call.Settings = wire.Settings(strings.Replace(string(call.Settings), w.URL, "http://"+listener.Addr().String(), 1))
		out := open(t, call)
		if _, err := out.Write(context.Background(), batchOf(op, "a@x")); err != nil {
			t.Fatal(err)
		}
		if got := <-seen; !strings.Contains(strings.ToLower(got), "idempotency-key: batch-1\r\n") {
			t.Errorf("request %q", got)
		}
		_, err := out.Write(context.Background(), batchOf(op, "b@x"))
		if f := failureOf(t, err); f.Kind != sdk.FailureLost {
			t.Errorf("%+v", f)
		}
		<-seen
		select {
		case again := <-seen:
			t.Errorf("%s was sent again: %q", op, again)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func TestValuesInPaths(t *testing.T) {
	w := newTwin(t)
	out := open(t, destinationCall(w, idempotent(true)))
	for _, email := range []string{"", ".", ".."} {
		_, err := out.Write(context.Background(), batchOf("remove", email))
		if f := failureOf(t, err); f.Kind != sdk.FailureUnfit || f.Code != "invalid_path" || !f.Unsent() {
			t.Errorf("%q: %+v", email, f)
		}
	}
	null := batchOf("remove", "x")
	null.Records[0].Key[0].Value = nil
	_, err := out.Write(context.Background(), null)
	if f := failureOf(t, err); f.Kind != sdk.FailureUnfit {
		t.Errorf("%+v", f)
	}
	if len(w.requests()) != 0 {
		t.Errorf("requests %v", w.requests())
	}
	w.contacts["a/../b?c=d#e@x"] = map[string]any{}
	if _, err := out.Write(context.Background(), batchOf("remove", "a/../b?c=d#e@x")); err != nil || len(w.contacts) != 0 {
		t.Errorf("%v %v", w.requests(), err)
	}
}

// TestOneValueFailsTheRequest: what one record makes impossible is that record's fault, and nothing is sent of the batch.
func TestOneValueFailsTheRequest(t *testing.T) {
	object := `'object': [{'_labels': ['contacts'], 'key': ['email'], 'operation': [{'_labels': ['upsert'], 'method': 'POST', 'path': '/c', 'evidence': 'status', %s}]}]`
	for name, c := range map[string]struct {
		operation, code, words string
		kind                   wire.FailureKind
	}{
		"body":       {`'batch': {'max_records': 10}, 'body': '[.records[] | .fields.ltv | ascii_downcase]'`, "body", "ascii_downcase cannot be applied to: number", sdk.FailureUnfit},
		"own words":  {`'batch': {'max_records': 10}, 'body': '.records[0].key.email | error'`, "body", "the program failed: error: …", sdk.FailureUnfit},
		"own object": {`'batch': {'max_records': 10}, 'body': '.records[0] | error'`, "body", "error(…) was called", sdk.FailureUnfit},
		"too large":  {`'batch': {'max_records': 10, 'max_bytes': '1B'}, 'body': '.records'`, "too_large", "more than max_bytes = 1", sdk.FailureUnfit},
		"header":     {`'headers': {'X-Who': '{key.email}'}`, "invalid_header", "{key.email} holds control characters", sdk.FailureUnfit},
		"any record": {`'headers': {'X-Who': 'a\nb'}`, "", "control characters", sdk.FailureConfig},
	} {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			_, err := open(t, destinationCall(w, fmt.Sprintf(object, c.operation))).Write(context.Background(), batchOf("upsert", "ann@x.example\n"))
			f := failureOf(t, err)
			if f.Kind != c.kind || f.Code != c.code || !strings.Contains(f.Message, c.words) || strings.Contains(f.Message, "ann@") {
				t.Errorf("%+v", f)
			}
			if len(w.requests()) != 0 {
				t.Errorf("requests %v", w.requests())
			}
		})
	}
}

func TestSingleRecordOperations(t *testing.T) {
	w := newTwin(t)
	w.handle["PATCH /people/p1"] = func(out nethttp.ResponseWriter, in *nethttp.Request) { answerJSON(out, 204, nil) }
	w.handle["PATCH /people/p2"] = func(out nethttp.ResponseWriter, in *nethttp.Request) { answerJSON(out, 404, nil) }
	w.handle["PATCH /people/p3"] = func(out nethttp.ResponseWriter, in *nethttp.Request) {
		answerJSON(out, 422, map[string]any{"message": "p3@x is no e-mail"})
	}
	w.handle["PATCH /people/p4"] = func(out nethttp.ResponseWriter, in *nethttp.Request) { answerJSON(out, 302, nil) }
	out := open(t, destinationCall(w, `'object': [{'_labels': ['contacts'], 'key': ['email'], 'operation': [
		{'_labels': ['update'], 'method': 'PATCH', 'path': '/people/{key.email}', 'query': {'run': '{run.id}', 'x': '{fields.none}'}, 'headers': {'X-Customer': '{customer_id}'}, 'body': '.records[0].fields'}]}]`))
	for email, want := range map[string]string{"p1": "ok", "p2": "noop"} {
		results, err := out.Write(context.Background(), batchOf("update", email))
		if err != nil || outcomes(results) != want {
			t.Errorf("%s: %v %v", email, results, err)
		}
	}
	first := w.requests()[0]
	if first.args.Get("run") != "run1" || first.args.Has("x") || !strings.HasPrefix(first.header.Get("X-Customer"), "cus_p") || first.body != `{"ltv":9999.99}` {
		t.Errorf("request %+v", first)
	}
	_, err := out.Write(context.Background(), batchOf("update", "p3"))
	if f := failureOf(t, err); f.Kind != sdk.FailureRejected || f.Code != "422" || f.Message != "p3@x is no e-mail" {
		t.Errorf("%+v", f)
	}
	_, err = out.Write(context.Background(), batchOf("update", "p4"))
	if f := failureOf(t, err); f.Kind != sdk.FailureConfig {
		t.Errorf("%+v", f)
	}
}

func TestNumericKeysAreComparedByValue(t *testing.T) {
	w := newTwin(t)
	w.fault = func(int, twinRequest) *twinFault { return &twinFault{status: 200, body: `[[150, "x"], ["7.50", "y"]]`} }
	call := destinationCall(w, `'object': [{'_labels': ['contacts'], 'key': ['no', 'tag'], 'operation': [
		{'_labels': ['upsert'], 'method': 'POST', 'path': '/c', 'batch': {'max_records': 10}, 'body': '.records', 'results': '.[] | {key: {no: .[0], tag: .[1]}, status: \'ok\'}'}]}]`)
	key := []schema.Column{{Name: "no", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}}, {Name: "tag", Type: schema.Type{Kind: schema.String}}}
	out, err := New().Destination.Open(context.Background(), wire.WriteRequest{Call: call, Object: "contacts", Key: key})
	if err != nil {
		t.Fatal(err)
	}
	b := sdk.Batch{ID: "1", Op: "upsert"}
	for i, no := range []string{"150.00", "7.5"} {
		b.Records = append(b.Records, sdk.Record{ID: fmt.Sprint(i), Key: []sdk.Field{{Name: "no", Type: key[0].Type, Value: json.Number(no)}, {Name: "tag", Type: key[1].Type, Value: "xy"[i : i+1]}}})
	}
	if results, err := out.Write(context.Background(), b); err != nil || outcomes(results) != "ok ok" {
		t.Errorf("%v %v", results, err)
	}
}

func TestReplaceGoesWhole(t *testing.T) {
	w := newTwin(t)
	n := 0
	w.handle["PUT /audience"] = func(out nethttp.ResponseWriter, in *nethttp.Request) { n++; answerJSON(out, 200, nil) }
	call := destinationCall(w, `'object': [{'_labels': ['contacts'], 'key': ['email'], 'operation': [{'_labels': ['replace'], 'method': 'PUT', 'path': '/audience', 'body': '[.records[].key.email]', 'evidence': 'status'}]}]`)
	v := New().Destination.Validate(context.Background(), call)
	if len(v.Problems) > 0 || !v.Objects[0].WholeSet {
		t.Fatalf("%+v", v)
	}
	out, err := New().Destination.Open(context.Background(), wire.WriteRequest{Call: call, Object: "contacts", Key: emailKey, Op: schema.OpReplace})
	if err != nil {
		t.Fatal(err)
	}
	for _, email := range []string{"a", "b"} {
		if results, err := out.Write(context.Background(), batchOf("replace", email)); results != nil || err != nil || n != 0 {
			t.Fatalf("%v %v %d", results, err, n)
		}
	}
	if _, err := out.Finish(context.Background()); err != nil || n != 1 || w.requests()[0].body != `["a","b"]` {
		t.Errorf("%v %+v", err, w.requests())
	}
}

func TestRateLimitAndConcurrency(t *testing.T) {
	w := newTwin(t)
	out := open(t, destinationCall(w, `'rate_limit': {'requests': 20, 'per': '1s'}, `+idempotent(true)))
	done := make(chan error, 6)
	for i := range 6 {
		go func() {
			_, err := out.Write(context.Background(), batchOf("upsert", fmt.Sprint(i, "@x")))
			done <- err
		}()
	}
	for range 6 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	log := w.requests()
	if took := log[5].at.Sub(log[0].at); took < 230*time.Millisecond {
		t.Errorf("6 requests at 20 a second took %s", took)
	}
}

func TestSecretsInEveryForm(t *testing.T) {
	secret := "s3cr&t/+w=rd ü"
	for name, auth := range map[string]string{
		"bearer": `{"bearer": %q}`, "basic": `{"basic": {"user": "me", "password": %q}}`, "header": `{"header": {"name": "X-Key", "value": %q}}`, "query": `{"query": {"name": "api_key", "value": %q}}`,
	} {
		t.Run(name, func(t *testing.T) {
			w := newTwin(t)
			w.fault = func(_ int, r twinRequest) *twinFault {
				echo := []string{secret, r.header.Get("Authorization"), r.header.Get("X-Key"), r.args.Encode(), base64.StdEncoding.EncodeToString([]byte(secret))}
				text, _ := json.Marshal(map[string]any{"error": strings.Join(echo, " | ")})
				return &twinFault{status: 422, body: string(text)}
			}
			call := destinationCall(w, idempotent(true))
			call.Settings = wire.Settings(strings.Replace(string(call.Settings), fmt.Sprintf(`{"bearer": %q}`, twinToken), fmt.Sprintf(auth, secret), 1))
			_, err := open(t, call).Write(context.Background(), batchOf("upsert", "a@x"))
			f := failureOf(t, err)
			for _, form := range append(forms(secret), forms("me:"+secret)...) {
				if strings.Contains(f.Message, form) {
					t.Errorf("%q is in %q", form, f.Message)
				}
			}
			sent := w.requests()[0]
			if name == "query" && sent.args.Get("api_key") != secret || name == "header" && sent.header.Get("X-Key") != secret {
				t.Errorf("request %+v", sent)
			}
		})
	}
}

func BenchmarkWrite1000(b *testing.B) {
	w := newTwin(b)
	out := open(b, destinationCall(w, strings.Replace(idempotent(true), `'max_records': 100`, `'max_records': 1000`, 1)))
	var emails []string
	for i := range 1000 {
		emails = append(emails, fmt.Sprintf("user%05d@shop.example", i))
	}
	batch := batchOf("upsert", emails...)
	var answer strings.Builder
	answer.WriteString(`{"results": [`)
	for i, e := range emails {
		if i > 0 {
			answer.WriteByte(',')
		}
		fmt.Fprintf(&answer, `{"email": %q, "ok": true}`, e)
	}
	answer.WriteString(`]}`)
	w.fault = func(int, twinRequest) *twinFault { return &twinFault{status: 200, body: answer.String()} }
	b.ReportAllocs()
	for b.Loop() {
		if _, err := out.Write(context.Background(), batch); err != nil {
			b.Fatal(err)
		}
	}
}
