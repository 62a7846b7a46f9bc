package activation

import (
	"context"
	"encoding/json"
	"math/rand/v2"
	"time"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// Clock is the wall clock of deliveries: how long to wait, when something happened.
type Clock interface {
	Now() time.Time
	// Sleep waits, or returns the context's error as soon as it is done.
	Sleep(ctx context.Context, d time.Duration) error
}

type wallClock struct{}

func (wallClock) Now() time.Time { return time.Now() }

func (wallClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// policy is how patient the host is with one destination.
type policy struct {
	attempts    int           // of one batch
	patience    time.Duration // without any success, for the destination in this run
	concurrency int           // requests at a time
}

// Backoff between attempts: a random part of base doubled each time, at most cap.
const (
	backoffBase = 200 * time.Millisecond
	backoffCap  = 10 * time.Second
)

func backoff(attempt int) time.Duration {
	d := backoffCap
	if attempt < 7 {
		d = min(backoffBase<<(attempt-1), backoffCap)
	}
	return rand.N(d) + time.Millisecond
}

// policyOf reads `retry` and `concurrency` of a destination block.
func policyOf(settings wire.Settings) policy {
	p := policy{attempts: 5, patience: time.Minute, concurrency: 1}
	var s struct {
		Retry struct {
			Attempts json.Number `json:"attempts"`
			Patience string      `json:"patience"`
		} `json:"retry"`
		Concurrency json.Number `json:"concurrency"`
	}
	if len(settings) == 0 || json.Unmarshal(settings, &s) != nil {
		return p // a connector with another idea of these words has the defaults
	}
	if n, err := s.Retry.Attempts.Int64(); err == nil && n > 0 {
		p.attempts = int(n)
	}
	if d, err := time.ParseDuration(s.Retry.Patience); err == nil && d > 0 {
		p.patience = d
	}
	if n, err := s.Concurrency.Int64(); err == nil && n > 0 {
		p.concurrency = int(min(n, 64))
	}
	return p
}
