package activation

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// twin is a tool with its connector in one: it keeps the true state, and can fail in the ways tools and connectors do.
type twin struct {
	mu       sync.Mutex
	object   schema.Object
	contacts map[string]map[string]any // by key
	strict   bool                      // one bad record refuses the batch
	unfit    bool                      // the connector can make no request of a bad record
	bad      func(id string) bool
	forget   func(id string) bool
	noop     string             // code of updates of what is not there; empty: they make it
	fault    func(n int) string // of write n: "", lose, drop, transient, unsent, busy, auth, die, liar, twice
	writes   []wire.OpBatch
	sent     []string // keys, as they arrived
	whole    [][]string
	log      []string
	deaths   int
	closed   int
}

func newTwin() *twin {
	limits := func(op schema.Op, records int, idempotent bool) schema.Operation {
		return schema.Operation{Op: op, MaxRecords: records, Idempotent: idempotent, Evidence: schema.EvidenceRecord}
	}
	return &twin{
		contacts: map[string]map[string]any{}, bad: func(string) bool { return false }, forget: func(string) bool { return false },
		fault: func(int) string { return "" },
		object: schema.Object{Name: "contacts", Readback: true, Operations: []schema.Operation{
			limits(schema.OpUpsert, 10, true), limits(schema.OpRemove, 1, true),
		}},
	}
}

func (t *twin) idempotent(yes bool) {
	for i := range t.object.Operations {
		t.object.Operations[i].Idempotent = yes
	}
}

func (t *twin) limit(op schema.Op, n int) {
	for i := range t.object.Operations {
		if t.object.Operations[i].Op == op {
			t.object.Operations[i].MaxRecords = n
		}
	}
}

func (t *twin) Spec(context.Context) (schema.Spec, error) { return schema.Spec{}, nil }
func (t *twin) Validate(context.Context, string, wire.Call) (wire.Validation, error) {
	return wire.Validation{}, nil
}
func (t *twin) Read(context.Context, wire.ReadRequest) (host.Reading, error) {
	return nil, errors.New("not a source")
}
func (t *twin) Alive() bool  { return true }
func (t *twin) Close() error { t.closed++; return nil }

func (t *twin) Readback(_ context.Context, _ wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.log = append(t.log, "readback")
	for id, fields := range t.contacts {
		text, err := json.Marshal(fields)
		if err != nil {
			return err
		}
		if err := yield(wire.ReadbackRecord{ID: id, Fields: text}); err != nil {
			return err
		}
	}
	return nil
}

func (t *twin) Write(_ context.Context, req wire.WriteRequest) (host.Writing, error) {
	return &twinWriting{twin: t, req: req, answers: make(chan wire.BatchResult, 1000), died: make(chan struct{})}, nil
}

type twinWriting struct {
	twin    *twin
	req     wire.WriteRequest
	answers chan wire.BatchResult
	died    chan struct{}
	held    []wire.OpBatch
	once    sync.Once
}

func (w *twinWriting) Send(_ context.Context, b wire.OpBatch) error {
	if w.req.Op == schema.OpReplace {
		w.held = append(w.held, b)
		return nil
	}
	answer, dies := w.twin.take(w.req, b)
	if dies {
		w.once.Do(func() { close(w.died) })
		return nil
	}
	for _, a := range answer {
		w.answers <- a
	}
	return nil
}

func (w *twinWriting) Receive(ctx context.Context) (wire.BatchResult, error) {
	select {
	case a, ok := <-w.answers:
		if !ok {
			return wire.BatchResult{}, io.EOF
		}
		return a, nil
	case <-w.died:
		return wire.BatchResult{}, &host.Death{Connector: "twin", Cause: "was killed by signal 9"}
	case <-ctx.Done():
		return wire.BatchResult{}, ctx.Err()
	}
}

func (w *twinWriting) Finish(context.Context) error {
	if w.req.Op == schema.OpReplace {
		w.twin.replace(w.req, w.held, w.answers)
	}
	close(w.answers)
	return nil
}

func (w *twinWriting) Close() error { return nil }

// replace makes the whole set what was sent.
func (t *twin) replace(req wire.WriteRequest, batches []wire.OpBatch, answers chan wire.BatchResult) {
	t.mu.Lock()
	defer t.mu.Unlock()
	fault := t.fault(len(t.whole) + 1)
	set := []string{}
	if !req.Append && fault != "transient" {
		t.contacts = map[string]map[string]any{}
	}
	for _, b := range batches {
		answer := wire.BatchResult{BatchID: b.ID, Evidence: "rename"}
		for i := range int(b.Record.NumRows()) {
			id := warehouse.Text(warehouse.Cell(b.Record.Column(0), i))
			set = append(set, id)
			if fault != "transient" {
				t.contacts[id] = fieldsOf(req, b.Record, i)
			}
			answer.Results = append(answer.Results, wire.Result{ID: id, Outcome: wire.OK})
		}
		switch fault {
		case "transient":
			answer.Results, answer.Failure = nil, &wire.Failure{Kind: wire.FailureTransient, Message: "disk full"}
		case "lose":
			answer.Results, answer.Failure = nil, &wire.Failure{Kind: wire.FailureLost, Message: "connection reset"}
		}
		answers <- answer
	}
	t.whole = append(t.whole, set)
}

// take does what a batch says, or fails at it.
func (t *twin) take(req wire.WriteRequest, b wire.OpBatch) (answers []wire.BatchResult, dies bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.unfit && t.anyBad(b) {
		return []wire.BatchResult{{BatchID: b.ID, Failure: &wire.Failure{Kind: wire.FailureUnfit, Code: "body", Message: "the program failed"}}}, false
	}
	t.writes = append(t.writes, b)
	t.log = append(t.log, string(b.Op))
	fault := t.fault(len(t.writes))
	fail := func(kind wire.FailureKind, message string) []wire.BatchResult {
		code, _, _ := strings.Cut(message, ":")
		if message == "connection reset" {
			code = "no_answer"
		}
		return []wire.BatchResult{{BatchID: b.ID, Failure: &wire.Failure{Kind: kind, Code: code, Message: message}}}
	}
	switch fault {
	case "drop":
		return fail(wire.FailureLost, "connection reset"), false
	case "transient":
		return fail(wire.FailureTransient, "503"), false
	case "unsent":
		out := fail(wire.FailureTransient, "connection refused")
		out[0].Failure.Code = wire.CodeNotSent
		return out, false
	case "auth":
		return fail(wire.FailureAuth, "401: bad token"), false
	case "busy":
		out := fail(wire.FailureRateLimit, "429")
		out[0].Failure.After = 37e9
		return out, false
	}
	result := t.do(req, b)
	switch fault {
	case "lose":
		return fail(wire.FailureLost, "connection reset"), false
	case "die":
		t.deaths++
		return nil, true
	case "liar":
		result.Results = append(result.Results, wire.Result{ID: "nobody", Outcome: wire.OK})
	case "twice":
		if len(result.Results) > 0 {
			result.Results = append(result.Results, result.Results[0])
		}
	}
	return []wire.BatchResult{result}, false
}

func (t *twin) anyBad(b wire.OpBatch) bool {
	for i := range int(b.Record.NumRows()) {
		if t.bad(warehouse.Text(warehouse.Cell(b.Record.Column(0), i))) {
			return true
		}
	}
	return false
}

func (t *twin) do(req wire.WriteRequest, b wire.OpBatch) wire.BatchResult {
	out := wire.BatchResult{BatchID: b.ID, Evidence: "results"}
	var ids []string
	for i := range int(b.Record.NumRows()) {
		ids = append(ids, warehouse.Text(warehouse.Cell(b.Record.Column(0), i)))
	}
	for _, id := range ids {
		if t.strict && t.bad(id) {
			out.Failure = &wire.Failure{Kind: wire.FailureRejected, Code: "400", Message: "one or more records are invalid"}
			return out
		}
	}
	for i, id := range ids {
		t.sent = append(t.sent, id)
		if t.bad(id) {
			out.Results = append(out.Results, wire.Result{ID: id, Outcome: wire.Rejected, Code: "invalid", Message: "no such mailbox: 7f3c of " + id})
			continue
		}
		if t.noop != "" && b.Op == schema.OpUpdate && t.contacts[id] == nil {
			out.Results = append(out.Results, wire.Result{ID: id, Outcome: wire.Noop, Code: t.noop})
			continue
		}
		switch b.Op {
		case schema.OpRemove, schema.OpDelete:
			delete(t.contacts, id)
		default:
			if t.contacts[id] == nil {
				t.contacts[id] = map[string]any{}
			}
			for name, v := range fieldsOf(req, b.Record, i) {
				t.contacts[id][name] = v
			}
		}
		if !t.forget(id) {
			out.Results = append(out.Results, wire.Result{ID: id, Outcome: wire.OK, RequestID: "r1"})
		}
	}
	return out
}

// fieldsOf are the fields that a record carries.
func fieldsOf(req wire.WriteRequest, record arrow.RecordBatch, i int) map[string]any {
	out := map[string]any{}
	bits, _ := warehouse.Cell(record.Column(2), i).([]byte)
	for c, f := range req.Fields {
		if bits == nil || bits[c/8]&(1<<(c%8)) != 0 {
			out[f.Name] = warehouse.Cell(record.Column(3+len(req.Key)+c), i)
		}
	}
	return out
}
