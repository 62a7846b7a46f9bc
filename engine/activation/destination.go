package activation

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/plugins/host"
)

// destination is one account in a tool during a delivery: its connector, and how patient the host still is with it. Its
// syncs go one after another.
type destination struct {
	env    *DeliverEnv
	config *config.Destination
	policy policy

	mu        sync.Mutex
	connector host.Connector
	until     time.Time // no request before
	success   time.Time // the last one, or the first request
	exhausted string    // why the host has given up in this run; empty: it has not
}

// connect gives the running connector, started anew after it died.
func (d *destination) connect(ctx context.Context) (host.Connector, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.connector != nil {
		return d.connector, nil
	}
	c, err := d.env.Connect(ctx, d.config)
	if err != nil {
		return nil, err
	}
	d.connector = c
	return c, nil
}

// drop ends the connector.
func (d *destination) drop() {
	d.mu.Lock()
	c := d.connector
	d.connector = nil
	d.mu.Unlock()
	if c != nil {
		_ = c.Close()
	}
}

// ready waits until the destination may be asked again.
func (d *destination) ready(ctx context.Context) error {
	for {
		d.mu.Lock()
		now := d.env.Clock.Now()
		if d.success.IsZero() {
			d.success = now
		}
		wait := d.until.Sub(now)
		d.mu.Unlock()
		if wait <= 0 {
			return ctx.Err()
		}
		if err := d.env.Clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

// succeeded notes that the tool did something.
func (d *destination) succeeded() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.success = d.env.Clock.Now()
}

// hold lets no request out for a while. It gives up when that would end later than patience allows.
func (d *destination) hold(wait time.Duration, because string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	until := d.env.Clock.Now().Add(wait)
	if until.After(d.success.Add(d.policy.patience)) {
		d.exhausted = fmt.Sprintf("no success for %s: %s", d.policy.patience, because)
		return
	}
	if until.After(d.until) {
		d.until = until
	}
}

// givenUp says why nothing more is sent to this destination in this run.
func (d *destination) givenUp() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.exhausted
}
