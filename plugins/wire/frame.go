package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/bitutil"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	flatbuffers "github.com/google/flatbuffers/go"
)

// Limits of one batch on the wire.
const (
	MaxBatchRows  = 65_536
	MaxBatchBytes = 4 << 20   // what a batch is closed at; one record may be larger
	MaxMessage    = 160 << 20 // of one gRPC message: a record of 64 MiB with room
)

// frame is one record batch as it was received: an IPC message in two parts, and what came with it.
type frame struct {
	scope    string // of a read
	id, op   string // of a writing
	rows     int64
	metadata []byte
	body     []byte
}

// decoder reads the batches of one stream. It trusts nothing: what it returns may be handed to C code.
type decoder struct {
	schema *arrow.Schema
	reader *ipc.Reader
	feed   *feed
}

// feed hands messages to an ipc.Reader: the schema first, which never travels in this form.
type feed struct {
	schema *ipc.Message
	next   *ipc.Message
}

func (f *feed) Message() (*ipc.Message, error) {
	if m := f.schema; m != nil {
		f.schema = nil
		return m, nil
	}
	if m := f.next; m != nil {
		f.next = nil
		return m, nil
	}
	return nil, io.EOF
}

func (f *feed) Retain()  {}
func (f *feed) Release() {}

func newDecoder(schema *arrow.Schema) (*decoder, error) {
	payload := ipc.GetSchemaPayload(schema, memory.DefaultAllocator)
	defer payload.Release()
	meta := payload.Meta()
	defer meta.Release()
	f := &feed{schema: ipc.NewMessage(meta, memory.NewBufferBytes(nil))}
	reader, err := ipc.NewReaderFromMessageReader(f)
	if err != nil {
		return nil, fmt.Errorf("preparing to read batches: %w", err)
	}
	return &decoder{schema: schema, reader: reader, feed: f}, nil
}

// decode reads one frame. The caller releases the record. The bytes are not copied: they must not change.
func (d *decoder) decode(f frame) (rec arrow.RecordBatch, err error) {
	defer func() {
		// The flatbuffer library panics on a truncated or twisted message.
		if p := recover(); p != nil {
			rec, err = nil, protocolf("it sent a batch that cannot be read")
		}
	}()
	if f.rows < 0 || f.rows > MaxBatchRows {
		return nil, protocolf("it sent a batch of %d rows; at most %d are allowed", f.rows, MaxBatchRows)
	}
	if err := checkHeader(f); err != nil {
		return nil, err
	}
	d.feed.next = ipc.NewMessage(memory.NewBufferBytes(f.metadata), memory.NewBufferBytes(f.body))
	if !d.reader.Next() {
		return nil, protocolf("it sent a batch that cannot be read")
	}
	rec = d.reader.RecordBatch()
	if rec.NumRows() != f.rows {
		return nil, protocolf("it sent a batch of %d rows and announced %d", rec.NumRows(), f.rows)
	}
	for i, col := range rec.Columns() {
		if int64(col.Len()) != f.rows {
			return nil, protocolf("it sent a batch in which column %q has %d values for %d rows", d.schema.Field(i).Name, col.Len(), f.rows)
		}
		// The error of the library repeats values; ours does not.
		if checkColumn(col) != nil {
			return nil, protocolf("it sent a batch in which column %q is inconsistent or not UTF-8", d.schema.Field(i).Name)
		}
	}
	rec.Retain()
	return rec, nil
}

// checkColumn is array.ValidateFull, quicker on text: most of it is ASCII, which is seen at a glance.
func checkColumn(col arrow.Array) error {
	if col.DataType().ID() == arrow.NULL {
		return nil // it has no buffers, and the library counts its nulls differently before and after the wire
	}
	text, ok := col.(*array.String)
	if !ok || text.Len() == 0 {
		return array.ValidateFull(col)
	}
	if err := array.Validate(col); err != nil {
		return err
	}
	if text.Data().NullN() == text.Len() && text.Data().Buffers()[1] == nil {
		return nil
	}
	offsets := text.ValueOffsets()
	if offsets[0] < 0 || !slices.IsSorted(offsets) || !ascii(text.ValueBytes()) {
		return array.ValidateFull(col)
	}
	if bitmap := text.NullBitmapBytes(); bitmap != nil && text.Len()-bitutil.CountSetBits(bitmap, text.Offset(), text.Len()) != text.NullN() {
		return errInconsistent
	}
	return nil
}

var errInconsistent = errors.New("the column is inconsistent")

// ascii says whether no byte has its highest bit set, eight at a time.
func ascii(b []byte) bool {
	for len(b) >= 32 {
		if (binary.LittleEndian.Uint64(b)|binary.LittleEndian.Uint64(b[8:])|
			binary.LittleEndian.Uint64(b[16:])|binary.LittleEndian.Uint64(b[24:]))&0x8080808080808080 != 0 {
			return false
		}
		b = b[32:]
	}
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}

// Slots of Arrow's flatbuffer tables (format/Message.fbs), which the Arrow library keeps to itself.
const (
	messageHeaderType   = 6
	messageHeader       = 8
	batchCompression    = 10
	headerIsRecordBatch = 3
)

// checkHeader refuses what the reader would do too much for: anything but a plain record batch. A compressed body could
// ask for any amount of memory.
func checkHeader(f frame) error {
	if len(f.metadata) < 8 {
		return protocolf("it sent a batch without a header")
	}
	table := flatbuffers.Table{Bytes: f.metadata, Pos: flatbuffers.GetUOffsetT(f.metadata)}
	kind := byte(0)
	if o := table.Offset(messageHeaderType); o != 0 {
		kind = table.GetByte(table.Pos + flatbuffers.UOffsetT(o))
	}
	header := table.Offset(messageHeader)
	if kind != headerIsRecordBatch || header == 0 {
		return protocolf("it sent Arrow message %d where a record batch was due", kind)
	}
	var batch flatbuffers.Table
	table.Union(&batch, flatbuffers.UOffsetT(header))
	if batch.Offset(batchCompression) != 0 {
		return protocolf("it sent a compressed batch")
	}
	return nil
}
