package wire

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	"github.com/apache/arrow-go/v18/arrow/memory"
	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"github.com/cdp-engine/cdp/plugins/schema"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/proto"
)

var frameColumns = []schema.Column{
	{Name: "n", Type: schema.Type{Kind: schema.Int64}}, {Name: "s", Type: schema.Type{Kind: schema.String}},
	{Name: "b", Type: schema.Type{Kind: schema.Bool}}, {Name: "d", Type: schema.Type{Kind: schema.Decimal, Precision: 20, Scale: 2}},
	{Name: "x", Type: schema.Type{Kind: schema.Bytes}}, {Name: "z", Type: schema.Type{Kind: schema.Null}},
	{Name: "j", Type: schema.Type{Kind: schema.JSON}}, {Name: "t", Type: schema.Type{Kind: schema.TimestampTZ}},
}

// sample is a record of n rows with nulls and text that is not ASCII.
func sample(n int) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(frameColumns))
	for i := range n {
		if i%5 == 3 {
			for f := range frameColumns {
				b.Field(f).AppendNull()
			}
			continue
		}
		b.Field(0).(*array.Int64Builder).Append(int64(i))
		b.Field(1).(*array.StringBuilder).Append(strings.Repeat("ü", i%7))
		b.Field(2).(*array.BooleanBuilder).Append(i%2 == 0)
		b.Field(3).AppendNull()
		b.Field(4).(*array.BinaryBuilder).Append([]byte{0xff, byte(i)})
		b.Field(5).AppendNull()
		b.Field(6).(*array.StringBuilder).Append(fmt.Sprintf(`{"i":%d}`, i))
		b.Field(7).(*array.TimestampBuilder).Append(arrow.Timestamp(i))
	}
	return b.NewRecordBatch()
}

// sent is a record as it arrives: encoded by our codec, cut into pieces, read back.
func sent(t testing.TB, rec arrow.RecordBatch, piece int) (frame, []byte) {
	t.Helper()
	f, err := newOutFrame(rec, sourceFrame, func(rows int64, metadata []byte) proto.Message {
		return &pb.BatchMsg{Scope: "a.csv", Rows: rows, Metadata: metadata}
	})
	if err != nil {
		t.Fatal(err)
	}
	buffers, err := f.marshal()
	if err != nil {
		t.Fatal(err)
	}
	whole := buffers.Materialize()
	buffers.Free()
	var cut mem.BufferSlice
	for rest := whole; len(rest) > 0; {
		n := min(piece, len(rest))
		cut = append(cut, mem.SliceBuffer(rest[:n]))
		rest = rest[n:]
	}
	in, ok := readFrame(cut, sourceFrame)
	if !ok {
		t.Fatal("the frame is not read")
	}
	return in, whole
}

func TestFramesSurviveTheirWay(t *testing.T) {
	for _, n := range []int{0, 1, 7, 1000, 60_000} {
		rec := sample(n)
		in, whole := sent(t, rec, 16<<10)
		// Any implementation of protocol buffers reads the same.
		var plain pb.SourceMsg
		if err := proto.Unmarshal(whole, &plain); err != nil {
			t.Fatal(err)
		}
		if b := plain.GetBatch(); b.GetScope() != "a.csv" || b.GetRows() != int64(n) || !bytes.Equal(b.GetBody(), in.body) || in.scope != "a.csv" {
			t.Errorf("%d rows: the frame differs from its message", n)
		}
		d, err := newDecoder(schema.ArrowSchema(frameColumns))
		if err != nil {
			t.Fatal(err)
		}
		for range 2 {
			back, err := d.decode(in)
			if err != nil {
				t.Fatal(err)
			}
			if !array.RecordEqual(rec, back) {
				t.Errorf("%d rows come back changed", n)
			}
			back.Release()
		}
	}
}

func TestSlicesTravelAlone(t *testing.T) {
	rec := sample(1000)
	part := rec.NewSlice(501, 509)
	in, whole := sent(t, part, 100)
	if len(whole) > 4096 {
		t.Errorf("8 rows took %d bytes", len(whole))
	}
	d, _ := newDecoder(schema.ArrowSchema(frameColumns))
	back, err := d.decode(in)
	if err != nil || !array.RecordEqual(part, back) {
		t.Errorf("a slice comes back changed: %v", err)
	}
}

// TestTwistedFramesAreErrors: no change of bytes makes the reader panic or hand on rows that are not sound.
func TestTwistedFramesAreErrors(t *testing.T) {
	in, _ := sent(t, sample(100), 16<<10)
	random := rand.New(rand.NewPCG(1, 2))
	refused := 0
	for range 20_000 {
		f := frame{rows: in.rows, metadata: bytes.Clone(in.metadata), body: bytes.Clone(in.body)}
		switch random.IntN(6) {
		case 0:
			f.metadata = f.metadata[:random.IntN(len(f.metadata))]
		case 1:
			f.body = f.body[:random.IntN(len(f.body))]
		case 2:
			f.rows = random.Int64() - random.Int64()
		case 3:
			f.body[random.IntN(len(f.body))] ^= byte(1 << random.IntN(8))
		default:
			for range 1 + random.IntN(4) {
				f.metadata[random.IntN(len(f.metadata))] = byte(random.Uint32())
			}
		}
		d, err := newDecoder(schema.ArrowSchema(frameColumns))
		if err != nil {
			t.Fatal(err)
		}
		rec, err := d.decode(f)
		if err != nil {
			var p *ProtocolError
			if !errors.As(err, &p) {
				t.Fatalf("%T: %v", err, err)
			}
			refused++
			continue
		}
		for i, col := range rec.Columns() {
			if err := array.ValidateFull(col); err != nil && frameColumns[i].Type.Kind != schema.Null || int64(col.Len()) != f.rows {
				t.Fatalf("an unsound column %d passed: %v", i, err)
			}
		}
		_ = fmt.Sprint(rec)
		rec.Release()
	}
	if refused < 5000 {
		t.Errorf("only %d of 20000 twisted frames were refused", refused)
	}
}

func TestCompressedAndForeignFramesAreRefused(t *testing.T) {
	d, _ := newDecoder(schema.ArrowSchema(frameColumns))
	payload, err := ipc.GetRecordBatchPayload(sample(1000), ipc.WithZstd())
	if err != nil {
		t.Fatal(err)
	}
	var body bytes.Buffer
	if err := payload.SerializeBody(&body); err != nil {
		t.Fatal(err)
	}
	_, err = d.decode(frame{rows: 1000, metadata: payload.Meta().Bytes(), body: body.Bytes()})
	if err == nil || !strings.Contains(err.Error(), "compressed") {
		t.Errorf("%v", err)
	}
	header := ipc.GetSchemaPayload(schema.ArrowSchema(frameColumns), memory.DefaultAllocator)
	if _, err = d.decode(frame{metadata: header.Meta().Bytes()}); err == nil {
		t.Error("a schema passes as a batch")
	}
	if _, err = d.decode(frame{}); err == nil {
		t.Error("nothing passes as a batch")
	}
}

func TestTextMustBeUTF8(t *testing.T) {
	columns := []schema.Column{{Name: "s", Type: schema.Type{Kind: schema.String}}}
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(columns))
	// Valid as a whole, torn between two values.
	b.Field(0).(*array.StringBuilder).AppendValues([]string{"a\xc3", "\xbc"}, nil)
	in, _ := sent(t, b.NewRecordBatch(), 1<<20)
	d, _ := newDecoder(schema.ArrowSchema(columns))
	_, err := d.decode(in)
	if err == nil || !strings.Contains(err.Error(), `"s"`) || strings.Contains(err.Error(), "a\xc3") {
		t.Errorf("%v", err)
	}
}
