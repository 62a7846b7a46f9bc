package sdk

import (
	"context"
	"errors"
	"io"
	"sync"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// source of operations: a wire.WriteSession.
type session interface {
	Next() (wire.OpBatch, error)
	Answer(r wire.BatchResult) error
	SetEvidence(evidence string)
}

// driver runs a Writer over the batches of one writing and sees to it that each operation is answered once.
type driver struct {
	destination Destination
	req         WriteRequest
	session     session

	mu       sync.Mutex
	deferred []answer // to be answered after Finish
	failed   error    // of answering: the host is gone
}

// answer is a batch that waits for its answer.
type answer struct {
	batch string
	ids   []string
}

func newDriver(d Destination, req WriteRequest, s session) *driver {
	return &driver{destination: d, req: req, session: s}
}

func (d *driver) run(ctx context.Context) error {
	var writer Writer
	err := guard("opening "+d.req.Object, wire.FailurePermanent, func() (err error) {
		writer, err = d.destination.Open(ctx, d.req)
		if err == nil && writer == nil {
			err = misuse("Open returned no writer")
		}
		return err
	})
	if err != nil {
		return d.refuse(err)
	}
	defer func() {
		_ = guard("aborting "+d.req.Object, wire.FailurePermanent, func() error { writer.Abort(); return nil })
	}()
	if err := d.writeAll(ctx, writer); err != nil {
		return err
	}
	return d.finish(ctx, writer)
}

// refuse answers every batch with why the writing could not be opened: none was sent.
func (d *driver) refuse(why error) error {
	failure := wire.AsFailure(why)
	for {
		b, err := d.session.Next()
		if errors.Is(err, io.EOF) {
			return failure
		}
		if err != nil {
			return err
		}
		b.Record.Release()
		if err := d.session.Answer(wire.BatchResult{BatchID: b.ID, Failure: failure}); err != nil {
			return err
		}
	}
}

// writeAll writes until the host says Finish. It returns after the last Write returned.
func (d *driver) writeAll(ctx context.Context, writer Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	free := make(chan struct{}, max(d.req.Concurrency, 1))
	var running sync.WaitGroup
	defer running.Wait()
	for {
		b, err := d.session.Next()
		if errors.Is(err, io.EOF) {
			running.Wait()
			return d.failed
		}
		if err != nil {
			cancel()
			return err
		}
		free <- struct{}{}
		running.Add(1)
		go func() {
			defer running.Done()
			defer func() { <-free }()
			d.writeOne(ctx, writer, b)
		}()
	}
}

func (d *driver) writeOne(ctx context.Context, writer Writer, b wire.OpBatch) {
	defer b.Record.Release()
	records, err := Records(b.Record)
	if err != nil {
		d.answer(wire.BatchResult{BatchID: b.ID, Failure: wire.AsFailure(err)})
		return
	}
	if len(records) == 0 {
		d.answer(wire.BatchResult{BatchID: b.ID})
		return
	}
	evidence := &batchEvidence{text: "results"}
	var results []Result
	err = guard("writing a batch of "+d.req.Object, FailureLost, func() (err error) {
		results, err = writer.Write(context.WithValue(ctx, evidenceKey{}, evidence),
			Batch{ID: b.ID, Op: b.Op, Arrow: b.Record, Records: records})
		return err
	})
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	switch {
	case err != nil:
		d.answer(wire.BatchResult{BatchID: b.ID, Failure: writeFailure(err)})
	case results == nil:
		d.mu.Lock()
		d.deferred = append(d.deferred, answer{batch: b.ID, ids: ids})
		d.mu.Unlock()
	default:
		out := wire.BatchResult{BatchID: b.ID, Evidence: evidence.text}
		if out.Results, out.Failure = wire.Settle(ids, results); out.Failure != nil {
			out.Evidence = ""
		}
		d.answer(out)
	}
}

// writeFailure types an error of Write. An untyped error does not say what the tool did, so its records are unknown.
func writeFailure(err error) *wire.Failure {
	var f *wire.Failure
	if errors.As(err, &f) {
		return f
	}
	return &wire.Failure{Kind: FailureLost, Message: err.Error()}
}

// answer answers a batch. Batches written at once answer one after another.
func (d *driver) answer(r wire.BatchResult) {
	err := d.session.Answer(r)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.failed == nil {
		d.failed = err
	}
}

func (d *driver) finish(ctx context.Context, writer Writer) error {
	var evidence string
	err := guard("finishing "+d.req.Object, FailureLost, func() (err error) {
		evidence, err = writer.Finish(ctx)
		return err
	})
	for _, a := range d.deferred {
		r := wire.BatchResult{BatchID: a.batch, Failure: wire.AsFailure(err)}
		if err == nil {
			r.Evidence = evidence
			r.Results = make([]wire.Result, len(a.ids))
			for i, id := range a.ids {
				r.Results[i] = wire.Result{ID: id, Outcome: wire.OK}
			}
		}
		d.answer(r)
	}
	d.session.SetEvidence(evidence)
	if err != nil {
		return wire.AsFailure(err)
	}
	return d.failed
}

type evidenceKey struct{}

type batchEvidence struct{ text string }

// SetEvidence says what the results of the batch being written were read from ("status 200", "returning"). ctx is that of
// Write. Without it, results returned by Write are evidence of themselves ("results").
func SetEvidence(ctx context.Context, evidence string) {
	if e, ok := ctx.Value(evidenceKey{}).(*batchEvidence); ok {
		e.text = evidence
	}
}
