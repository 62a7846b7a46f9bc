package duckdb

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
)

// source is a reader as DuckDB pulls it. The reader runs in a goroutine of its own: DuckDB calls from C, on a thread that
// Go has locked, where a reader made of an iterator cannot be resumed. It is one batch ahead at most. err is what the
// reader ended with, which DuckDB would only tell as text.
type source struct {
	schema  *arrow.Schema
	batches chan arrow.RecordBatch
	quit    chan struct{}
	ended   chan struct{}
	current arrow.RecordBatch
	err     error // of the reader; read after Next was false or after stop
}

func newSource(from array.RecordReader) *source {
	s := &source{schema: from.Schema(), batches: make(chan arrow.RecordBatch), quit: make(chan struct{}), ended: make(chan struct{})}
	go s.pump(from)
	return s
}

func (s *source) pump(from array.RecordReader) {
	defer close(s.batches)
	defer close(s.ended) // before: whoever sees the end sees the error
	for {
		select {
		case <-s.quit:
			return
		default:
		}
		if !from.Next() {
			s.err = from.Err()
			return
		}
		batch := from.RecordBatch()
		batch.Retain()
		select {
		case s.batches <- batch:
		case <-s.quit:
			batch.Release()
			return
		}
	}
}

// stop ends the goroutine; after it the reader is the caller's again.
func (s *source) stop() {
	select {
	case <-s.quit:
	default:
		close(s.quit)
	}
	for batch := range s.batches {
		batch.Release()
	}
	<-s.ended
	s.drop()
}

func (s *source) drop() {
	if s.current != nil {
		s.current.Release()
		s.current = nil
	}
}

func (s *source) Next() bool {
	s.drop()
	batch, ok := <-s.batches
	if ok {
		s.current = batch
	}
	return ok
}

func (s *source) Err() error {
	select {
	case <-s.ended:
		return s.err
	default:
		return nil
	}
}

func (s *source) Schema() *arrow.Schema          { return s.schema }
func (s *source) RecordBatch() arrow.RecordBatch { return s.current }
func (s *source) Record() arrow.RecordBatch      { return s.current }

// The reader belongs to the caller: what DuckDB holds is not counted.
func (s *source) Retain()  {}
func (s *source) Release() {}
