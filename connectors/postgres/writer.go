package postgres

import (
	"context"
	"errors"
	"sync"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// writer writes one table.
type writer struct {
	account accountSettings
	name    pgx.Identifier
	req     sdk.WriteRequest

	mu     sync.Mutex
	conn   *pgx.Conn
	target *target
	whole  pgx.Tx // of a table that is written anew; it ends with Finish
	ended  bool
}

// prepare connects and looks at the table, once, and again after a connection broke.
func (w *writer) prepare(ctx context.Context) error {
	if w.conn != nil && !w.conn.IsClosed() {
		return nil
	}
	conn, err := connect(ctx, w.account.URL)
	if err != nil {
		return err
	}
	if w.account.Create {
		err = create(ctx, conn, w.name, w.req.Key, w.req.Fields)
	}
	if err == nil {
		w.target, err = findTarget(ctx, conn, w.name, w.req.Key, w.req.Fields)
	}
	if err == nil {
		_, err = conn.Exec(ctx, w.target.createStaging())
		err = failure("Cannot make a temporary table", err)
	}
	if err != nil {
		conn.Close(context.WithoutCancel(ctx))
		return err
	}
	w.conn = conn
	return nil
}

func (w *writer) Write(ctx context.Context, batch sdk.Batch) ([]sdk.Result, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return nil, &sdk.Failure{Kind: sdk.FailurePermanent, Message: "The table " + w.req.Object + " is closed"}
	}
	if w.req.Op == schema.OpReplace || batch.Op == schema.OpReplace {
		return nil, w.append(ctx, batch)
	}
	if err := w.prepare(ctx); err != nil {
		return nil, err
	}
	tx, err := w.conn.Begin(ctx)
	if err != nil {
		return nil, w.failure(batch.Op, err)
	}
	b := &batchRun{target: w.target, tx: tx, op: batch.Op, records: batch.Records, results: make([]sdk.Result, len(batch.Records))}
	if err := b.all(ctx); err != nil {
		w.drop(ctx)
		return nil, w.failure(batch.Op, err)
	}
	if err := tx.Commit(ctx); err != nil {
		w.drop(ctx)
		return nil, w.lost(batch.Op, err)
	}
	return b.results, nil
}

// all writes every group; constraints speak at once, not at the commit.
func (b *batchRun) all(ctx context.Context) error {
	if _, err := b.tx.Exec(ctx, "set constraints all immediate"); err != nil {
		return err
	}
	for _, g := range b.groups() {
		if err := b.apply(ctx, g); err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) failure(op schema.Op, err error) error {
	return failure("Cannot "+opName(op)+" table "+w.name.Sanitize(), err)
}

// lost is an error of COMMIT: an answer of the server says that it was undone, no answer says nothing.
func (w *writer) lost(op schema.Op, err error) error {
	var perr *pgconn.PgError
	if errors.As(err, &perr) || errors.Is(err, pgx.ErrTxCommitRollback) {
		return w.failure(op, err)
	}
	return &sdk.Failure{Kind: sdk.FailureLost, Message: "The connection to PostgreSQL broke during COMMIT", Detail: "Whether the batch was written is not known."}
}

// drop closes the connection: whatever was open on it is undone.
func (w *writer) drop(ctx context.Context) {
	if w.conn == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	_ = w.conn.Close(ctx)
	w.conn, w.whole = nil, nil
}

// begin opens the transaction in which the whole table is written anew.
func (w *writer) begin(ctx context.Context) error {
	if w.whole != nil {
		return nil
	}
	if err := w.prepare(ctx); err != nil {
		return err
	}
	tx, err := w.conn.Begin(ctx)
	if err == nil {
		_, err = tx.Exec(ctx, "delete from "+w.name.Sanitize())
	}
	if err != nil {
		w.drop(ctx)
		return w.failure(schema.OpDelete, err)
	}
	w.whole = tx
	return nil
}

// append adds rows to the table that is written anew; they are answered at Finish.
func (w *writer) append(ctx context.Context, batch sdk.Batch) error {
	if w.whole == nil && w.target != nil {
		return &sdk.Failure{Kind: sdk.FailurePermanent, Message: "The table " + w.name.Sanitize() + " was not written", Detail: "An earlier batch of it failed, and what came before was undone with it."}
	}
	if err := w.begin(ctx); err != nil {
		return err
	}
	b := &batchRun{target: w.target, tx: w.whole, op: schema.OpReplace, records: batch.Records, results: make([]sdk.Result, len(batch.Records))}
	for _, g := range b.groups() {
		err := b.write(ctx, w.whole, g)
		if err == nil {
			continue
		}
		w.drop(ctx)
		err = w.failure(schema.OpReplace, err)
		var f *sdk.Failure
		if errors.As(err, &f) && f.Kind == sdk.FailureTransient {
			f.Kind = sdk.FailurePermanent // the batches before it are undone as well: this one alone is not to be tried again
		}
		return err
	}
	return nil
}

func (w *writer) Finish(ctx context.Context) (string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended {
		return "", &sdk.Failure{Kind: sdk.FailurePermanent, Message: "The table " + w.req.Object + " is closed"}
	}
	if w.req.Op == schema.OpReplace {
		if w.whole == nil && w.target != nil {
			return "", &sdk.Failure{Kind: sdk.FailurePermanent, Message: "The table " + w.name.Sanitize() + " was not written", Detail: "A batch of it failed; the table is as it was."}
		}
		if err := w.begin(ctx); err != nil {
			return "", err
		}
		if err := w.whole.Commit(ctx); err != nil {
			w.drop(ctx)
			return "", w.lost(schema.OpReplace, err)
		}
	}
	w.ended = true
	w.drop(ctx)
	return "returning", nil
}

// Abort undoes what is not committed.
func (w *writer) Abort() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.drop(context.Background())
}
