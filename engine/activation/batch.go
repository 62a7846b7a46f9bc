package activation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Limits of a batch where the tool has none of its own.
const (
	defaultRecords = 5000
	defaultBytes   = 2 << 20
)

// batch is operations of one kind that go together.
type batch struct {
	op        schema.Op
	ids       []string
	customers []string
	digests   []keyDigest
	tallies   []*tally          // shared with the batches it is cut into
	record    arrow.RecordBatch // as the wire has it
	ledger    arrow.RecordBatch // what the ledger keeps of the records
}

// tally is what is known of one operation while it has no outcome.
type tally struct {
	sends         int64  // in this run
	unknown       bool   // the tool may have done it
	code, message string // of the last answer, or why none is believed
}

func (b *batch) len() int { return len(b.ids) }

// leaves reports whether a record leaves, by whatever operation: it has no fields that are kept equal.
func (b *batch) leaves(i int) bool { return textColumn(b.ledger, ledgerWantedFields)(i) == "" }

// attempts is how often a record was sent, earlier runs included.
func (b *batch) attempts(i int) int64 {
	before := int64(0)
	if a, ok := b.ledger.Column(ledgerAttempts).(*array.Int64); ok {
		before = a.Value(i)
	}
	return before + b.tallies[i].sends
}

// doubt notes that the tool may have done all of it.
func (b *batch) doubt(code, message string) {
	for _, t := range b.tallies {
		t.unknown, t.code, t.message = true, code, message
	}
}

// id is the same for the same operations, in this run or a later one that takes them up again.
func (b *batch) id(sync string) string {
	sum := sha256.New()
	_, _ = io.WriteString(sum, sync+"\x1f"+string(b.op))
	wanted, delivery := textColumn(b.ledger, ledgerWanted), textColumn(b.ledger, ledgerDelivery)
	for i := range b.ids {
		_, _ = io.WriteString(sum, "\x1f"+b.ids[i]+"\x1f"+wanted(i)+"\x1f"+delivery(i))
	}
	return hex.EncodeToString(sum.Sum(nil)[:16])
}

func (b *batch) wire(sync string) wire.OpBatch {
	return wire.OpBatch{ID: b.id(sync), Op: b.op, Record: b.record}
}

// pick is a batch of some of the records, in their order.
func (b *batch) pick(indexes []int) (*batch, error) {
	if len(indexes) == b.len() {
		return b, nil
	}
	out := &batch{op: b.op}
	if len(indexes) == 0 {
		out.record, out.ledger = b.record.NewSlice(0, 0), b.ledger.NewSlice(0, 0)
		return out, nil
	}
	var records, ledgers []arrow.RecordBatch
	for i := 0; i < len(indexes); {
		j := i + 1
		for j < len(indexes) && indexes[j] == indexes[j-1]+1 {
			j++
		}
		from, to := indexes[i], indexes[j-1]+1
		records = append(records, b.record.NewSlice(int64(from), int64(to)))
		ledgers = append(ledgers, b.ledger.NewSlice(int64(from), int64(to)))
		out.ids = append(out.ids, b.ids[from:to]...)
		out.customers = append(out.customers, b.customers[from:to]...)
		out.digests = append(out.digests, b.digests[from:to]...)
		out.tallies = append(out.tallies, b.tallies[from:to]...)
		i = j
	}
	var err error
	if out.record, err = join(records); err != nil {
		return nil, err
	}
	out.ledger, err = join(ledgers)
	return out, err
}

// join copies pieces of one shape into one.
func join(parts []arrow.RecordBatch) (arrow.RecordBatch, error) {
	columns, rows := make([]arrow.Array, parts[0].NumCols()), int64(0)
	for c := range columns {
		arrays := make([]arrow.Array, len(parts))
		for i, p := range parts {
			arrays[i] = p.Column(c)
		}
		a, err := array.Concatenate(arrays, memory.DefaultAllocator)
		if err != nil {
			return nil, fmt.Errorf("joining batches: %w", err)
		}
		columns[c], rows = a, int64(a.Len())
	}
	return array.NewRecordBatch(parts[0].Schema(), columns, rows), nil
}

// The columns of batches.sql and whole.sql before the keys and fields.
const (
	colOp = iota
	colPrior
	colWanted
	colDelivery
	colMask
	colHeld
	colHeldFields
	colWantedFields
	colAttempts
	colSize
	colID
	colCustomer
	colSent
)

// The columns of a batch's ledger part.
const (
	ledgerWanted = iota
	ledgerDelivery
	ledgerHeld
	ledgerHeldFields
	ledgerWantedFields
	ledgerAttempts
)

var ledgerColumns = []int{colWanted, colDelivery, colHeld, colHeldFields, colWantedFields, colAttempts}

// textColumn reads a column of text; null is empty.
func textColumn(r arrow.RecordBatch, column int) func(int) string {
	a, _ := r.Column(column).(*array.String)
	return func(i int) string {
		if a == nil || a.IsNull(i) {
			return ""
		}
		return a.Value(i)
	}
}

// cutter reads operations in order and cuts them into batches.
type cutter struct {
	spec   *Spec
	reader array.RecordReader
	schema *arrow.Schema // of the batches

	chunk arrow.RecordBatch
	ended bool
	row   int
	masks map[string][]byte
}

func newCutter(spec *Spec, reader array.RecordReader) *cutter {
	return &cutter{spec: spec, reader: reader, schema: batchSchema(spec), masks: map[string][]byte{}}
}

func batchSchema(spec *Spec) *arrow.Schema {
	fields := []arrow.Field{
		{Name: "id", Type: arrow.BinaryTypes.String}, {Name: "customer_id", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "present", Type: arrow.BinaryTypes.Binary, Nullable: true},
	}
	for _, c := range spec.wireKey() {
		fields = append(fields, schema.ArrowField(schema.Column{Name: "key." + c.Name, Type: c.Type}))
	}
	for _, c := range spec.wireFields() {
		fields = append(fields, schema.ArrowField(schema.Column{Name: "field." + c.Name, Type: c.Type}))
	}
	return arrow.NewSchema(fields, nil)
}

func (c *cutter) close() {
	if c.chunk != nil {
		c.chunk.Release()
		c.chunk = nil
	}
	c.reader.Release()
}

// ready makes sure that there is a row to look at; false at the end.
func (c *cutter) ready() (bool, error) {
	for c.chunk == nil || c.row >= int(c.chunk.NumRows()) {
		if c.chunk != nil {
			c.chunk.Release()
			c.chunk = nil
		}
		if c.ended || !c.reader.Next() {
			c.ended = true
			return false, c.reader.Err()
		}
		c.chunk, c.row = c.reader.RecordBatch(), 0
		c.chunk.Retain()
	}
	return true, nil
}

func (c *cutter) text(column int) string {
	if a, ok := c.chunk.Column(column).(*array.String); ok && a.IsValid(c.row) {
		return string([]byte(a.Value(c.row))) // the value lies in memory of the query engine
	}
	return ""
}

// next cuts the next batch, nil after the last. Batches end where the operation or the delivery they belong to changes.
func (c *cutter) next(ctx context.Context) (*batch, error) {
	ok, err := c.ready()
	if err != nil || !ok {
		return nil, err
	}
	out := &batch{op: schema.Op(c.text(colOp))}
	op := c.spec.operation(out.op)
	maxRecords, maxBytes := limitsOf(op)
	delivery := c.text(colDelivery)
	var parts []arrow.RecordBatch
	bytes, from := int64(0), c.row
	flush := func() {
		if c.row > from {
			parts = append(parts, c.chunk.NewSlice(int64(from), int64(c.row)))
		}
	}
	for {
		size := c.size()
		full := out.len() > 0 && (out.len() >= maxRecords || bytes+size > maxBytes)
		if full || schema.Op(c.text(colOp)) != out.op || c.text(colDelivery) != delivery {
			flush()
			break
		}
		c.take(out)
		bytes += size
		c.row++
		if c.row >= int(c.chunk.NumRows()) {
			flush()
			if ok, err = c.ready(); err != nil || !ok {
				break
			}
			from = c.row
		}
		if ctx.Err() != nil {
			flush()
			break
		}
	}
	if err != nil {
		return nil, err
	}
	return out, c.build(out, parts)
}

func limitsOf(op schema.Operation) (records int, bytes int64) {
	records, bytes = op.MaxRecords, int64(op.MaxBytes)
	if records <= 0 {
		records = defaultRecords
	}
	if bytes <= 0 {
		bytes = defaultBytes
	}
	return records, bytes
}

func (c *cutter) size() int64 {
	if a, ok := c.chunk.Column(colSize).(*array.Int64); ok && a.IsValid(c.row) {
		return a.Value(c.row)
	}
	return 64
}

func (c *cutter) take(out *batch) {
	id := c.text(colID)
	out.ids = append(out.ids, id)
	out.customers = append(out.customers, c.text(colCustomer))
	out.tallies = append(out.tallies, &tally{unknown: c.text(colPrior) == "unknown"})
	out.digests = append(out.digests, digestOf(c.spec.Name, id))
}

// build copies the rows of a batch out of the query engine's memory, in the columns the wire and the ledger have.
func (c *cutter) build(out *batch, parts []arrow.RecordBatch) error {
	defer func() {
		for _, p := range parts {
			p.Release()
		}
	}()
	all, err := join(parts)
	if err != nil {
		return err
	}
	columns := []arrow.Array{all.Column(colID), all.Column(colCustomer), c.present(all.Column(colMask))}
	for i := len(columns); i < c.schema.NumFields(); i++ {
		a, err := relabel(all.Column(colSent+i-3), c.schema.Field(i).Type)
		if err != nil {
			return fmt.Errorf("building a batch: column %s: %w", c.schema.Field(i).Name, err)
		}
		columns = append(columns, a)
	}
	out.record = array.NewRecordBatch(c.schema, columns, all.NumRows())
	fields, kept := make([]arrow.Field, len(ledgerColumns)), make([]arrow.Array, len(ledgerColumns))
	for i, column := range ledgerColumns {
		fields[i], kept[i] = all.Schema().Field(column), all.Column(column)
	}
	out.ledger = array.NewRecordBatch(arrow.NewSchema(fields, nil), kept, all.NumRows())
	return nil
}

// present turns masks ("101": first and third field carried) into bitmaps; null carries all.
func (c *cutter) present(masks arrow.Array) arrow.Array {
	b := array.NewBinaryBuilder(memory.DefaultAllocator, arrow.BinaryTypes.Binary)
	defer b.Release()
	text, _ := masks.(*array.String)
	for i := range masks.Len() {
		if text == nil || text.IsNull(i) {
			b.AppendNull()
			continue
		}
		bits := c.bits(text.Value(i))
		if bits == nil {
			b.AppendNull()
		} else {
			b.Append(bits)
		}
	}
	return b.NewArray()
}

func (c *cutter) bits(mask string) []byte {
	if bits, ok := c.masks[mask]; ok {
		return bits
	}
	bits, all := make([]byte, (len(mask)+7)/8), true
	for i := range len(mask) {
		if mask[i] == '1' {
			bits[i/8] |= 1 << (i % 8)
		} else {
			all = false
		}
	}
	if all {
		bits = nil
	}
	c.masks[string([]byte(mask))] = bits
	return bits
}

// relabel gives an array the type the wire names it by, where only the name differs: JSON is text, an instant is UTC.
func relabel(a arrow.Array, want arrow.DataType) (arrow.Array, error) {
	if arrow.TypeEqual(a.DataType(), want) {
		return a, nil
	}
	if e, ok := a.(array.ExtensionArray); ok {
		return relabel(e.Storage(), want)
	}
	if a.DataType().ID() != want.ID() {
		return nil, fmt.Errorf("it is %s where %s was planned", a.DataType(), want)
	}
	d := a.Data()
	return array.MakeFromData(array.NewData(want, d.Len(), d.Buffers(), d.Children(), d.NullN(), d.Offset())), nil
}
