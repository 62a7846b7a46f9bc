package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Limits on hostile input. Beyond them a record is a reject.
const (
	MaxValueBytes  = 16 << 20
	MaxRecordBytes = 64 << 20
)

// progressEvery keeps progress from drowning what matters.
const progressEvery = 100 * time.Millisecond

// sink is where an emitter sends to: a wire.ReadSession.
type sink interface {
	Send(m wire.Message) error
	Draining() <-chan struct{}
}

// emitter is the Emitter of one read. It is safe for several goroutines, though their rows then interleave.
type emitter struct {
	ctx  context.Context
	req  ReadRequest
	sink sink

	mu         sync.Mutex
	schema     *arrow.Schema
	rows       *rowBuilder
	scope      string
	checkpoint int64
	ended      bool
	sent       int64 // rows and rejects so far, for positions
	progressed time.Time
	err        error // the first error of sending: all later calls return it
}

// errDrained ends a read that the host asked to end at a checkpoint.
var errDrained = errors.New("the host asked the read to end here")

func newEmitter(ctx context.Context, req ReadRequest, s sink) *emitter {
	return &emitter{ctx: ctx, req: req, sink: s}
}

// misuse is a mistake of the connector's author.
func misuse(format string, args ...any) error {
	return &wire.Failure{Kind: FailurePermanent, Code: "sdk", Message: "the connector broke the rules of its SDK: " + fmt.Sprintf(format, args...),
		Detail: "This is a bug in the connector."}
}

func (e *emitter) send(m wire.Message) error {
	if e.err == nil {
		e.err = e.sink.Send(m)
	}
	return e.err
}

// ready says whether rows and what belongs to them may come now.
func (e *emitter) ready() error {
	switch {
	case e.err != nil:
		return e.err
	case e.ended:
		return misuse("it went on after the stream's end")
	case e.schema == nil:
		return misuse("it sent something before the schema")
	}
	return nil
}

func (e *emitter) Schema(columns []schema.Column, orderedByCursor bool, detection ...string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.err != nil {
		return e.err
	}
	if e.schema != nil || e.ended {
		return misuse("it sent the schema twice")
	}
	seen := make(map[string]bool, len(columns))
	for _, c := range columns {
		if c.Name == "" || seen[c.Name] {
			return misuse("its schema has an empty or repeated column name")
		}
		seen[c.Name] = true
	}
	e.schema = schema.ArrowSchema(columns)
	e.rows = newRowBuilder(columns, e.schema)
	return e.send(&wire.Schema{Columns: columns, OrderedByCursor: orderedByCursor, Detection: detection})
}

func (e *emitter) Row(values ...any) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(); err != nil {
		return err
	}
	size, err := e.rows.add(values)
	var large *largeError
	if errors.As(err, &large) {
		return e.rejectRow(large, values)
	}
	if err != nil {
		return err
	}
	e.sent++
	if e.rows.count >= e.req.Batch.Rows || e.rows.bytes+size/2 >= e.req.Batch.Bytes {
		return e.flush()
	}
	return nil
}

// rejectRow sets aside a row that is larger than the limits.
func (e *emitter) rejectRow(large *largeError, values []any) error {
	e.sent++
	return e.rejectLarge(large, rowText(e.rows.columns, values), keyOf(e.req, e.rows.columns, values))
}

func (e *emitter) rejectLarge(large *largeError, record, key string) error {
	if err := e.flush(); err != nil {
		return err
	}
	reason := large.Error()
	if len(record) > MaxRecordBytes {
		record = record[:1<<20]
		reason += "; only the beginning of the record is kept"
	}
	return e.send(&wire.Reject{Position: fmt.Sprintf("%s: record %d", e.req.Stream, e.sent), Column: large.column, Code: "too_large",
		Reason: reason, Record: record, Key: key})
}

// flush sends the rows gathered so far.
func (e *emitter) flush() error {
	if e.err != nil || e.rows == nil || e.rows.count == 0 {
		return e.err
	}
	rec := e.rows.take()
	defer rec.Release()
	return e.send(&wire.Batch{Record: rec, Scope: e.scope})
}

func (e *emitter) Batch(record arrow.RecordBatch) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(); err != nil {
		return err
	}
	rec, err := wire.Conform(record, e.schema)
	if err != nil {
		return misuse("%v", err)
	}
	defer rec.Release()
	if err := e.flush(); err != nil {
		return err
	}
	return splitBatch(rec, e.req.Batch, func(part arrow.RecordBatch) error {
		e.sent += part.NumRows()
		return e.send(&wire.Batch{Record: part, Scope: e.scope})
	}, func(row arrow.RecordBatch, large *largeError) error {
		e.sent++
		values := Rows(row)[0]
		return e.rejectLarge(large, rowText(e.rows.columns, values), keyOf(e.req, e.rows.columns, values))
	})
}

func (e *emitter) Scope(name string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(); err != nil {
		return err
	}
	if name != e.scope {
		if err := e.flush(); err != nil {
			return err
		}
		e.scope = name
	}
	return nil
}

func (e *emitter) Reject(r Reject) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(); err != nil {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	if len(r.Record) > MaxRecordBytes {
		r.Record = r.Record[:1<<20]
		r.Reason += "; only the beginning of the record is kept"
	}
	e.sent++
	return e.send(&r)
}

func (e *emitter) Checkpoint(state json.RawMessage) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(); err != nil {
		return err
	}
	if state != nil && !json.Valid(state) {
		return misuse("the state of a checkpoint is not JSON")
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.checkpoint++
	if err := e.send(&wire.Checkpoint{ID: e.checkpoint, State: state}); err != nil {
		return err
	}
	select {
	case <-e.sink.Draining():
		e.err = errDrained
	default:
	}
	return e.err
}

func (e *emitter) ScopeComplete(name string) error {
	if name == "" {
		return misuse("it completed a scope without a name")
	}
	return e.status(&wire.Status{Scope: name, Complete: true})
}

func (e *emitter) Complete() error { return e.end(&wire.Status{Complete: true}) }

func (e *emitter) Unchanged() error {
	e.mu.Lock()
	rows := e.sent
	e.mu.Unlock()
	if rows > 0 {
		return misuse("it sent rows and said that nothing changed")
	}
	return e.end(&wire.Status{Unchanged: true})
}

func (e *emitter) status(s *wire.Status) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(); err != nil {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	return e.send(s)
}

// end ends the stream. Unchanged may come without a schema: nobody looked at the columns.
func (e *emitter) end(s *wire.Status) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if err := e.ready(); err != nil && !(s.Unchanged && e.schema == nil && e.err == nil && !e.ended) {
		return err
	}
	if err := e.flush(); err != nil {
		return err
	}
	e.ended = true
	return e.send(s)
}

func (e *emitter) Progress(done, total int64, unit string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if now := time.Now(); !e.ended && now.Sub(e.progressed) >= progressEvery {
		e.progressed = now
		_ = e.send(&wire.Progress{Done: done, Total: total, Unit: unit})
	}
}

func (e *emitter) Warn(summary, detail string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.ended {
		_ = e.send(&wire.Notice{Summary: summary, Detail: detail})
	}
}

// finish ends the read after the author's Read returned. A stream that nobody ended is incomplete; rows that were sent
// before an error still reach the host, without a checkpoint after them.
func (e *emitter) finish(err error) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	switch {
	case errors.Is(err, errDrained) || err == nil && errors.Is(e.err, errDrained):
		e.err = nil
		err = nil
	case e.err != nil:
		return e.err
	}
	if ferr := e.flush(); ferr != nil {
		return ferr
	}
	if !e.ended {
		e.ended = true
		if serr := e.send(&wire.Status{}); serr != nil {
			return serr
		}
	}
	return err
}
