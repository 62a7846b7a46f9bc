package activation

import (
	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/plugins/schema"
)

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
