package sdk

import (
	"context"
	"fmt"
	"os"
	"sync"

	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// Serve runs a connector as a process: it answers the host until the host is done or gone. A connector's main calls it and
// nothing else. Started by hand it says what it is and exits with 1.
func Serve(c Connector) {
	if os.Getenv(wire.CookieKey) != wire.CookieValue {
		fmt.Fprintf(os.Stderr, "%s is a connector of cdp. cdp starts it by itself; it does nothing on its own.\n", c.Spec.Name)
		os.Exit(1)
	}
	watchLifeline()
	stdio := restoreStdio()
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: plugin.HandshakeConfig{
			ProtocolVersion: wire.ProtocolVersion, MagicCookieKey: wire.CookieKey, MagicCookieValue: wire.CookieValue,
		},
		VersionedPlugins: map[int]plugin.PluginSet{
			wire.ProtocolVersion: {wire.PluginName: &served{connector: c}},
		},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return newServer(append(opts, grpc.ChainUnaryInterceptor(stdio.unary), grpc.ChainStreamInterceptor(stdio.stream))...)
		},
		Logger: hclog.NewNullLogger(),
	})
}

// NewServer is the connector as a gRPC server that is not yet listening: for tests, in memory.
func NewServer(c Connector) *grpc.Server {
	s := newServer()
	register(s, c)
	return s
}

func newServer(opts ...grpc.ServerOption) *grpc.Server {
	return grpc.NewServer(append(wire.ServerOptions(), opts...)...)
}

func register(s *grpc.Server, c Connector) {
	var src wire.SourceServer
	var dst wire.DestinationServer
	if c.Source != nil {
		src = sourceServer{source: c.Source, spec: c.Spec}
	}
	if c.Destination != nil {
		dst = destinationServer{destination: c.Destination, spec: c.Spec}
	}
	wire.Register(s, connectorServer{c}, src, dst)
}

// served is the connector as go-plugin wants it.
type served struct {
	plugin.NetRPCUnsupportedPlugin
	connector Connector
}

func (p *served) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	register(s, p.connector)
	return nil
}

func (p *served) GRPCClient(context.Context, *plugin.GRPCBroker, *grpc.ClientConn) (any, error) {
	return nil, fmt.Errorf("a connector is called by the host only")
}

// stdio undoes what go-plugin does to os.Stdout and os.Stderr: it replaces them by pipes that block once nobody reads them
// and lose what was written last before an exit. Both go to the real standard error, which the host reads.
type stdio struct {
	once sync.Once
	err  *os.File
}

func restoreStdio() *stdio { return &stdio{err: os.Stderr} }

func (s *stdio) restore() { s.once.Do(func() { os.Stdout, os.Stderr = s.err, s.err }) }

func (s *stdio) unary(ctx context.Context, req any, _ *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	s.restore()
	return next(ctx, req)
}

func (s *stdio) stream(srv any, ss grpc.ServerStream, _ *grpc.StreamServerInfo, next grpc.StreamHandler) error {
	s.restore()
	return next(srv, ss)
}
