package host

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"time"

	"github.com/cdp-engine/cdp/plugins/wire"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// Options of a Host. The zero value is what cdp uses.
type Options struct {
	Redact []string                     // secrets that no output of a connector may show
	Env    []string                     // NAME=value, besides what every connector gets
	Output func(connector, line string) // what connectors print: redacted, escaped, capped; nil: kept for Death only

	StartTimeout time.Duration // from start to the first word; 0: 20 s
	CallTimeout  time.Duration // of Spec and Validate; 0: 30 s
	CheckTimeout time.Duration // of Check, Discover and Estimate; 0: 2 min
	Silence      time.Duration // without a sign of life while something is owed; 0: 30 s
	Stall        time.Duration // alive, but without a row, an answer or progress; 0: 15 min
	Grace        time.Duration // from being asked to end to being killed; 0: 500 ms
	Credit       int64         // bytes a source may send ahead; 0: 16 MiB
	TempDir      string        // where private directories are made; empty: the system's
}

func (o Options) withDefaults() Options {
	set := func(d *time.Duration, to time.Duration) {
		if *d <= 0 {
			*d = to
		}
	}
	set(&o.StartTimeout, 20*time.Second)
	set(&o.CallTimeout, 30*time.Second)
	set(&o.CheckTimeout, 2*time.Minute)
	set(&o.Silence, 30*time.Second)
	set(&o.Stall, 15*time.Minute)
	set(&o.Grace, 500*time.Millisecond)
	if o.Credit <= 0 {
		o.Credit = 16 << 20
	}
	if o.TempDir == "" {
		o.TempDir = os.TempDir()
	}
	return o
}

// Host starts connectors and looks after them. It is safe for several goroutines.
type Host struct {
	options Options
	secrets *redactor

	mu      sync.Mutex
	running map[*connector]bool
	swept   sync.Once
}

// New makes a host. Nothing is started yet.
func New(o Options) *Host {
	o = o.withDefaults()
	h := &Host{options: o, secrets: &redactor{}, running: make(map[*connector]bool)}
	h.secrets.add(o.Redact...)
	return h
}

// Redact adds secrets that no output and no error of a connector may show.
func (h *Host) Redact(secrets ...string) { h.secrets.add(secrets...) }

// Start starts a connector process and returns once it can be called. Errors are *Death.
func (h *Host) Start(ctx context.Context, command Command) (Connector, error) {
	h.swept.Do(func() { sweepPrivateDirs(h.options.TempDir) })
	ctx, cancel := context.WithTimeout(ctx, h.options.StartTimeout)
	defer cancel()
	p, err := startProcess(ctx, command, h.options, h.secrets)
	if err != nil {
		return nil, err
	}
	c, err := h.connect(command.Name, p.dial)
	if err != nil {
		p.kill()
		p.cleanUp()
		return nil, &Death{Connector: command.Name, Cause: "could not be called: " + err.Error()}
	}
	c.process = p
	p.followStdio(c.conn)
	return c, nil
}

// Connect calls a connector that already listens somewhere, such as in this process. Nothing of Start's protection
// applies: it is for tests.
func (h *Host) Connect(name string, dial func(context.Context) (net.Conn, error)) (Connector, error) {
	return h.connect(name, dial)
}

func (h *Host) connect(name string, dial func(context.Context) (net.Conn, error)) (*connector, error) {
	options := append(wire.DialOptions(),
		grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return dial(ctx) }),
	)
	conn, err := grpc.NewClient("passthrough:///connector", options...)
	if err != nil {
		return nil, fmt.Errorf("preparing the connection: %w", err)
	}
	c := &connector{host: h, name: name, conn: conn, client: wire.NewClient(conn)}
	h.mu.Lock()
	h.running[c] = true
	h.mu.Unlock()
	return c, nil
}

// Close ends all connectors that still run.
func (h *Host) Close() error {
	h.mu.Lock()
	all := make([]*connector, 0, len(h.running))
	for c := range h.running {
		all = append(all, c)
	}
	h.mu.Unlock()
	var wg sync.WaitGroup
	for _, c := range all {
		wg.Go(func() { _ = c.Close() })
	}
	wg.Wait()
	return nil
}

func (h *Host) forget(c *connector) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.running, c)
}
