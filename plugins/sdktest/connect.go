package sdktest

import (
	"context"
	"net"
	"os"
	"testing"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"
)

// mainRan says that this binary can serve as a connector.
var mainRan bool

// Main runs the tests of a package, or, when the host started the test binary as a connector, the connector of that name.
// Say it in TestMain: func TestMain(m *testing.M) { sdktest.Main(m, vcard.Connector()) }
func Main(m *testing.M, connectors ...sdk.Connector) {
	if os.Getenv(wire.CookieKey) == wire.CookieValue {
		for _, c := range connectors {
			if len(os.Args) > 1 && os.Args[1] == c.Spec.Name {
				sdk.Serve(c)
				return
			}
		}
		os.Exit(1)
	}
	mainRan = true
	os.Exit(m.Run())
}

// Self is the command that starts this test binary as one of Main's connectors.
func Self(name string) host.Command {
	path, err := os.Executable()
	if err != nil {
		panic(err)
	}
	return host.Command{Name: name, Path: path, Args: []string{name}}
}

// Memory runs a connector in this process and calls it through the same protocol as any other.
func Memory(t testing.TB, h *host.Host, c sdk.Connector) host.Connector {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := sdk.NewServer(c)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	connector, err := h.Connect(c.Spec.Name, func(ctx context.Context) (net.Conn, error) { return listener.DialContext(ctx) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connector.Close() })
	return connector
}

// Process starts a connector as a process.
func Process(t testing.TB, h *host.Host, command host.Command) host.Connector {
	t.Helper()
	connector, err := h.Start(t.Context(), command)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = connector.Close() })
	return connector
}

// dialMemory calls a connector in this process with the bare protocol, without a host.
func dialMemory(t testing.TB, c sdk.Connector) *wire.Client {
	t.Helper()
	listener := bufconn.Listen(1 << 20)
	server := sdk.NewServer(c)
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(server.Stop)
	options := append(wire.DialOptions(), grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return listener.DialContext(ctx) }))
	conn, err := grpc.NewClient("passthrough:///connector", options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return wire.NewClient(conn)
}
