package http

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/sdktest"
	"github.com/cdp-engine/cdp/plugins/wire"
)

var contactFields = []schema.Column{{Name: "firstname", Type: schema.Type{Kind: schema.String}}, {Name: "ltv", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}}}

// written is an object of a fresh twin, with batches of records.
func written(t testing.TB, text string, batches ...sdktest.Operations) (sdktest.Target, *twin) {
	w := newTwin(t)
	return sdktest.Target{
		Request: wire.WriteRequest{Call: destinationCall(w, text), Object: "contacts", Key: emailKey, Fields: contactFields, RunID: "run1"},
		Batches: batches,
	}, w
}

func contact(email, name string) sdktest.Record {
	return sdktest.Record{Key: []any{email}, Fields: []any{name, "150.05"}}
}

func TestConformance(t *testing.T) {
	sdktest.Run(t, sdktest.Case{
		Connector: New(),
		Streams: []sdktest.Stream{
			{Name: "orders", Rows: 105, Setup: func(t testing.TB) wire.ReadRequest {
				return wire.ReadRequest{Call: orders(newTwin(t), 105), Stream: "orders"}
			}},
			{Name: "orders-from-a-cursor", Rows: 45, Setup: func(t testing.TB) wire.ReadRequest {
				return wire.ReadRequest{Call: orders(newTwin(t), 105), Stream: "orders", Cursor: "2026-05-01T00:00:06Z"}
			}},
			{Name: "bad-token", Fails: sdk.FailureAuth, Setup: func(t testing.TB) wire.ReadRequest {
				call := orders(newTwin(t), 5)
				call.Settings = wire.Settings(strings.Replace(string(call.Settings), twinToken, "another-token", 1))
				return wire.ReadRequest{Call: call, Stream: "orders"}
			}},
		},
		Objects: []sdktest.Object{
			{Name: "batches", Setup: func(t testing.TB) sdktest.Target {
				made, w := written(t, idempotent(true),
					sdktest.Operations{Op: schema.OpUpsert, Records: []sdktest.Record{contact("a@x", "Ann"), contact("b@x", "Bob")}},
					sdktest.Operations{Op: schema.OpUpsert, Records: []sdktest.Record{contact("c/é 😀@x", "Cy")}})
				made.Verify = func(t testing.TB) {
					if len(w.contacts) != 3 || w.contacts["c/é 😀@x"]["firstname"] != "Cy" {
						t.Errorf("the tool has %v", w.contacts)
					}
				}
				return made
			}},
			{Name: "removals", Setup: func(t testing.TB) sdktest.Target {
				made, w := written(t, idempotent(true), sdktest.Operations{Op: schema.OpRemove, Records: []sdktest.Record{contact("a@x", "")}})
				w.contacts["a@x"] = map[string]any{}
				made.Verify = func(t testing.TB) {
					if len(w.contacts) != 0 {
						t.Errorf("the tool has %v", w.contacts)
					}
				}
				return made
			}},
			{Name: "whole", Setup: func(t testing.TB) sdktest.Target {
				made, w := written(t, `'object': [{'_labels': ['contacts'], 'key': ['email'], 'operation': [{'_labels': ['replace'], 'method': 'POST', 'path': '/contacts/batch', 'body': '{contacts: [.records[] | .key]}', 'evidence': 'status'}]}]`,
					sdktest.Operations{Op: schema.OpReplace, Records: []sdktest.Record{contact("a@x", "Ann")}}, sdktest.Operations{Op: schema.OpReplace, Records: []sdktest.Record{contact("b@x", "Bob")}})
				made.Request.Op = schema.OpReplace
				made.Verify = func(t testing.TB) {
					if len(w.contacts) != 2 {
						t.Errorf("the tool has %v", w.contacts)
					}
				}
				return made
			}},
		},
	})
}
