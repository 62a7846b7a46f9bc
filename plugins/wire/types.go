package wire

import (
	"encoding/json"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Settings are the values of one HCL block, decoded against the connector's spec: one JSON object, arguments by name,
// nested blocks as lists of objects (labels under "_labels"). Arguments that were not given and have no default are
// absent. Numbers are exact. Secrets are in it in clear: it is never logged and never stored.
type Settings json.RawMessage

// Call is the configuration of one connector account: the source or destination block and what is in it.
type Call struct {
	Address  string          // source.shop
	Settings Settings        // of the block
	Streams  []StreamRequest // of a source: every stream declared
	Objects  []ObjectRequest // of a destination: every object a sync names
}

// The roles a connector can have.
const (
	RoleSource      = "source"
	RoleDestination = "destination"
)

// StreamRequest is one declared stream.
type StreamRequest struct {
	Name       string
	Settings   Settings        // the stream's own arguments
	PrimaryKey []string        // as written; nil: none
	Cursor     string          // column; empty: none
	Pinned     []schema.Column // `columns` of the stream
}

// ObjectRequest is one object a sync asks for.
type ObjectRequest struct {
	Name   string
	Key    []string
	Fields []string
}

// Estimate is how much a read would yield. Known false: the source cannot say.
type Estimate struct {
	Known       bool
	Rows, Bytes int64
}

// Validation is a connector's offline answer to a Call.
type Validation struct {
	Problems []Problem
	Streams  []schema.Stream // one per StreamRequest without a problem; columns nil where not known offline
	Objects  []schema.Object // one per ObjectRequest without a problem
}

// Problem is something wrong with the configuration. Path leads to the argument: "stream", "orders", "paginate", "cursor".
type Problem struct {
	Path    []string
	Warning bool
	Summary string
	Detail  string
	Offset  int // byte offset inside the argument's text, for programs (jq, templates); -1: the whole argument
}

// ReadRequest asks for one stream.
type ReadRequest struct {
	Call    Call
	Stream  string
	Columns []schema.Column // types pinned by the user or kept from earlier loads; others are found
	Kept    []schema.Column // columns the raw table has; a value that does not fit is a reject
	Cursor  string          // newest cursor value committed, canonical text; empty: from the start
	Lag     time.Duration   // re-read this much before Cursor
	State   json.RawMessage // the connector's own state of the last committed checkpoint; nil: none
	Full    bool            // everything is wanted: full refresh. State only helps to see that nothing changed
	Batch   BatchLimits
}

// BatchLimits bound one Arrow batch.
type BatchLimits struct {
	Rows  int // at most 65,536
	Bytes int // about 4 MiB
}

// Message is one thing a read yields: *Schema, *Batch, *Reject, *Checkpoint, *Status, *Progress or *Notice.
type Message interface{ message() }

// Schema opens a stream: columns and how the source is ordered. It comes once, before the first Batch.
type Schema struct {
	Columns         []schema.Column
	OrderedByCursor bool
	Detection       []string // what to tell the user of how types were found (a column kept as text, with line and value)
}

// Batch is rows. Scope names what they came from (a file), for streams without a key.
type Batch struct {
	Record arrow.RecordBatch
	Scope  string
}

// Reject is a record that could not become a row, kept whole.
type Reject struct {
	Position string // "orders.csv:290002"
	Column   string // empty: the record as a whole
	Code     string // "type", "malformed", "too_large"
	Reason   string
	Record   string // the record as text, whole
	Key      string // its key as canonical text (values of the primary key: one plain, several as a JSON list), if it can be read; else empty
}

// Checkpoint says that everything before it is included. State goes back with the next read once committed.
type Checkpoint struct {
	ID    int64
	State json.RawMessage
}

// Status ends a scope or the stream (Scope empty). Only Complete permits deletes by absence. Unchanged: the source was
// looked at and is as it was at the committed state; no rows were sent.
type Status struct {
	Scope     string
	Complete  bool
	Unchanged bool
}

// Progress is how far a read is. Total 0: not known. Unit is "rows" or "bytes".
type Progress struct {
	Done, Total int64
	Unit        string
}

// Notice is a warning from the connector, shown to the user.
type Notice struct{ Summary, Detail string }

func (*Schema) message()     {}
func (*Batch) message()      {}
func (*Reject) message()     {}
func (*Checkpoint) message() {}
func (*Status) message()     {}
func (*Progress) message()   {}
func (*Notice) message()     {}

// WriteRequest opens the writing of one object.
type WriteRequest struct {
	Call   Call
	Object string
	Op     schema.Op       // OpReplace for whole sets and for append of a file; else empty: each batch says its own
	Key    []schema.Column // typed key columns, in the order of the sync
	Fields []schema.Column // typed field columns
	RunID  string
	AsOf   time.Time // the run's clock, for {date} in names
	Append bool      // a new file of these rows rather than replacing the object
	// Concurrency is how many batches may be written at once; 0 and 1: one after another.
	Concurrency int
}

// OpBatch is operations of one kind. Record has columns: "id" (the record's key as canonical JSON; unique in the batch),
// "customer_id" (may be null), "present" (binary, a bit per field, lowest bit of the first byte first: set = carried;
// null = all), then key columns, then field columns, as WriteRequest names them (keys prefixed "key.", fields "field.").
type OpBatch struct {
	ID     string // stable over retries of the same batch
	Op     schema.Op
	Record arrow.RecordBatch
}

// Outcome of one record.
type Outcome string

// The outcomes. Noop: the tool already was so. Retry: not done, may be tried again after a while.
const (
	OK       Outcome = "ok"
	Noop     Outcome = "noop"
	Rejected Outcome = "rejected"
	Retry    Outcome = "retry"
	Unknown  Outcome = "unknown"
)

// Result answers one record of a batch.
type Result struct {
	ID        string // as sent
	Outcome   Outcome
	Code      string // the tool's
	Message   string // the tool's words, secrets redacted
	RequestID string
}

// BatchResult answers one OpBatch: a Result per record, or Failure for the batch as a whole. Evidence is what the answer
// was read from ("results", "status 200", "returning", "rename").
type BatchResult struct {
	BatchID  string
	Results  []Result
	Evidence string
	Failure  *Failure
}

// FailureKind says what to do about a failure.
type FailureKind string

// The kinds of failure. FailureRejected and FailureUnfit make records rejected (after halving); FailureLost makes them
// unknown; no other says anything of a record.
const (
	FailureConfig    FailureKind = "config"     // wrong settings (404, 405): ends the sync
	FailureAuth      FailureKind = "auth"       // 401, 403: ends the sync
	FailureRateLimit FailureKind = "rate_limit" // wait After, try again
	FailureTransient FailureKind = "transient"  // not done; try again with backoff
	FailureRejected  FailureKind = "rejected"   // the batch was refused as a whole: halve it
	FailureUnfit     FailureKind = "unfit"      // no request can be made of the batch, and none was: halve it
	FailureLost      FailureKind = "lost"       // sent, and no answer: unknown
	FailurePermanent FailureKind = "permanent"  // anything else: ends the sync
)

// Failure is a typed error of a connector. It never holds a secret.
type Failure struct {
	Kind      FailureKind
	Code      string        // the tool's: "429"
	Message   string        // what happened, in words
	Detail    string        // why and how to mend
	Path      []string      // argument it is about, for FailureConfig
	After     time.Duration // for rate limits; 0: not said
	RequestID string
}

func (f *Failure) Error() string { return f.Message }

// The codes of a failure that is transient or of a rate limit, and came before anything left.
const (
	CodeNotSent = "not_sent" // no connection, or an interruption
	CodeHeld    = "held"     // an earlier answer asked to wait
)

// Unsent reports whether the failure says that nothing of the batch left. No failure does not.
func (f *Failure) Unsent() bool {
	if f == nil {
		return false
	}
	switch f.Kind {
	case FailureUnfit:
		return true
	case FailureTransient, FailureRateLimit:
		return f.Code == CodeNotSent || f.Code == CodeHeld
	}
	return false
}

// ReadbackRequest asks what a tool has.
type ReadbackRequest struct {
	Call   Call
	Object string
	Key    []schema.Column
	Fields []schema.Column
}

// ReadbackRecord is one record as the tool has it. ID is its key as canonical JSON; Fields is a JSON object.
type ReadbackRecord struct {
	ID     string
	Fields json.RawMessage
}
