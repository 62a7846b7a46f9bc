package http

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// taker is an Emitter that keeps what it is given.
type taker struct {
	columns    []schema.Column
	detection  []string
	rows       []map[string]any
	rejects    []sdk.Reject
	checkpoint bool
	complete   bool
}

func (k *taker) Schema(columns []schema.Column, _ bool, detection ...string) error {
	if k.columns != nil {
		return fmt.Errorf("schema came twice")
	}
	k.columns, k.detection = columns, detection
	return nil
}

func (k *taker) Row(values ...any) error {
	if len(values) != len(k.columns) {
		return fmt.Errorf("%d values for %d columns", len(values), len(k.columns))
	}
	row := map[string]any{}
	for i, c := range k.columns {
		row[c.Name] = values[i]
	}
	k.rows = append(k.rows, row)
	return nil
}

func (k *taker) Batch(arrow.RecordBatch) error           { return fmt.Errorf("not used") }
func (k *taker) Scope(string) error                      { return nil }
func (k *taker) Reject(r sdk.Reject) error               { k.rejects = append(k.rejects, r); return nil }
func (k *taker) Checkpoint(json.RawMessage) error        { k.checkpoint = true; return nil }
func (k *taker) ScopeComplete(string) error              { return nil }
func (k *taker) Complete() error                         { k.complete = true; return nil }
func (k *taker) Unchanged() error                        { return fmt.Errorf("not used") }
func (k *taker) Progress(done, total int64, unit string) {}
func (k *taker) Warn(summary, detail string)             {}

func (k *taker) types() string {
	var all []string
	for _, c := range k.columns {
		all = append(all, c.Name+" "+c.Type.String())
	}
	return strings.Join(all, ", ")
}

// settings are JSON with the twin's address and token put in; ' stands for ".
func settings(w *twin, text string) wire.Settings {
	text = strings.ReplaceAll(text, "'", `"`)
	base := fmt.Sprintf(`{"base_url": %q, "allow_private": true, "auth": {"bearer": %q}, "timeout": "2s", "retry": {"attempts": 3, "patience": "5s"}`, w.URL, twinToken)
	if strings.TrimSpace(text) != "" {
		base += ", " + text
	}
	return wire.Settings(base + "}")
}

func sourceCall(w *twin, account string, streams ...wire.StreamRequest) wire.Call {
	return wire.Call{Address: "source.api", Settings: settings(w, account), Streams: streams}
}

func streamOf(name, text string) wire.StreamRequest {
	return wire.StreamRequest{Name: name, Settings: wire.Settings("{" + strings.ReplaceAll(text, "'", `"`) + "}")}
}

func read(t *testing.T, call wire.Call, name string, change ...func(*wire.ReadRequest)) (*taker, error) {
	t.Helper()
	req := wire.ReadRequest{Call: call, Stream: name}
	for _, c := range change {
		c(&req)
	}
	k := &taker{}
	err := New().Source.Read(context.Background(), req, k)
	return k, err
}

func mustRead(t *testing.T, call wire.Call, name string, change ...func(*wire.ReadRequest)) *taker {
	t.Helper()
	k, err := read(t, call, name, change...)
	if err != nil {
		t.Fatalf("reading %s: %v", name, err)
	}
	return k
}

const contactsObject = `'object': [{'_labels': ['contacts'], 'key': ['email'], 'operation': [
	{'_labels': ['upsert'], 'method': 'POST', 'path': '/contacts/batch', 'batch': {'max_records': 100, 'max_bytes': '100000'},
	 'body': '{contacts: [.records[] | .key + .fields]}', 'idempotent': %s,
	 'results': '.results[] | {key: {email}, status: (if .ok then \'ok\' else \'rejected\' end), code, message: .error}'},
	{'_labels': ['remove'], 'method': 'DELETE', 'path': '/contacts/{key.email}', 'ok': [200, 204, 404]}],
	'readback': [{'path': '/contacts', 'query': {'limit': '2'}, 'records': '.contacts[] | {key: {email}, fields: del(.email)}', 'paginate': {'cursor': '.next', 'param': 'after'}}]}]`

func destinationCall(w *twin, text string) wire.Call {
	return wire.Call{Address: "destination.crm", Settings: settings(w, text), Objects: []wire.ObjectRequest{{Name: "contacts", Key: []string{"email"}}}}
}

var emailKey = []schema.Column{{Name: "email", Type: schema.Type{Kind: schema.String}}}

func open(t testing.TB, call wire.Call) sdk.Writer {
	t.Helper()
	w, err := New().Destination.Open(context.Background(), wire.WriteRequest{Call: call, Object: "contacts", Key: emailKey, RunID: "run1"})
	if err != nil {
		t.Fatalf("opening: %v", err)
	}
	return w
}

func batchOf(op schema.Op, emails ...string) sdk.Batch {
	b := sdk.Batch{ID: "batch-1", Op: op}
	for i, e := range emails {
		b.Records = append(b.Records, sdk.Record{
			ID: fmt.Sprintf("id%d", i), CustomerID: "cus_" + e,
			Key:    []sdk.Field{{Name: "email", Type: schema.Type{Kind: schema.String}, Value: e}},
			Fields: []sdk.Field{{Name: "ltv", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}, Value: json.Number("9999.99")}},
		})
	}
	return b
}

func outcomes(results []sdk.Result) string {
	var all []string
	for _, r := range results {
		all = append(all, string(r.Outcome))
	}
	return strings.Join(all, " ")
}

func failureOf(t *testing.T, err error) *sdk.Failure {
	t.Helper()
	f, ok := err.(*sdk.Failure)
	if !ok {
		t.Fatalf("want a failure, got %v", err)
	}
	return f
}
