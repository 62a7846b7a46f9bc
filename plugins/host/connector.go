package host

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Inspector is what every Connector of this package can do besides: look at a system. Only the commands that are about
// connections call it.
type Inspector interface {
	Check(ctx context.Context, role string, call wire.Call) error
	DiscoverStreams(ctx context.Context, call wire.Call) ([]schema.Stream, error)
	DiscoverObjects(ctx context.Context, call wire.Call) ([]schema.Object, error)
	Estimate(ctx context.Context, req wire.ReadRequest) (wire.Estimate, error)
}

// connector is a connector that can be called, in a process of its own or not.
type connector struct {
	host    *Host
	name    string
	conn    *grpc.ClientConn
	client  *wire.Client
	process *process // nil: not started by us

	mu     sync.Mutex
	spec   *schema.Spec
	death  *Death // why it can no longer be called
	closed sync.Once
}

var _ Inspector = (*connector)(nil)

// Spec asks once and remembers.
func (c *connector) Spec(ctx context.Context) (schema.Spec, error) {
	c.mu.Lock()
	known := c.spec
	c.mu.Unlock()
	if known != nil {
		return *known, nil
	}
	var spec schema.Spec
	err := c.call(ctx, c.host.options.CallTimeout, func(ctx context.Context) (err error) {
		spec, err = c.client.Spec(ctx)
		return err
	})
	if err == nil && spec.Name == "" {
		err = c.broken("its spec has no name")
	}
	if err != nil {
		return schema.Spec{}, err
	}
	c.mu.Lock()
	c.spec = &spec
	c.mu.Unlock()
	return spec, nil
}

func (c *connector) Validate(ctx context.Context, role string, call wire.Call) (wire.Validation, error) {
	var v wire.Validation
	if err := c.learn(ctx, call); err != nil {
		return v, err
	}
	err := c.call(ctx, c.host.options.CallTimeout, func(ctx context.Context) (err error) {
		v, err = c.client.Validate(ctx, role, call)
		return err
	})
	for i, p := range v.Problems {
		v.Problems[i].Summary, v.Problems[i].Detail = c.host.secrets.clean(p.Summary), c.host.secrets.clean(p.Detail)
	}
	return v, err
}

func (c *connector) Check(ctx context.Context, role string, call wire.Call) error {
	if err := c.learn(ctx, call); err != nil {
		return err
	}
	return c.call(ctx, c.host.options.CheckTimeout, func(ctx context.Context) error { return c.client.Check(ctx, role, call) })
}

func (c *connector) DiscoverStreams(ctx context.Context, call wire.Call) (streams []schema.Stream, err error) {
	if err := c.learn(ctx, call); err != nil {
		return nil, err
	}
	err = c.call(ctx, c.host.options.CheckTimeout, func(ctx context.Context) (err error) {
		streams, err = c.client.DiscoverStreams(ctx, call)
		return err
	})
	return streams, err
}

func (c *connector) DiscoverObjects(ctx context.Context, call wire.Call) (objects []schema.Object, err error) {
	if err := c.learn(ctx, call); err != nil {
		return nil, err
	}
	err = c.call(ctx, c.host.options.CheckTimeout, func(ctx context.Context) (err error) {
		objects, err = c.client.DiscoverObjects(ctx, call)
		return err
	})
	return objects, err
}

func (c *connector) Estimate(ctx context.Context, req wire.ReadRequest) (e wire.Estimate, err error) {
	if err := c.learn(ctx, req.Call); err != nil {
		return e, err
	}
	err = c.call(ctx, c.host.options.CheckTimeout, func(ctx context.Context) (err error) {
		e, err = c.client.Estimate(ctx, req)
		return err
	})
	return e, err
}

func (c *connector) Readback(ctx context.Context, req wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error {
	if err := c.learn(ctx, req.Call); err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	w := newWatch(c.host.options)
	go w.guard(ctx, cancel)
	var stopped error // the caller's own reason to stop
	err := c.client.Readback(ctx, req, w.alive, func(r wire.ReadbackRecord) error {
		w.progress()
		w.busy()
		defer w.waiting()
		stopped = yield(r)
		return stopped
	})
	if stopped != nil {
		return stopped
	}
	return c.explain(ctx, err)
}

// call makes one call with a deadline: go-plugin and gRPC have none of their own.
func (c *connector) call(ctx context.Context, limit time.Duration, f func(context.Context) error) error {
	c.mu.Lock()
	dead := c.death
	c.mu.Unlock()
	if dead != nil {
		return dead
	}
	limited, cancel := context.WithTimeoutCause(ctx, limit, &silence{limit})
	defer cancel()
	return c.explain(limited, f(limited))
}

// silence is the cause of a context that ended because a connector said nothing for too long.
type silence struct{ limit time.Duration }

func (s *silence) Error() string { return fmt.Sprintf("did not answer for %s", spoken(s.limit)) }

// stall is the cause when a connector lives but gets nowhere.
type stall struct{ limit time.Duration }

func (s *stall) Error() string { return fmt.Sprintf("made no progress for %s", spoken(s.limit)) }

// spoken is a duration as one says it: "30 s", "15 min".
func spoken(d time.Duration) string {
	switch {
	case d >= time.Minute && d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	case d >= time.Second:
		return fmt.Sprintf("%.3g s", d.Seconds())
	}
	return fmt.Sprintf("%d ms", d.Milliseconds())
}

// explain turns an error of a call into what callers are promised: the connector's *wire.Failure, a *Death, or the
// caller's own context error.
func (c *connector) explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var failure *wire.Failure
	if errors.As(err, &failure) {
		return c.cleaned(failure)
	}
	var protocol *wire.ProtocolError
	if errors.As(err, &protocol) {
		return c.broken(protocol.What)
	}
	overdue(ctx, err)
	cause := context.Cause(ctx)
	var silent *silence
	var stalled *stall
	switch {
	case errors.As(cause, &silent) || errors.As(cause, &stalled):
		return c.dies(cause.Error())
	case cause != nil:
		return cause
	}
	switch status.Code(err) {
	case codes.Unimplemented:
		return c.cleaned(&wire.Failure{Kind: wire.FailureConfig, Code: "unsupported",
			Message: "connector " + c.name + " does not do this", Detail: "Its spec does not offer what was asked of it."})
	case codes.ResourceExhausted:
		return c.broken(fmt.Sprintf("a message was larger than %d MiB", wire.MaxMessage>>20))
	}
	if c.process != nil {
		if how, dead := c.process.ended(2 * time.Second); dead {
			return c.dies(how)
		}
	}
	c.mu.Lock()
	closing := c.death
	c.mu.Unlock()
	if closing != nil {
		return closing
	}
	return c.dies("broke its connection")
}

// overdue waits for the deadline of a call that ended for it. The other side has the deadline as well and may find it past a
// moment before we do.
func overdue(ctx context.Context, err error) {
	deadline, ok := ctx.Deadline()
	if ok && status.Code(err) == codes.DeadlineExceeded && time.Until(deadline) < time.Second {
		<-ctx.Done()
	}
}

// broken is for a connector that broke the protocol. It is not called again.
func (c *connector) broken(what string) *Death {
	return c.dies("broke the protocol: " + c.host.secrets.clean(what))
}

// dies records why a connector can no longer be called, and ends it. The first reason counts.
func (c *connector) dies(cause string) *Death {
	c.mu.Lock()
	if c.death == nil {
		c.death = &Death{Connector: c.name, Cause: cause}
		if c.process != nil {
			c.death.Output = c.process.output.tail()
		}
	}
	d := c.death
	c.mu.Unlock()
	if c.process != nil {
		c.process.kill()
	}
	return d
}

func (c *connector) cleaned(f *wire.Failure) *wire.Failure {
	out := *f
	out.Message, out.Detail = c.host.secrets.clean(f.Message), c.host.secrets.clean(f.Detail)
	out.Code, out.RequestID = c.host.secrets.clean(f.Code), c.host.secrets.clean(f.RequestID)
	return &out
}

// Alive reports whether the connector can still be called.
func (c *connector) Alive() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.death == nil
}

// Close ends the connector. A process is asked first and killed a moment later.
func (c *connector) Close() error {
	c.closed.Do(func() {
		c.mu.Lock()
		if c.death == nil {
			c.death = &Death{Connector: c.name, Cause: "was closed"}
		}
		c.mu.Unlock()
		if c.process != nil {
			c.process.stop(func(ctx context.Context) { shutdown(ctx, c.conn) })
		}
		_ = c.conn.Close()
		c.host.forget(c)
	})
	return nil
}
