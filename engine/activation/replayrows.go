package activation

import (
	"encoding/hex"
	"errors"
	"io"
	"io/fs"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
)

// replayRows is from how many rows on a batch of what journals say is full.
const replayRows = 20000

var replayedSchema = arrow.NewSchema(append(
	textSchema("run", "sync", "digest", "status", "outcome", "evidence", "code", "message", "request_id", "at").Fields(),
	arrow.Field{Name: "seq", Type: arrow.PrimitiveTypes.Int64},
), nil)

// replay streams what the journals of runs say, entry by entry in order, into the warehouse, which keeps the last one of
// each key: it has room for more of them than memory. It is an array.RecordReader for one pass.
type replay struct {
	place JournalPlace
	runs  []string // not begun yet
	ended []replayedRun

	current *journalFile
	run     string
	seq     int64
	rows    *array.RecordBuilder
	batch   arrow.RecordBatch
	err     error
}

// replayedRun is how far the journal of a run could be read.
type replayedRun struct {
	run              string
	missing, damaged bool
}

func newReplay(place JournalPlace, runs []string) *replay {
	return &replay{place: place, runs: runs, rows: array.NewRecordBuilder(memory.DefaultAllocator, replayedSchema)}
}

func (r *replay) Retain() {}

// Release ends the pass.
func (r *replay) Release() {
	r.drop()
	r.rows.Release()
	if r.current != nil {
		r.current.close()
		r.current = nil
	}
}

func (r *replay) Schema() *arrow.Schema          { return replayedSchema }
func (r *replay) RecordBatch() arrow.RecordBatch { return r.batch }
func (r *replay) Record() arrow.RecordBatch      { return r.batch }
func (r *replay) Err() error                     { return r.err }

func (r *replay) drop() {
	if r.batch != nil {
		r.batch.Release()
		r.batch = nil
	}
}

// Next makes the next batch.
func (r *replay) Next() bool {
	r.drop()
	n := 0
	for n < replayRows && r.err == nil && r.begin() {
		said, err := r.current.next()
		if errors.Is(err, io.EOF) {
			r.ended = append(r.ended, replayedRun{run: r.run, damaged: r.current.damaged})
			r.current.close()
			r.current = nil
			continue
		}
		r.err = err
		for i := range said {
			r.add(&said[i])
		}
		n += len(said)
	}
	if n == 0 || r.err != nil {
		return false
	}
	r.batch = r.rows.NewRecordBatch()
	return true
}

// begin makes sure that a journal is open; false after the last.
func (r *replay) begin() bool {
	for r.current == nil {
		if len(r.runs) == 0 {
			return false
		}
		r.run, r.runs = r.runs[0], r.runs[1:]
		r.current, r.err = openJournalFile(r.place.file(r.run), r.place)
		switch {
		case errors.Is(r.err, fs.ErrNotExist):
			r.current, r.err = nil, nil
			r.ended = append(r.ended, replayedRun{run: r.run, missing: true, damaged: true})
		case r.err != nil:
			r.current = nil
			return false
		}
	}
	return true
}

func (r *replay) add(e *replayed) {
	at := ""
	if !e.at.IsZero() {
		at = e.at.UTC().Format("2006-01-02 15:04:05.000000")
	}
	r.seq++
	row(r.rows, r.run, e.sync, hex.EncodeToString(e.key[:]), e.status.String(), e.outcome, e.evidence, e.code, e.message, e.requestID, at, r.seq)
}
