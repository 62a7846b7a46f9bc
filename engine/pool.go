package engine

import (
	"context"
	"fmt"
	"sync"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/plugins/host"
)

// pool keeps connector processes. Each kind of connector has one process that its sources read through and that looks at
// settings; the first destination that writes shares it, others get one of their own, so that one that dies takes no
// other tool's delivery along.
type pool struct {
	project *Project
	host    *host.Host

	mu     sync.Mutex
	shared map[string]*starting      // by connector
	owned  map[string]host.Connector // by block address
	lent   map[string]string         // connector → block that has the shared process
}

// starting is a process that is being started, by one caller while others wait. One that died or could not be started is
// started anew for the next who asks.
type starting struct {
	mu        sync.Mutex
	connector host.Connector
}

func newPool(p *Project) *pool {
	return &pool{project: p, host: newHost(p), shared: map[string]*starting{}, owned: map[string]host.Connector{}, lent: map[string]string{}}
}

// command says how to start a connector: an executable of the author's own, or a built-in.
func (p *pool) command(name string) (host.Command, error) {
	if own, ok := p.project.config.Settings.Connectors[name]; ok && own.Path != "" {
		return host.Command{Name: name, Path: own.Path}, nil
	}
	if c, ok := p.project.opts.Builtins[name]; ok {
		return c, nil
	}
	return host.Command{}, fmt.Errorf("there is no connector %q", name)
}

// get returns the shared process of a connector.
func (p *pool) get(ctx context.Context, name string) (host.Connector, error) {
	p.mu.Lock()
	s := p.shared[name]
	if s == nil {
		s = &starting{}
		p.shared[name] = s
	}
	p.mu.Unlock()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.connector != nil && s.connector.Alive() {
		return s.connector, nil
	}
	c, err := p.start(ctx, name)
	if err != nil {
		return nil, err
	}
	s.connector = c
	return c, nil
}

// lease returns a process for the writing of one destination.
func (p *pool) lease(ctx context.Context, name string, block addr.Address) (host.Connector, error) {
	address := block.String()
	p.mu.Lock()
	if c := p.owned[address]; c != nil && c.Alive() {
		p.mu.Unlock()
		return c, nil
	}
	first := p.lent[name] == "" || p.lent[name] == address
	if first {
		p.lent[name] = address
	}
	p.mu.Unlock()
	if first {
		return p.get(ctx, name)
	}
	c, err := p.start(ctx, name)
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.owned[address] = c
	return c, nil
}

func (p *pool) start(ctx context.Context, name string) (host.Connector, error) {
	command, err := p.command(name)
	if err != nil {
		return nil, err
	}
	return p.host.Start(ctx, command)
}

func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	var wg sync.WaitGroup
	for _, s := range p.shared {
		wg.Go(func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			if s.connector != nil {
				_ = s.connector.Close()
			}
		})
	}
	for _, c := range p.owned {
		wg.Go(func() { _ = c.Close() })
	}
	wg.Wait()
}
