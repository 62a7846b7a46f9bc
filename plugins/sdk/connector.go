package sdk

import (
	"context"
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Words of the wire that authors use.
type (
	Call            = wire.Call
	StreamRequest   = wire.StreamRequest
	ObjectRequest   = wire.ObjectRequest
	Validation      = wire.Validation
	Problem         = wire.Problem
	ReadRequest     = wire.ReadRequest
	Reject          = wire.Reject
	WriteRequest    = wire.WriteRequest
	Result          = wire.Result
	Outcome         = wire.Outcome
	Failure         = wire.Failure
	FailureKind     = wire.FailureKind
	BatchLimits     = wire.BatchLimits
	Settings        = wire.Settings
	Estimate        = wire.Estimate
	ReadbackRequest = wire.ReadbackRequest
	ReadbackRecord  = wire.ReadbackRecord
)

// Connector is one outside system. Serve runs it as a process.
type Connector struct {
	Spec        schema.Spec
	Source      Source      // nil: not a source
	Destination Destination // nil: not a destination
}

// Source reads streams. Methods may be called from several goroutines at once, each with its own Call.
type Source interface {
	// Validate looks at the settings alone: no network, no file is opened.
	Validate(ctx context.Context, call Call) Validation
	// Check tries to reach the system with these settings. Only commands that are about connections call it.
	Check(ctx context.Context, call Call) error
	// Discover lists the streams there are, with their columns. It may use the network.
	Discover(ctx context.Context, call Call) ([]schema.Stream, error)
	// Read reads one stream into out: Schema, then rows, rejects and checkpoints, then Complete or Unchanged.
	// Returning an error leaves the stream incomplete; a *Failure says what kind of error it is.
	Read(ctx context.Context, req ReadRequest, out Emitter) error
}

// Emitter takes what a Source reads. Calls block while the host has not asked for more.
type Emitter interface {
	// Schema opens the stream. It must come first, once.
	Schema(columns []schema.Column, orderedByCursor bool, detection ...string) error
	// Batch sends rows as they are. The record must have the columns of Schema, in order.
	Batch(record arrow.RecordBatch) error
	// Row adds one row: a value per column of Schema (nil, bool, int64, float64, string, []byte, time.Time, json.RawMessage,
	// decimals as strings). Rows are batched. A value that does not fit its column returns a *ValueError and adds nothing.
	Row(values ...any) error
	// Scope names what the following rows come from (a file).
	Scope(name string) error
	// Reject sets a record aside.
	Reject(r Reject) error
	// Checkpoint says that everything so far is included; state comes back with the next read after it was committed.
	Checkpoint(state json.RawMessage) error
	// ScopeComplete and Complete end a scope or the stream: what was not sent does not exist.
	ScopeComplete(name string) error
	Complete() error
	// Unchanged ends the stream without rows: the source is as it was at req.State.
	Unchanged() error
	// Progress tells how far the read is; total 0 is not known.
	Progress(done, total int64, unit string)
	// Warn shows the user something that does not stop the read.
	Warn(summary, detail string)
}

// ValueError is a value that does not fit its column.
type ValueError struct {
	Column string
	Type   schema.Type
	Value  string // shortened
}

func (e *ValueError) Error() string {
	return e.Column + ": " + e.Value + " is not a " + e.Type.String()
}

// Destination keeps objects of a tool equal to what it is sent.
type Destination interface {
	// Validate looks at the settings alone and says what each object asked for can do.
	Validate(ctx context.Context, call Call) Validation
	// Check tries to reach the tool.
	Check(ctx context.Context, call Call) error
	// Open begins writing one object. Nothing is sent to the tool yet.
	Open(ctx context.Context, req WriteRequest) (Writer, error)
	// Readback reads what the tool has. Objects that cannot say so in Validate and return a permanent Failure here.
	Readback(ctx context.Context, req ReadbackRequest, yield func(ReadbackRecord) error) error
}

// Writer writes the batches of one object, one after another or, where the object allows it, several at once.
type Writer interface {
	// Write sends one batch, once: the host retries. It returns a Result per record; or, to answer only at Finish,
	// nil results and no error; or a *Failure for the whole batch. Records it does not answer are unknown.
	Write(ctx context.Context, batch Batch) ([]Result, error)
	// Finish ends the writing. With no error, all batches that were not answered yet are delivered; with one, none is.
	// It returns the evidence ("rename", "results").
	Finish(ctx context.Context) (evidence string, err error)
	// Abort ends the writing without its effect, as far as that is possible. It may follow Finish, and then does nothing.
	Abort()
}

// Batch is operations of one kind on records, sorted by key.
type Batch struct {
	ID      string // stable over retries
	Op      schema.Op
	Arrow   arrow.RecordBatch // as wire.OpBatch.Record
	Records []Record          // the same, record by record
}

// Record is one operation's record.
type Record struct {
	ID         string // answer with this
	CustomerID string
	Key        []Field
	Fields     []Field // only those carried: an absent field leaves what the tool has, a nil value clears it
}

// Field is a named value: nil, bool, int64, float64, string, []byte, time.Time, json.RawMessage, or json.Number for decimals.
type Field struct {
	Name  string
	Type  schema.Type
	Value any
}
