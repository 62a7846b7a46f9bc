package host

import (
	"context"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Command is how to start a connector: an executable and its arguments. Name is for messages.
type Command struct {
	Name string
	Path string
	Args []string
}

// Connector is a running connector.
type Connector interface {
	Spec(ctx context.Context) (schema.Spec, error)
	// Validate is offline. role is "source" or "destination".
	Validate(ctx context.Context, role string, call wire.Call) (wire.Validation, error)
	Read(ctx context.Context, req wire.ReadRequest) (Reading, error)
	Write(ctx context.Context, req wire.WriteRequest) (Writing, error)
	Readback(ctx context.Context, req wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error
	// Alive reports whether it can still be called: it has neither been closed nor died, as far as is known.
	Alive() bool
	Close() error
}

// Reading is one stream being read.
type Reading interface {
	// Next returns the next message, or io.EOF after the last. The host grants more credit as it is called.
	Next(ctx context.Context) (wire.Message, error)
	// Committed acknowledges a checkpoint after rows and cursor are committed.
	Committed(ctx context.Context, checkpoint int64) error
	Close() error
}

// Writing is one object being written. Send and Receive may be used from two goroutines.
type Writing interface {
	Send(ctx context.Context, batch wire.OpBatch) error
	// Receive returns the answer to some batch sent, in any order. A connector that died yields an error.
	Receive(ctx context.Context) (wire.BatchResult, error)
	// Finish says that no batch follows; answers still owed come from Receive, then io.EOF.
	Finish(ctx context.Context) error
	Close() error
}

// Errors a host returns are *wire.Failure (the connector's own) or *Death (the process).

// Death is a connector process that ended, hung or broke the protocol.
type Death struct {
	Connector string
	Cause     string // "killed by signal 9, likely out of memory", "did not answer for 30 s", "broke the protocol: …"
	Output    string // last lines of its stderr, redacted and capped
}

func (d *Death) Error() string { return "connector " + d.Connector + " " + d.Cause }
