package duckdb

/*
#include <stdlib.h>
*/
import "C"

import (
	"context"
	"fmt"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/cdata"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/schema"
	db "github.com/duckdb/duckdb-go-bindings"
)

// stream is the result of a query, one chunk at a time. It holds its connection until it is released.
type stream struct {
	ctx     context.Context
	conn    *conn
	done    func()
	st      db.PreparedStatement
	result  db.Result
	options db.ArrowOptions
	schema  *arrow.Schema
	current arrow.RecordBatch
	ended   bool // read to its end
	err     error
	refs    atomic.Int64
}

// query runs one statement and streams what it returns; done is called when the stream is released.
func (c *conn) query(ctx context.Context, sql string, args []any, done func()) (array.RecordReader, error) {
	st, err := c.prepare(ctx, sql, args)
	if err != nil {
		return nil, err
	}
	s := &stream{ctx: ctx, conn: c, done: done, st: st}
	s.refs.Store(1)
	if err := c.interruptible(ctx, func() error { return execute(st, &s.result, db.PendingPreparedStreaming) }); err != nil {
		db.DestroyPrepare(&st)
		return nil, err
	}
	s.options = db.ResultGetArrowOptions(&s.result)
	if s.schema, err = resultSchema(&s.result, s.options); err != nil {
		s.free()
		return nil, err
	}
	return s, nil
}

// jsonMark tells JSON from text.
var jsonMark = schema.ArrowField(schema.Column{Type: schema.Type{Kind: schema.JSON}}).Metadata

func resultSchema(result *db.Result, options db.ArrowOptions) (*arrow.Schema, error) {
	n := db.ColumnCount(result)
	names, types := make([]string, n), make([]db.LogicalType, n)
	for i := range n {
		names[i], types[i] = db.ColumnName(result, i), db.ColumnLogicalType(result, i)
	}
	isJSON := map[int]bool{}
	for i := range types {
		isJSON[i] = db.LogicalTypeGetAlias(types[i]) == "JSON"
	}
	defer func() {
		for i := range types {
			db.DestroyLogicalType(&types[i])
		}
	}()
	described, failed := db.NewArrowSchema(options, types, names)
	if err := dataError(failed); err != nil {
		return nil, fmt.Errorf("describing a result: %w", err)
	}
	fields := described.Fields()
	for i := range fields {
		if isJSON[i] {
			fields[i].Metadata = jsonMark
		}
	}
	return arrow.NewSchema(fields, nil), nil
}

func dataError(e db.ErrorData) error {
	defer db.DestroyErrorData(&e)
	if db.ErrorDataHasError(e) {
		return failure(db.ErrorDataMessage(e))
	}
	return nil
}

func (s *stream) Retain() { s.refs.Add(1) }

func (s *stream) Release() {
	if s.refs.Add(-1) == 0 {
		s.drop()
		s.free()
		if !s.ended {
			s.conn.settle()
		}
		if s.done != nil {
			s.done()
		}
	}
}

// settle ends what a connection still does for a result that was not read to its end: until its next statement DuckDB
// keeps that query's transaction open, and with it the warehouse attached.
func (c *conn) settle() { _, _ = c.exec(context.Background(), "SELECT 1") }

func (s *stream) free() {
	db.DestroyArrowOptions(&s.options)
	db.DestroyResult(&s.result)
	db.DestroyPrepare(&s.st)
}

func (s *stream) drop() {
	if s.current != nil {
		s.current.Release()
		s.current = nil
	}
}

func (s *stream) Schema() *arrow.Schema          { return s.schema }
func (s *stream) RecordBatch() arrow.RecordBatch { return s.current }
func (s *stream) Record() arrow.RecordBatch      { return s.current }
func (s *stream) Err() error                     { return s.err }

func (s *stream) Next() bool {
	s.drop()
	if s.err != nil {
		return false
	}
	var chunk db.DataChunk
	s.err = s.conn.interruptible(s.ctx, func() error {
		if chunk = db.FetchChunk(s.result); chunk.Ptr == nil {
			if message := db.ResultError(&s.result); message != "" {
				return failure(message)
			}
		}
		return nil
	})
	if s.err != nil || chunk.Ptr == nil {
		s.ended = s.err == nil
		return false
	}
	defer db.DestroyDataChunk(&chunk)
	batch, failed := db.DataChunkToArrowArray(s.options, s.schema, chunk)
	if s.err = dataError(failed); s.err != nil {
		return false
	}
	s.current = batch
	return true
}

// arrival is a view in scratch over a reader. It can be read once, and pulls batch by batch.
type arrival struct {
	relation sqlgen.Relation
	source   *source
	conn     *conn
	memory   unsafe.Pointer
}

// register makes a view over a reader.
func (c *conn) register(_ context.Context, name string, from array.RecordReader) (*arrival, error) {
	a := &arrival{relation: sqlgen.Relation{Schema: "main", Name: name}, source: newSource(from), conn: c}
	a.memory = C.calloc(1, C.size_t(unsafe.Sizeof(cdata.CArrowArrayStream{})))
	cdata.ExportRecordReader(a.source, (*cdata.CArrowArrayStream)(a.memory))
	if db.ArrowScan(c.c, name, db.ArrowStream{Ptr: a.memory}) == db.StateError {
		a.free()
		return nil, fmt.Errorf("reading a batch stream of %d columns: DuckDB does not take it", len(from.Schema().Fields()))
	}
	return a, nil
}

func (a *arrival) free() {
	a.source.stop()
	cdata.ReleaseCArrowArrayStream((*cdata.CArrowArrayStream)(a.memory))
	C.free(a.memory)
}

// release drops the view. Inside a transaction that failed it is gone with it.
func (a *arrival) release(ctx context.Context) {
	_ = a.conn.steps(ctx, step{"drop_view", map[string]any{"Table": a.relation}})
	a.free()
}
