package http

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/itchyny/gojq"
)

// writer writes one object: one request for each batch, sent once.
type writer struct {
	session *session
	object  *toolObject
	request sdk.WriteRequest
	keys    keyReader

	mu    sync.Mutex
	whole []sdk.Batch // of a replace, until Finish
	done  bool
}

// heldBriefly is a wait that is not worth a refusal.
const heldBriefly = 250 * time.Millisecond

// Write sends a batch. The rows of a replace are kept until Finish, for they go in one request.
func (w *writer) Write(ctx context.Context, batch sdk.Batch) ([]sdk.Result, error) {
	if w.request.Op == schema.OpReplace || batch.Op == schema.OpReplace {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.whole = append(w.whole, sdk.Batch{ID: batch.ID, Op: schema.OpReplace, Records: batch.Records})
		return nil, nil
	}
	op := w.object.operations[batch.Op]
	if op == nil {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"object", w.object.name}, Message: fmt.Sprintf("the object %q declares no operation %q", w.object.name, batch.Op)}
	}
	if len(batch.Records) == 0 {
		return []sdk.Result{}, nil
	}
	if len(batch.Records) > op.maxRecords {
		return nil, &sdk.Failure{Kind: sdk.FailurePermanent, Message: fmt.Sprintf("a batch of %d records was given to an operation that takes %d. This is a bug in cdp", len(batch.Records), op.maxRecords)}
	}
	return w.send(ctx, op, batch)
}

func (w *writer) send(ctx context.Context, op *operation, batch sdk.Batch) ([]sdk.Result, error) {
	r, err := w.build(ctx, op, batch)
	if err != nil {
		return nil, err
	}
	select {
	case w.session.slots <- struct{}{}:
	case <-ctx.Done():
		return nil, &sdk.Failure{Kind: sdk.FailureTransient, Code: sdk.CodeNotSent, Message: "it was interrupted before it was sent"}
	}
	defer func() { <-w.session.slots }()
	if wait := w.session.held(); wait > heldBriefly {
		return nil, &sdk.Failure{Kind: sdk.FailureRateLimit, Code: sdk.CodeHeld, After: wait, Message: r.method + " " + r.shown + ": the tool asked to wait"}
	} else if err := sleep(ctx, wait); err != nil {
		return nil, &sdk.Failure{Kind: sdk.FailureTransient, Code: sdk.CodeNotSent, Message: "it was interrupted before it was sent"}
	}
	got, err := w.session.send(ctx, r)
	if err != nil {
		return nil, asFailure(err)
	}
	return w.judge(ctx, op, batch, r, got)
}

// build makes the request. What some record's values make impossible (no value for the path, a body program that fails on
// them) is a batch that is unfit: the host halves it, and the others go.
func (w *writer) build(ctx context.Context, op *operation, batch sdk.Batch) (*request, error) {
	r, err := w.session.build(op.endpoint, w.values(batch))
	if err != nil {
		if code := valueCode(err); code != "" {
			return nil, &sdk.Failure{Kind: sdk.FailureUnfit, Code: code, Path: w.path(op, "path"), Message: err.Error() + "; it was not sent"}
		}
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: w.path(op, "path"), Message: op.endpoint.shown + ": " + err.Error()}
	}
	if op.body == nil {
		return r, nil
	}
	if r.body, err = w.body(ctx, op, batch); err != nil {
		return nil, w.bodyFailure(ctx, op, err)
	}
	r.contentType = op.contentType
	if op.maxBytes > 0 && len(r.body) > op.maxBytes {
		return nil, &sdk.Failure{Kind: sdk.FailureUnfit, Code: "too_large",
			Message: fmt.Sprintf("the body has %d bytes, more than max_bytes = %d; it was not sent", len(r.body), op.maxBytes)}
	}
	return r, nil
}

// valueCode names a template that failed for a record's values; empty: it fails for every record.
func valueCode(err error) string {
	switch {
	case errors.As(err, new(*noValue)), errors.As(err, new(*unsafePath)):
		return "invalid_path"
	case errors.As(err, new(*unsafeHeader)):
		return "invalid_header"
	}
	return ""
}

// bodyFailure says what a body program that failed means. One that runs for ever would do so for each half again.
func (w *writer) bodyFailure(ctx context.Context, op *operation, err error) error {
	f := &sdk.Failure{Kind: sdk.FailureUnfit, Code: "body", Path: w.path(op, "body")}
	switch {
	case ctx.Err() != nil:
		return &sdk.Failure{Kind: sdk.FailureTransient, Code: sdk.CodeNotSent, Message: "it was interrupted before it was sent"}
	case errors.Is(err, errTooLong):
		f.Kind = sdk.FailureConfig
	}
	f.Message = w.session.secrets.public("body of " + op.endpoint.shown + ": " + withoutValues(err.Error()) + "; it was not sent")
	return f
}

// body is the JSON of a batch.
func (w *writer) body(ctx context.Context, op *operation, batch sdk.Batch) ([]byte, error) {
	if op.shape != nil {
		return op.shape.body(batch), nil
	}
	value, err := op.body.first(ctx, bodyInput(batch, w.request.RunID))
	if err != nil {
		return nil, err
	}
	return gojq.Marshal(value)
}

func (w *writer) path(op *operation, argument string) []string {
	return []string{"object", w.object.name, "operation", string(op.op), argument}
}

// values looks up the names of a template for a batch.
func (w *writer) values(batch sdk.Batch) values {
	return func(name string) (string, bool) {
		switch name {
		case "batch.id":
			return batch.ID, true
		case "run.id":
			return w.request.RunID, w.request.RunID != ""
		}
		if len(batch.Records) != 1 {
			return "", false
		}
		record := batch.Records[0]
		if name == "customer_id" {
			return record.CustomerID, record.CustomerID != ""
		}
		fields := record.Fields
		rest, ok := strings.CutPrefix(name, "fields.")
		if !ok {
			rest, _ = strings.CutPrefix(name, "key.")
			fields = record.Key
		}
		for _, f := range fields {
			if f.Name == rest && f.Value != nil {
				return toText(jsonField(f)), true
			}
		}
		return "", false
	}
}

// judge reads the outcome of each record from the answer.
func (w *writer) judge(ctx context.Context, op *operation, batch sdk.Batch, r *request, got *answer) ([]sdk.Result, error) {
	switch {
	case op.isNoop(got.Status):
		sdk.SetEvidence(ctx, fmt.Sprintf("status %d", got.Status))
		return w.all(batch, sdk.Noop, got), nil
	case op.isOK(got.Status) && op.results == nil:
		sdk.SetEvidence(ctx, fmt.Sprintf("status %d", got.Status))
		return w.all(batch, sdk.OK, got), nil
	case op.isOK(got.Status):
		return w.results(ctx, op, batch, r, got)
	}
	f := w.session.statusFailure(r, got)
	if f == nil { // 2xx, but not what `ok` lists
		return nil, &sdk.Failure{Kind: sdk.FailureLost, Code: fmt.Sprint(got.Status), Path: w.path(op, "ok"),
			Message: fmt.Sprintf("%s %s: answered %d, which ok does not list", r.method, r.shown, got.Status)}
	}
	switch f.Kind {
	case sdk.FailureRejected:
		if words := w.session.secrets.clean(toolWords(got.body, got.Body)); words != "" {
			f.Message = words // the tool's own, for the record's owner
		}
	case sdk.FailureRateLimit:
		if f.After > 0 {
			w.session.hold(f.After)
		}
	case sdk.FailureTransient:
		if !op.idempotent && got.Status >= 500 && got.Status != 503 {
			f.Kind = sdk.FailureLost // it may have acted before it failed
		}
	}
	return nil, f
}

func (w *writer) all(batch sdk.Batch, outcome sdk.Outcome, got *answer) []sdk.Result {
	results := make([]sdk.Result, len(batch.Records))
	id := w.session.requestID(got)
	for i, r := range batch.Records {
		results[i] = sdk.Result{ID: r.ID, Outcome: outcome, Code: fmt.Sprint(got.Status), RequestID: id}
	}
	return results
}

// requestID is the tool's name for the request.
func (s *session) requestID(got *answer) string {
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Correlation-Id"} {
		if id := got.Header.Get(name); id != "" {
			return shorten(s.secrets.clean(tidy(id)), 200)
		}
	}
	return ""
}

// Finish sends what a replace has gathered.
func (w *writer) Finish(ctx context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.done {
		return "", nil
	}
	w.done = true
	if w.request.Op != schema.OpReplace && len(w.whole) == 0 {
		return "results", nil
	}
	op := w.object.operations[schema.OpReplace]
	if op == nil {
		return "", &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"object", w.object.name}, Message: fmt.Sprintf("the object %q declares no operation \"replace\"", w.object.name)}
	}
	batch := sdk.Batch{ID: w.request.RunID + "/" + w.object.name, Op: schema.OpReplace}
	if len(w.whole) > 0 {
		batch.ID = w.whole[0].ID
	}
	for _, part := range w.whole {
		batch.Records = append(batch.Records, part.Records...)
	}
	results, err := w.send(ctx, op, batch)
	if err != nil {
		return "", err
	}
	refused := 0
	for _, r := range results {
		if r.Outcome != sdk.OK && r.Outcome != sdk.Noop {
			refused++
		}
	}
	if refused > 0 {
		return "", &sdk.Failure{Kind: sdk.FailureLost, Message: fmt.Sprintf("the tool took %d of %d records; a replace is whole or nothing", len(results)-refused, len(results))}
	}
	return "status", nil
}

// Abort gives up what was gathered.
func (w *writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.whole, w.done = nil, true
}
