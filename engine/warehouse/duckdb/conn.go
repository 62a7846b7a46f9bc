package duckdb

import (
	"context"
	"errors"
	"fmt"
	"time"

	db "github.com/duckdb/duckdb-go-bindings"
)

// instance is one DuckDB with its connections. It speaks DuckDB's C interface itself, because results must stream: the
// database/sql driver holds every result in memory as a whole.
type instance struct {
	db   db.Database
	idle chan *conn // connections not in use; their number is fixed, since settings are locked after the first
	all  []*conn
}

// conn is one connection: one statement, or one open result, at a time.
type conn struct{ c db.Connection }

const connections = 8

// start opens an instance over the file (empty: memory) with settings that must stand from the first moment.
func start(path string, settings map[string]string) (*instance, error) {
	var config db.Config
	if db.CreateConfig(&config) == db.StateError {
		return nil, errors.New("making a configuration for DuckDB")
	}
	defer db.DestroyConfig(&config)
	for name, value := range settings {
		if db.SetConfig(config, name, value) == db.StateError {
			return nil, fmt.Errorf("DuckDB takes no setting %s = %s", name, value)
		}
	}
	in := &instance{idle: make(chan *conn, connections)}
	var message string
	if db.OpenExt(path, &in.db, config, &message) == db.StateError {
		db.Close(&in.db)
		return nil, failure(message)
	}
	return in, nil
}

// connect makes the connections and prepares each.
func (in *instance) connect(ctx context.Context, n int, prepare ...string) error {
	for range n {
		c := &conn{}
		if db.Connect(in.db, &c.c) == db.StateError {
			return errors.New("connecting to DuckDB")
		}
		in.all = append(in.all, c)
		for _, sql := range prepare {
			if _, err := c.exec(ctx, sql); err != nil {
				return err
			}
		}
		in.idle <- c
	}
	return nil
}

func (in *instance) close() {
	for _, c := range in.all {
		db.Disconnect(&c.c)
	}
	in.all = nil
	db.Close(&in.db)
}

// take waits for a free connection.
func (in *instance) take(ctx context.Context) (*conn, error) {
	select {
	case c := <-in.idle:
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (in *instance) give(c *conn) { in.idle <- c }

// exec runs one statement and returns the rows it changed.
func (c *conn) exec(ctx context.Context, sql string, args ...any) (int64, error) {
	st, err := c.prepare(ctx, sql, args)
	if err != nil {
		return 0, err
	}
	defer db.DestroyPrepare(&st)
	var result db.Result
	if err := c.interruptible(ctx, func() error { return execute(st, &result, db.PendingPrepared) }); err != nil {
		return 0, err
	}
	defer db.DestroyResult(&result)
	return changed(&result), nil
}

// changed is how many rows a statement changed. A table made from a SELECT says so in its result only.
func changed(result *db.Result) int64 {
	if n := int64(db.RowsChanged(result)); n > 0 || db.ColumnCount(result) != 1 || db.ColumnName(result, 0) != "Count" {
		return n
	}
	chunk := db.FetchChunk(*result)
	if chunk.Ptr == nil {
		return 0
	}
	defer db.DestroyDataChunk(&chunk)
	if db.DataChunkGetSize(chunk) == 0 {
		return 0
	}
	vector := db.DataChunkGetVector(chunk, 0)
	return *(*int64)(db.VectorGetData(vector))
}

// script runs statements one after another.
func (c *conn) script(ctx context.Context, statements ...string) error {
	for _, sql := range statements {
		if _, err := c.exec(ctx, sql); err != nil {
			return err
		}
	}
	return nil
}

// prepare parses and binds one statement. It holds still while DuckDB may be told to stop.
func (c *conn) prepare(ctx context.Context, sql string, args []any) (db.PreparedStatement, error) {
	var st db.PreparedStatement
	err := c.interruptible(ctx, func() error {
		if db.Prepare(c.c, sql, &st) == db.StateError {
			defer db.DestroyPrepare(&st)
			return failure(db.PrepareError(st))
		}
		return nil
	})
	if err != nil {
		return st, err
	}
	if n := int(db.NParams(st)); n != len(args) {
		db.DestroyPrepare(&st)
		return st, fmt.Errorf("a statement with %d parameters was given %d values", n, len(args))
	}
	for i, v := range args {
		if err := bind(st, db.IdxT(i+1), v); err != nil {
			db.DestroyPrepare(&st)
			return st, err
		}
	}
	return st, nil
}

func execute(st db.PreparedStatement, result *db.Result, pend func(db.PreparedStatement, *db.PendingResult) db.State) error {
	var pending db.PendingResult
	if pend(st, &pending) == db.StateError {
		defer db.DestroyPending(&pending)
		return failure(db.PendingError(pending))
	}
	defer db.DestroyPending(&pending)
	if db.ExecutePending(pending, result) == db.StateError {
		defer db.DestroyResult(result)
		return failure(db.ResultError(result))
	}
	return nil
}

// interruptible runs fn, and tells DuckDB to stop, again and again, once ctx is done.
func (c *conn) interruptible(ctx context.Context, fn func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if ctx.Done() == nil {
		return fn()
	}
	finished, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		select {
		case <-finished:
			return
		case <-ctx.Done():
		}
		for {
			db.Interrupt(c.c)
			select {
			case <-finished:
				return
			case <-time.After(20 * time.Millisecond):
			}
		}
	}()
	err := fn()
	close(finished)
	<-stopped
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func bind(st db.PreparedStatement, i db.IdxT, v any) error {
	var state db.State
	switch v := v.(type) {
	case nil:
		state = db.BindNull(st, i)
	case bool:
		state = db.BindBoolean(st, i, v)
	case int:
		state = db.BindInt64(st, i, int64(v))
	case int32:
		state = db.BindInt64(st, i, int64(v))
	case int64:
		state = db.BindInt64(st, i, v)
	case float64:
		state = db.BindDouble(st, i, v)
	case string:
		state = db.BindVarcharLength(st, i, v, db.IdxT(len(v)))
	case []byte:
		state = db.BindBlob(st, i, v)
	case time.Time:
		state = db.BindTimestamp(st, i, db.NewTimestamp(v.UnixMicro()))
	case *time.Time:
		if v == nil {
			state = db.BindNull(st, i)
		} else {
			state = db.BindTimestamp(st, i, db.NewTimestamp(v.UnixMicro()))
		}
	case fmt.Stringer:
		s := v.String()
		state = db.BindVarcharLength(st, i, s, db.IdxT(len(s)))
	default:
		list, err := bindList(v)
		if err != nil {
			return err
		}
		defer db.DestroyValue(&list)
		state = db.BindValue(st, i, list)
	}
	if state == db.StateError {
		return fmt.Errorf("binding value %d: %w", i, failure(db.PrepareError(st)))
	}
	return nil
}

// bindList makes one value of a list.
func bindList(v any) (db.Value, error) {
	var kind db.Type
	var values []db.Value
	switch v := v.(type) {
	case []string:
		kind = db.TypeVarchar
		for _, s := range v {
			values = append(values, db.CreateVarcharLength(s, db.IdxT(len(s))))
		}
	case texts:
		kind = db.TypeVarchar
		for _, s := range v {
			if s == nil {
				values = append(values, db.CreateNullValue())
			} else {
				values = append(values, db.CreateVarcharLength(*s, db.IdxT(len(*s))))
			}
		}
	case [][]byte:
		kind = db.TypeBlob
		for _, b := range v {
			if b == nil {
				values = append(values, db.CreateNullValue())
			} else {
				values = append(values, db.CreateBlob(b))
			}
		}
	case []int64:
		kind = db.TypeBigInt
		for _, n := range v {
			values = append(values, db.CreateInt64(n))
		}
	default:
		return db.Value{}, fmt.Errorf("a value of type %T cannot be bound", v)
	}
	element := db.CreateLogicalType(kind)
	defer db.DestroyLogicalType(&element)
	list := db.CreateListValue(element, values)
	for i := range values {
		db.DestroyValue(&values[i])
	}
	return list, nil
}
