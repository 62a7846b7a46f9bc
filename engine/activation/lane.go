package activation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// lane is the open writing of one object. Answers find the batch they belong to, in whatever order they come.
type lane struct {
	writing host.Writing
	stop    context.CancelFunc
	ended   chan struct{}

	mu      sync.Mutex
	waiting map[string]chan wire.BatchResult
	broken  error // no answer comes any more; io.EOF after Finish
}

// errProtocol is an answer that no connector in order gives.
var errProtocol = errors.New("the connector does not keep to the protocol")

func openLane(ctx context.Context, writing host.Writing) *lane {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	l := &lane{writing: writing, stop: stop, ended: make(chan struct{}), waiting: map[string]chan wire.BatchResult{}}
	go l.receive(ctx)
	return l
}

func (l *lane) receive(ctx context.Context) {
	defer close(l.ended)
	for {
		answer, err := l.writing.Receive(ctx)
		l.mu.Lock()
		if err == nil {
			to, ok := l.waiting[answer.BatchID]
			if ok {
				delete(l.waiting, answer.BatchID)
				to <- answer
				l.mu.Unlock()
				continue
			}
			err = fmt.Errorf("%w: it answered a batch that was not sent, or one twice", errProtocol)
		}
		l.broken = err
		for _, to := range l.waiting {
			close(to)
		}
		l.waiting = nil
		l.mu.Unlock()
		return
	}
}

// expect prepares for the answer to a batch.
func (l *lane) expect(id string) (chan wire.BatchResult, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken != nil {
		return nil, l.broken
	}
	if _, twice := l.waiting[id]; twice {
		return nil, fmt.Errorf("sending batch %s: it is under way", id)
	}
	to := make(chan wire.BatchResult, 1)
	l.waiting[id] = to
	return to, nil
}

// call sends a batch and waits for its answer. Sent is false if it certainly did not leave.
func (l *lane) call(ctx context.Context, b wire.OpBatch) (answer wire.BatchResult, sent bool, err error) {
	to, err := l.expect(b.ID)
	if err != nil {
		return wire.BatchResult{}, false, err
	}
	if err := l.writing.Send(ctx, b); err != nil {
		l.forget(b.ID)
		return wire.BatchResult{}, true, err // part of it may have arrived
	}
	select {
	case answer, ok := <-to:
		if !ok {
			return wire.BatchResult{}, true, l.err()
		}
		return answer, true, nil
	case <-ctx.Done():
		l.forget(b.ID)
		return wire.BatchResult{}, true, ctx.Err()
	}
}

func (l *lane) forget(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.waiting, id)
}

func (l *lane) err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.broken == nil || errors.Is(l.broken, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return l.broken
}

// isBroken reports whether the lane can take no more batches.
func (l *lane) isBroken() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.broken != nil
}

// finish says that no batch follows and waits for the end.
func (l *lane) finish(ctx context.Context) error {
	if err := l.writing.Finish(ctx); err != nil {
		return err
	}
	select {
	case <-l.ended:
	case <-ctx.Done():
		return ctx.Err()
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if errors.Is(l.broken, io.EOF) {
		return nil
	}
	return l.broken
}

// close ends the lane; without finish before it, what the connector holds back has no effect.
func (l *lane) close() {
	_ = l.writing.Close()
	l.stop()
	<-l.ended
}
