package wire

import (
	"encoding/binary"
	"fmt"
	"strings"
	"sync/atomic"
	"unsafe"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/ipc"
	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"google.golang.org/grpc/encoding"
	_ "google.golang.org/grpc/encoding/proto" // registers the codec that ours wraps
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
)

// codec is gRPC's own for protocol buffers, but moves batches without copying them: out, the message refers to Arrow's
// buffers; in, the body is copied once, to where it stays. On the wire nothing differs.
type codec struct{ base encoding.CodecV2 }

func newCodec() encoding.CodecV2 { return codec{base: encoding.GetCodecV2("proto")} }

func (codec) Name() string { return "proto" }

func (c codec) Marshal(v any) (mem.BufferSlice, error) {
	if f, ok := v.(*outFrame); ok {
		return f.marshal()
	}
	return c.base.Marshal(v)
}

func (c codec) Unmarshal(data mem.BufferSlice, v any) error {
	switch v := v.(type) {
	case *sourceIn:
		if f, ok := readFrame(data, sourceFrame); ok {
			v.frame = &f
			return nil
		}
		return c.base.Unmarshal(data, &v.msg)
	case *writeIn:
		if f, ok := readFrame(data, writeFrame); ok {
			v.frame = &f
			return nil
		}
		return c.base.Unmarshal(data, &v.msg)
	}
	return c.base.Unmarshal(data, v)
}

// frameFields are the field numbers of a batch message and of its parts in plugin.proto; 0: it has no such part.
type frameFields struct {
	outer, scope, id, op, rows, metadata, body protowire.Number
}

var (
	sourceFrame = frameFields{outer: 2, scope: 1, rows: 2, metadata: 3, body: 4}
	writeFrame  = frameFields{outer: 2, id: 1, op: 2, rows: 3, metadata: 4, body: 5}
)

// sourceIn and writeIn are messages received: a frame, or anything else.
type sourceIn struct {
	msg   pb.SourceMsg
	frame *frame
}

type writeIn struct {
	msg   pb.WriteMsg
	frame *frame
}

// outFrame is a batch to be sent: its message without the body, and the body where Arrow has it.
type outFrame struct {
	fields  frameFields
	head    proto.Message
	payload ipc.Payload
	size    int64 // of the body
}

// newOutFrame frames a record. head is made by the caller from rows and metadata. marshal or drop must follow.
func newOutFrame(rec arrow.RecordBatch, fields frameFields, head func(rows int64, metadata []byte) proto.Message) (*outFrame, error) {
	payload, err := ipc.GetRecordBatchPayload(rec)
	if err != nil {
		return nil, fmt.Errorf("framing a batch: %w", err)
	}
	meta := payload.Meta()
	defer meta.Release()
	var size counter
	if err := payload.SerializeBody(&size); err != nil {
		payload.Release()
		return nil, fmt.Errorf("framing a batch: %w", err)
	}
	return &outFrame{fields: fields, head: head(rec.NumRows(), append([]byte(nil), meta.Bytes()...)), payload: payload, size: int64(size)}, nil
}

type counter int64

func (c *counter) Write(p []byte) (int, error) { *c += counter(len(p)); return len(p), nil }

// marshal hands the buffers to gRPC, which releases them once they are sent.
func (f *outFrame) marshal() (mem.BufferSlice, error) {
	inner, err := proto.Marshal(f.head)
	if err != nil {
		f.payload.Release()
		return nil, fmt.Errorf("framing a batch: %w", err)
	}
	inner = protowire.AppendTag(inner, f.fields.body, protowire.BytesType)
	inner = protowire.AppendVarint(inner, uint64(f.size))
	prefix := protowire.AppendTag(nil, f.fields.outer, protowire.BytesType)
	prefix = protowire.AppendVarint(prefix, uint64(len(inner))+uint64(f.size))
	lease := &lease{payload: f.payload}
	lease.users.Store(1)
	out := &lender{lease: lease, small: append(prefix, inner...)}
	err = f.payload.SerializeBody(out)
	out.flush()
	lease.Put(nil)
	if err != nil {
		out.buffers.Free()
		return nil, fmt.Errorf("framing a batch: %w", err)
	}
	return out.buffers, nil
}

// lender gathers buffers: large ones as they are, small ones copied together.
type lender struct {
	lease   *lease
	small   []byte
	buffers mem.BufferSlice
}

// lent is the size from which a buffer is passed on uncopied; gRPC counts references from its own threshold only.
const lent = 4 << 10

func (l *lender) Write(p []byte) (int, error) {
	if len(p) < lent {
		l.small = append(l.small, p...)
		return len(p), nil
	}
	l.flush()
	l.lease.users.Add(1)
	l.buffers = append(l.buffers, mem.NewBuffer(&p, l.lease))
	return len(p), nil
}

func (l *lender) flush() {
	if len(l.small) > 0 {
		l.buffers = append(l.buffers, mem.SliceBuffer(l.small))
		l.small = nil
	}
}

// lease keeps Arrow's buffers, which may be C memory, until the last one is sent. It is a mem.BufferPool to hear of that.
type lease struct {
	payload ipc.Payload
	users   atomic.Int64
}

func (l *lease) Get(size int) *[]byte { b := make([]byte, size); return &b }

func (l *lease) Put(*[]byte) {
	if l.users.Add(-1) == 0 {
		l.payload.Release()
	}
}

// readFrame reads a message that is a batch and nothing else. Whatever is unusual is left to the base codec.
func readFrame(data mem.BufferSlice, fields frameFields) (frame, bool) {
	if len(data) == 0 || data[0].Len() == 0 || data[0].ReadOnlyData()[0] != byte(protowire.EncodeTag(fields.outer, protowire.BytesType)) {
		return frame{}, false
	}
	r := data.Reader()
	defer r.Close()
	if _, err := r.Discard(1); err != nil {
		return frame{}, false
	}
	if n, err := binary.ReadUvarint(r); err != nil || n != uint64(r.Remaining()) {
		return frame{}, false
	}
	var f frame
	for r.Remaining() > 0 {
		tag, err := binary.ReadUvarint(r)
		if err != nil {
			return frame{}, false
		}
		number, kind := protowire.DecodeTag(tag)
		if number == fields.rows && kind == protowire.VarintType {
			rows, err := binary.ReadUvarint(r)
			if err != nil {
				return frame{}, false
			}
			f.rows = int64(rows)
			continue
		}
		value, ok := readBytes(r, kind)
		if !ok || !f.set(fields, number, value) {
			return frame{}, false
		}
	}
	return f, true
}

func (f *frame) set(fields frameFields, number protowire.Number, value []byte) bool {
	switch number {
	case fields.metadata:
		f.metadata = value
	case fields.body:
		f.body = value
	case fields.scope:
		f.scope = string(value)
	case fields.id:
		f.id = string(value)
	case fields.op:
		f.op = string(value)
	default:
		return false
	}
	return true
}

// readBytes copies the next value out of gRPC's buffers, once and into memory that nobody cleared for it.
func readBytes(r *mem.Reader, kind protowire.Type) ([]byte, bool) {
	n, err := binary.ReadUvarint(r)
	if kind != protowire.BytesType || err != nil || n > uint64(r.Remaining()) {
		return nil, false
	}
	parts, err := r.Peek(int(n), nil)
	if err != nil {
		return nil, false
	}
	var b strings.Builder
	b.Grow(int(n))
	for _, p := range parts {
		b.Write(p)
	}
	if _, err := r.Discard(int(n)); err != nil {
		return nil, false
	}
	// A builder is the only way to memory that is not zeroed first. The string is not used, so its bytes are ours.
	text := b.String()
	return unsafe.Slice(unsafe.StringData(text), len(text)), true
}
