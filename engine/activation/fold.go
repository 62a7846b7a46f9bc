package activation

import (
	"context"
	"fmt"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// foldSize is from how many outcomes on a transaction is worth while. While one is under way, or when the last one was
// slow, more outcomes gather: they are safe in the journal.
const foldSize = 5000

// fold brings outcomes into the ledger and the receipts, beside the requests.
func (s *session) fold(all bool) {
	s.mu.Lock()
	for all && s.folding != nil {
		under := s.folding
		s.mu.Unlock()
		<-under
		s.mu.Lock()
	}
	if len(s.outcomes) == 0 || s.folding != nil || (!all && (len(s.outcomes) < foldSize || time.Since(s.folded) < 3*s.took)) {
		s.mu.Unlock()
		return
	}
	outcomes := s.outcomes
	s.outcomes = nil
	done := make(chan struct{})
	s.folding = done
	s.mu.Unlock()
	work := func() {
		began := time.Now()
		err := s.foldNow(outcomes)
		s.mu.Lock()
		if err != nil && s.err == nil {
			s.err = fmt.Errorf("writing outcomes into the ledger: %w", err)
		}
		s.folding, s.folded, s.took = nil, time.Now(), time.Since(began)
		s.mu.Unlock()
		close(done)
	}
	if all {
		work()
		return
	}
	go work()
}

// end folds what is left, and carries over what has no outcome.
func (s *session) end() {
	s.fold(true)
	s.mu.Lock()
	err := s.err
	s.mu.Unlock()
	if err == nil {
		err = s.carryOver()
		if err != nil {
			s.fail(err)
		}
	}
	if err != nil { // what has no outcome in the ledger is settled by the next Recover
		r := s.report
		r.Pending = r.Operations - r.Delivered - r.Rejected - r.Unknown
	}
	s.report.Duration = s.env.Clock.Now().Sub(s.began)
}

// foldNow writes outcomes into the ledger and the receipts in one transaction.
func (s *session) foldNow(outcomes []outcome) error {
	s.env.warehouse.Lock()
	defer s.env.warehouse.Unlock()
	ctx := context.WithoutCancel(s.ctx)
	b := newFoldBuilder(s.spec.Name, s.env.Run.ID)
	defer b.release()
	for i := range outcomes {
		b.add(&outcomes[i])
	}
	keys, ledger, receipts := b.readers()
	if _, err := s.env.Store.Load(ctx, s.view.Settled, keys); err != nil {
		return err
	}
	if err := statements.Do(ctx, s.env.Store, s.view, "fold_keys"); err != nil {
		return err
	}
	return s.commit(ctx, warehouse.Delta{Table: state.Ledger, Stream: ledger, Delete: s.view.Settled}, warehouse.Delta{Table: state.Receipts, Stream: receipts})
}

// foldAll writes one outcome for many records that are told apart by SQL alone. The caller holds the warehouse.
func (s *session) foldAll(ctx context.Context, sent bool) error {
	v := *s.view
	v.Settled = v.SettledKeys
	if err := statements.Do(ctx, s.env.Store, v, "rest_keys", "fold_keys"); err != nil {
		return err
	}
	receipts := warehouse.Delta{Table: state.Receipts} // the table is there to be asked, though nothing was sent
	if sent {
		if err := statements.Do(ctx, s.env.Store, s.view, "rest_receipts"); err != nil {
			return err
		}
		receipts.Insert = s.view.Receipts
	}
	return s.commit(ctx, warehouse.Delta{Table: state.Ledger, Insert: s.view.Outcomes, Delete: s.view.SettledKeys}, receipts)
}

func (s *session) commit(ctx context.Context, deltas ...warehouse.Delta) error {
	deltas = append(deltas, s.env.State.Commit(s.env.Run, s.spec.Address, LedgerTable(s.spec.Name), state.Receipts.String())...)
	return s.env.Store.Publish(ctx, warehouse.Publication{Deltas: deltas})
}

// carryOver marks what has no outcome.
func (s *session) carryOver() error {
	s.env.warehouse.Lock()
	defer s.env.warehouse.Unlock()
	ctx := context.WithoutCancel(s.ctx)
	v := s.view
	v.Code, v.Message, v.At = "carried_over", s.why(), s.env.Clock.Now().UTC().Truncate(time.Microsecond)
	if s.last != nil {
		v.Code, v.Message = s.wholeWhy()
	}
	if err := statements.Do(ctx, s.env.Store, v, "rest"); err != nil {
		return err
	}
	rest := int64(0)
	err := statements.Each(ctx, s.env.Store, "rest_counts", v, func(row warehouse.Row) error {
		n, _ := warehouse.Int(row[1])
		rest += n
		if warehouse.Text(row[0]) == "unknown" {
			s.report.Unknown += n
		} else {
			s.report.Pending += n
		}
		return nil
	})
	if err != nil || rest == 0 {
		return err
	}
	return s.foldAll(ctx, v.Lost)
}

// why is the reason that what is left was not tried. Empty: there is one for each record.
func (s *session) why() string {
	if why := s.halted(); why != "" {
		s.giveUp(why)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == "" {
		return ""
	}
	return "not tried: " + s.stopped
}

// wholeWhy is the reason that a whole set that was sent is not known to be done.
func (s *session) wholeWhy() (code, message string) {
	code, message = s.last.Code, s.last.Message
	if s.view.Lost {
		if code == "" {
			code = "no_answer"
		}
		s.doubts = message
		return code, message
	}
	if code == "" {
		code = "carried_over"
	}
	return code, "tried in " + attemptsText(int(s.view.Sends), message)
}

// foldBuilder turns outcomes into rows of the ledger and receipts.
type foldBuilder struct {
	sync, run              string
	keys, ledger, receipts *array.RecordBuilder
}

var foldKeySchema = schema.ArrowSchema([]schema.Column{
	{Name: "sync", Type: schema.Type{Kind: schema.String}}, {Name: "key", Type: schema.Type{Kind: schema.String}},
})

func newFoldBuilder(sync, run string) *foldBuilder {
	builder := func(columns []schema.Column) *array.RecordBuilder {
		return array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(columns))
	}
	return &foldBuilder{
		sync: sync, run: run, keys: array.NewRecordBuilder(memory.DefaultAllocator, foldKeySchema),
		ledger: builder(state.Ledger.Columns), receipts: builder(state.Receipts.Columns),
	}
}

func (b *foldBuilder) release() {
	b.keys.Release()
	b.ledger.Release()
	b.receipts.Release()
}

func (b *foldBuilder) readers() (keys, ledger, receipts array.RecordReader) {
	reader := func(r *array.RecordBuilder) array.RecordReader {
		batch := r.NewRecordBatch()
		out, _ := array.NewRecordReader(batch.Schema(), []arrow.RecordBatch{batch}) // the schema is the batch's own
		return out
	}
	return reader(b.keys), reader(b.ledger), reader(b.receipts)
}

// row appends values in the order of a table's columns: strings (empty is null), whole numbers, and instants.
func row(b *array.RecordBuilder, values ...any) {
	for i, v := range values {
		switch f := b.Field(i).(type) {
		case *array.StringBuilder:
			if text, _ := v.(string); text != "" {
				f.Append(text)
			} else {
				f.AppendNull()
			}
		case *array.Int64Builder:
			f.Append(v.(int64))
		case *array.TimestampBuilder:
			f.Append(v.(arrow.Timestamp))
		}
	}
}

// add is one outcome: what the tool holds after it, and the receipt. A record that left by an update has no digests of
// wanted fields: it is in the tool, and no longer ours to keep equal.
func (b *foldBuilder) add(o *outcome) {
	id, op, at := o.batch.ids[o.index], string(o.batch.op), arrow.Timestamp(o.at.UnixMicro())
	if o.receipt {
		row(b.receipts, b.run, b.sync, id, op, o.outcome, o.evidence, o.code, o.message, o.requestID, at)
	}
	if !o.ledger {
		return
	}
	text := func(column int) string { return textColumn(o.batch.ledger, column)(o.index) }
	held, fields, after := text(ledgerHeld), text(ledgerHeldFields), o.status.String()
	wanted, wantedFields := text(ledgerWanted), text(ledgerWantedFields)
	if o.status == delivered {
		switch {
		case o.absent():
			held, fields, after = "", "", "removed"
		case o.batch.op == schema.OpRemove || o.batch.op == schema.OpDelete:
			held, fields, after = "", "", "removed"
		case wantedFields == "":
			held, fields, after = wanted, "", "removed"
		default:
			held, fields = wanted, wantedFields
		}
	}
	row(b.keys, b.sync, id)
	row(b.ledger, b.sync, id, o.batch.customers[o.index], held, fields, op, wanted, after, o.code, o.message, o.attempts, b.run, at,
		text(ledgerDelivery), wantedFields)
}
