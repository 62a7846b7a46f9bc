package host

import (
	"context"
	"sync"
	"time"
)

// watch measures how long a connector owes something. It runs only while we wait for the connector, never while the
// connector waits for us.
type watch struct {
	silence, stall time.Duration

	mu    sync.Mutex
	idle  bool      // we owe, the connector does not
	heard time.Time // any sign of life
	moved time.Time // rows, answers, progress
}

func newWatch(o Options) *watch {
	now := time.Now()
	return &watch{silence: o.Silence, stall: o.Stall, heard: now, moved: now}
}

// alive notes a sign of life.
func (w *watch) alive() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = time.Now()
}

// progress notes that something came that was waited for.
func (w *watch) progress() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.heard = time.Now()
	w.moved = w.heard
}

// busy stops the clocks: it is our turn.
func (w *watch) busy() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.idle = true
}

// waiting starts the clocks anew: it is the connector's turn.
func (w *watch) waiting() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.idle {
		w.idle = false
		w.heard = time.Now()
		w.moved = w.heard
	}
}

// late is the reason to give up on the connector, if there is one.
func (w *watch) late() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.idle:
		return nil
	case time.Since(w.heard) > w.silence:
		return &silence{w.silence}
	case time.Since(w.moved) > w.stall:
		return &stall{w.stall}
	}
	return nil
}

// guard cancels once the connector is late.
func (w *watch) guard(ctx context.Context, cancel context.CancelCauseFunc) {
	tick := time.NewTicker(max(min(w.silence, w.stall)/8, 5*time.Millisecond))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			if err := w.late(); err != nil {
				cancel(err)
				return
			}
		}
	}
}
