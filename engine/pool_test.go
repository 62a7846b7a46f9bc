package engine

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"testing"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// TestMain lets the test binary be a connector's process.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "serve-toy" {
		sdk.Serve(sdk.Connector{Spec: schema.Spec{Name: "toy"}})
		return
	}
	os.Exit(m.Run())
}

func toyPool(t *testing.T) *pool {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	p := newPool(&Project{config: &config.Config{}, opts: Options{
		Log:      slog.New(slog.NewTextHandler(io.Discard, nil)),
		Builtins: map[string]Command{"toy": {Name: "toy", Path: self, Args: []string{"serve-toy"}}},
	}})
	t.Cleanup(p.close)
	return p
}

// A connector that died is started anew for the next who asks: else every retry of a delivery would meet the dead one.
func TestPoolStartsTheDeadAnew(t *testing.T) {
	ctx, p := context.Background(), toyPool(t)
	crm := addr.Address{Type: "destination", Name: "crm"}
	first, err := p.lease(ctx, "toy", crm)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := p.lease(ctx, "toy", crm); err != nil || again != first {
		t.Fatalf("a living one is kept: %v", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	var death *host.Death
	if _, err := first.Spec(ctx); !errors.As(err, &death) {
		t.Fatalf("a closed connector answers: %v", err)
	}
	second, err := p.lease(ctx, "toy", crm)
	if err != nil {
		t.Fatal(err)
	}
	if spec, err := second.Spec(ctx); err != nil || spec.Name != "toy" {
		t.Fatalf("the new one: %+v %v", spec, err)
	}
}

// A start that was interrupted is not remembered.
func TestPoolForgetsAFailedStart(t *testing.T) {
	p := toyPool(t)
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := p.get(ended, "toy"); err == nil {
		t.Skip("the process started in spite of the interruption")
	}
	if _, err := p.get(context.Background(), "toy"); err != nil {
		t.Fatalf("after an interrupted start: %v", err)
	}
}

// Each destination writes through a process of its own: one that dies takes no other delivery along.
func TestPoolKeepsDestinationsApart(t *testing.T) {
	ctx, p := context.Background(), toyPool(t)
	a, err := p.lease(ctx, "toy", addr.Address{Type: "destination", Name: "a"})
	if err != nil {
		t.Fatal(err)
	}
	b, err := p.lease(ctx, "toy", addr.Address{Type: "destination", Name: "b"})
	if err != nil {
		t.Fatal(err)
	}
	if a == b {
		t.Fatal("two destinations share a process")
	}
	_ = a.Close()
	if !b.Alive() {
		t.Error("the other died too")
	}
}
