package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// reading is one stream being read.
type reading struct {
	connector *connector
	stream    *wire.ReadStream
	ctx       context.Context
	cancel    context.CancelCauseFunc
	watch     *watch
	items     chan item
	credit    int64

	mu    sync.Mutex
	owed  int64 // credit used up and not yet granted anew
	ended error // what Next returned last, once it is an error
}

// item is a message on its way from the pump to Next.
type item struct {
	message wire.Message
	cost    int64
	err     error
}

func (c *connector) Read(ctx context.Context, req wire.ReadRequest) (Reading, error) {
	return c.read(ctx, req, c.host.options.Credit)
}

func (c *connector) read(ctx context.Context, req wire.ReadRequest, credit int64) (*reading, error) {
	if err := c.learn(ctx, req.Call); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	r := &reading{connector: c, ctx: ctx, cancel: cancel, watch: newWatch(c.host.options), items: make(chan item, 2), credit: credit}
	var err error
	if r.stream, err = c.client.Read(ctx, req, credit); err != nil {
		cancel(nil)
		return nil, c.explain(ctx, err)
	}
	go r.pump()
	go r.watch.guard(ctx, cancel)
	return r, nil
}

// pump receives ahead of Next, as far as credit and two messages allow.
func (r *reading) pump() {
	var order readOrder
	for {
		r.watch.waiting()
		m, cost, err := r.stream.Recv()
		if err == nil && m == nil {
			r.watch.alive()
			continue
		}
		r.watch.progress()
		r.watch.busy()
		if err == nil {
			err = order.check(m)
		} else if errors.Is(err, io.EOF) && !order.ended {
			err = &wire.ProtocolError{What: "it ended a read without saying whether the stream is complete"}
		}
		if err != nil && m != nil {
			release(m)
			m = nil
		}
		select {
		case r.items <- item{m, cost, err}:
		case <-r.ctx.Done():
			if m != nil {
				release(m)
			}
			return
		}
		if err != nil {
			return
		}
	}
}

func release(m wire.Message) {
	if b, ok := m.(*wire.Batch); ok {
		b.Record.Release()
	}
}

func (r *reading) Next(ctx context.Context) (wire.Message, error) {
	r.mu.Lock()
	ended := r.ended
	r.mu.Unlock()
	if ended != nil {
		return nil, ended
	}
	select {
	case it := <-r.items:
		return r.take(it)
	default:
	}
	select {
	case it := <-r.items:
		return r.take(it)
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	case <-r.ctx.Done():
		return nil, r.end(context.Canceled)
	}
}

func (r *reading) take(it item) (wire.Message, error) {
	if it.err != nil {
		return nil, r.end(it.err)
	}
	if n, ok := it.message.(*wire.Notice); ok {
		n.Summary, n.Detail = r.connector.host.secrets.clean(n.Summary), r.connector.host.secrets.clean(n.Detail)
	}
	return it.message, r.repay(it.cost)
}

// repay grants anew what was taken, a good part of the credit at a time.
func (r *reading) repay(cost int64) error {
	r.mu.Lock()
	r.owed += cost
	grant := int64(0)
	if r.owed >= max(r.credit/8, 1) {
		grant, r.owed = r.owed, 0
	}
	r.mu.Unlock()
	if grant == 0 || r.credit == 0 {
		return nil
	}
	// A connector that ended meanwhile needs no credit: what it said last is still to come.
	_ = r.stream.Grant(grant)
	return nil
}

func (r *reading) end(err error) error {
	if !errors.Is(err, io.EOF) {
		err = r.connector.explain(r.ctx, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ended == nil {
		r.ended = err
	}
	return r.ended
}

func (r *reading) Committed(_ context.Context, checkpoint int64) error {
	if err := r.stream.Committed(checkpoint); err != nil {
		return r.connector.explain(r.ctx, err)
	}
	return nil
}

// Drain asks the connector to end at its next checkpoint.
func (r *reading) Drain(context.Context) error { return r.stream.Cancel(true) }

func (r *reading) Close() error {
	r.cancel(nil)
	for {
		select {
		case it := <-r.items:
			if it.message != nil {
				release(it.message)
			}
		default:
			return nil
		}
	}
}

// readOrder holds what came against the order the protocol asks for.
type readOrder struct {
	schema     bool
	rows       bool
	ended      bool
	checkpoint int64
	complete   map[string]bool
}

func (o *readOrder) check(m wire.Message) error {
	switch m.(type) {
	case *wire.Progress, *wire.Notice:
		return nil
	}
	if o.ended {
		return breach("it went on after the stream's end")
	}
	switch m := m.(type) {
	case *wire.Schema:
		o.schema = true
	case *wire.Batch:
		o.rows = true
		if o.complete[m.Scope] {
			return breach("it sent rows of a scope that it had completed")
		}
	case *wire.Reject:
		o.rows = true
	case *wire.Checkpoint:
		if m.ID <= o.checkpoint {
			return breach("its checkpoints do not rise: %d after %d", m.ID, o.checkpoint)
		}
		o.checkpoint = m.ID
	case *wire.Status:
		return o.status(m)
	}
	if !o.schema {
		return breach("it sent something before the schema")
	}
	return nil
}

func (o *readOrder) status(s *wire.Status) error {
	switch {
	case s.Scope != "":
		if o.complete == nil {
			o.complete = make(map[string]bool)
		}
		o.complete[s.Scope] = o.complete[s.Scope] || s.Complete
	case s.Unchanged && (s.Complete || o.rows):
		return breach("it sent rows and said that nothing changed")
	case s.Complete && !o.schema:
		return breach("it completed a stream without a schema")
	default:
		o.ended = true
	}
	return nil
}

func breach(format string, args ...any) error {
	return &wire.ProtocolError{What: fmt.Sprintf(format, args...)}
}
