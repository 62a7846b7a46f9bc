package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// writing is one object being written.
type writing struct {
	connector *connector
	stream    *wire.WriteStream
	ctx       context.Context
	cancel    context.CancelCauseFunc
	watch     *watch
	done      chan struct{} // closed when the pump ended

	mu       sync.Mutex
	owed     map[string][]string // batches sent and not answered: ids of their records
	finished bool
	answers  []wire.BatchResult
	ended    error
	news     chan struct{} // closed and replaced when answers or ended change
}

func (c *connector) Write(ctx context.Context, req wire.WriteRequest) (Writing, error) {
	if err := c.learn(ctx, req.Call); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	w := &writing{
		connector: c, ctx: ctx, cancel: cancel, watch: newWatch(c.host.options), done: make(chan struct{}),
		owed: make(map[string][]string), news: make(chan struct{}),
	}
	w.watch.busy()
	var err error
	if w.stream, err = c.client.Write(ctx, req); err != nil {
		cancel(nil)
		return nil, c.explain(ctx, err)
	}
	go w.pump()
	go w.watch.guard(ctx, cancel)
	return w, nil
}

// Send notes what is owed before the first byte leaves: an answer may come at any time.
func (w *writing) Send(ctx context.Context, batch wire.OpBatch) error {
	ids, err := idsOf(batch)
	if err != nil {
		return err
	}
	w.mu.Lock()
	_, twice := w.owed[batch.ID]
	ended, finished := w.ended, w.finished
	if !twice && ended == nil && !finished {
		w.owed[batch.ID] = ids
		w.watch.waiting()
		w.watch.progress()
	}
	w.mu.Unlock()
	switch {
	case ended != nil:
		return w.reason(ended)
	case twice || finished:
		return fmt.Errorf("sending a batch: it was sent before and not answered, or comes after Finish")
	}
	stop := context.AfterFunc(ctx, func() { w.cancel(context.Cause(ctx)) })
	defer stop()
	if err := w.stream.Send(batch); err != nil {
		w.mu.Lock()
		delete(w.owed, batch.ID)
		w.mu.Unlock()
		return w.connector.explain(w.ctx, err)
	}
	return nil
}

func idsOf(b wire.OpBatch) ([]string, error) {
	if b.Record.NumCols() == 0 {
		return nil, fmt.Errorf("sending a batch: it has no columns")
	}
	column, ok := b.Record.Column(0).(*array.String)
	if !ok {
		return nil, fmt.Errorf("sending a batch: its first column is not the record's key")
	}
	ids := make([]string, column.Len())
	for i := range ids {
		ids[i] = column.Value(i)
	}
	return ids, nil
}

// pump receives answers and holds them against what is owed.
func (w *writing) pump() {
	defer close(w.done)
	for {
		r, err := w.stream.Recv()
		if err == nil && r == nil {
			w.watch.alive()
			continue
		}
		w.watch.progress()
		if err == nil {
			err = w.answer(*r)
		}
		if err != nil {
			w.finishWith(err)
			return
		}
	}
}

func (w *writing) answer(r wire.BatchResult) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	ids, ok := w.owed[r.BatchID]
	if !ok {
		return breach("it answered a batch that it was not sent, or answered it twice")
	}
	delete(w.owed, r.BatchID)
	if len(w.owed) == 0 && !w.finished {
		w.watch.busy()
	}
	if r.Failure == nil {
		r.Results, r.Failure = wire.Settle(ids, r.Results)
	} else {
		r.Results = nil
	}
	w.clean(&r)
	w.answers = append(w.answers, r)
	w.tell()
	return nil
}

func (w *writing) clean(r *wire.BatchResult) {
	secrets := w.connector.host.secrets
	if r.Failure != nil {
		r.Failure, r.Evidence = w.connector.cleaned(r.Failure), ""
	}
	r.Evidence = secrets.clean(r.Evidence)
	for i := range r.Results {
		res := &r.Results[i]
		res.Code, res.Message, res.RequestID = secrets.clean(res.Code), secrets.clean(res.Message), secrets.clean(res.RequestID)
	}
}

// tell wakes Receive. The lock is held.
func (w *writing) tell() {
	close(w.news)
	w.news = make(chan struct{})
}

// finishWith ends the writing. A connector that ends in order and still owes answers has lost them.
func (w *writing) finishWith(err error) {
	w.mu.Lock()
	var failure *wire.Failure
	ordered := errors.Is(err, io.EOF) || errors.As(err, &failure)
	switch {
	case errors.Is(err, io.EOF) && !w.finished:
		err = breach("it finished a writing that was not finished")
	case errors.Is(err, io.EOF) && len(w.owed) > 0:
		err = breach("it finished a writing without answering %d of its batches", len(w.owed))
	}
	if ordered {
		for _, id := range slices.Sorted(maps.Keys(w.owed)) {
			w.answers = append(w.answers, wire.BatchResult{BatchID: id, Failure: &wire.Failure{
				Kind: wire.FailureLost, Code: "no_answer", Message: "the connector ended without answering this batch"}})
		}
		w.owed = make(map[string][]string)
	}
	w.watch.busy()
	w.ended = err
	w.tell()
	w.mu.Unlock()
	if !errors.Is(err, io.EOF) {
		_ = w.connector.explain(w.ctx, err)
	}
}

func (w *writing) reason(err error) error {
	if errors.Is(err, io.EOF) {
		return io.EOF
	}
	return w.connector.explain(w.ctx, err)
}

func (w *writing) Receive(ctx context.Context) (wire.BatchResult, error) {
	for {
		w.mu.Lock()
		if len(w.answers) > 0 {
			r := w.answers[0]
			w.answers = w.answers[1:]
			w.mu.Unlock()
			return r, nil
		}
		ended, news := w.ended, w.news
		w.mu.Unlock()
		if ended != nil {
			return wire.BatchResult{}, w.reason(ended)
		}
		select {
		case <-news:
		case <-ctx.Done():
			return wire.BatchResult{}, context.Cause(ctx)
		}
	}
}

func (w *writing) Finish(context.Context) error {
	w.mu.Lock()
	w.finished = true
	w.watch.waiting()
	w.mu.Unlock()
	if err := w.stream.Finish(); err != nil {
		return w.connector.explain(w.ctx, err)
	}
	return nil
}

// Close aborts a writing that is not finished, and gives the connector a moment to take it back.
func (w *writing) Close() error {
	w.mu.Lock()
	open := w.ended == nil
	w.mu.Unlock()
	if open && w.ctx.Err() == nil {
		_ = w.stream.Abort()
		select {
		case <-w.done:
		case <-time.After(w.connector.host.options.Grace):
		}
	}
	w.cancel(nil)
	return nil
}
