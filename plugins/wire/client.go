package wire

import (
	"context"
	"io"
	"sync"

	"github.com/apache/arrow-go/v18/arrow"
	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"github.com/cdp-engine/cdp/plugins/schema"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// DialOptions are the gRPC options every connector is called with.
func DialOptions() []grpc.DialOption {
	return []grpc.DialOption{
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(MaxMessage), grpc.MaxCallSendMsgSize(MaxMessage), grpc.ForceCodecV2(newCodec())),
		grpc.WithInitialWindowSize(window), grpc.WithInitialConnWindowSize(window),
		grpc.WithReadBufferSize(ioBuffer), grpc.WithWriteBufferSize(ioBuffer),
		grpc.WithDisableServiceConfig(), grpc.WithDisableRetry(),
	}
}

// Client calls one connector. Errors are *Failure (the connector's own), *ProtocolError, or of the connection.
type Client struct {
	connector   pb.ConnectorClient
	source      pb.SourceClient
	destination pb.DestinationClient
}

// NewClient calls a connector over a connection.
func NewClient(cc grpc.ClientConnInterface) *Client {
	return &Client{
		connector: pb.NewConnectorClient(cc), source: pb.NewSourceClient(cc), destination: pb.NewDestinationClient(cc),
	}
}

// Spec asks for the arguments and abilities.
func (c *Client) Spec(ctx context.Context) (schema.Spec, error) {
	resp, err := c.connector.GetSpec(ctx, &pb.GetSpecRequest{})
	if err != nil {
		return schema.Spec{}, fromStatus(err)
	}
	return specFromPB(resp)
}

// Validate asks for an offline look at the settings.
func (c *Client) Validate(ctx context.Context, role string, call Call) (Validation, error) {
	resp, err := c.connector.Validate(ctx, &pb.ValidateRequest{Role: roleToPB(role), Call: callToPB(call)})
	if err != nil {
		return Validation{}, fromStatus(err)
	}
	return validationFromPB(resp)
}

// Check asks whether the system can be reached.
func (c *Client) Check(ctx context.Context, role string, call Call) error {
	resp, err := c.connector.Check(ctx, &pb.CheckRequest{Role: roleToPB(role), Call: callToPB(call)})
	if err != nil {
		return fromStatus(err)
	}
	return failureOrNil(resp.GetFailure())
}

// DiscoverStreams asks a source what there is.
func (c *Client) DiscoverStreams(ctx context.Context, call Call) ([]schema.Stream, error) {
	resp, err := c.source.Discover(ctx, &pb.DiscoverRequest{Call: callToPB(call)})
	if err != nil {
		return nil, fromStatus(err)
	}
	if err := failureOrNil(resp.GetFailure()); err != nil {
		return nil, err
	}
	return mappedErr(resp.GetStreams(), streamFromPB)
}

// DiscoverObjects asks a destination what there is.
func (c *Client) DiscoverObjects(ctx context.Context, call Call) ([]schema.Object, error) {
	resp, err := c.destination.Discover(ctx, &pb.DiscoverRequest{Call: callToPB(call)})
	if err != nil {
		return nil, fromStatus(err)
	}
	return mapped(resp.GetObjects(), objectFromPB), failureOrNil(resp.GetFailure())
}

// Estimate asks how much a read would yield.
func (c *Client) Estimate(ctx context.Context, req ReadRequest) (Estimate, error) {
	resp, err := c.source.Estimate(ctx, &pb.EstimateRequest{Start: readToPB(req)})
	if err != nil {
		return Estimate{}, fromStatus(err)
	}
	return Estimate{Known: resp.GetKnown(), Rows: resp.GetRows(), Bytes: resp.GetBytes()}, failureOrNil(resp.GetFailure())
}

// failureOrNil avoids a typed nil in an error.
func failureOrNil(f *pb.Failure) error {
	if f == nil {
		return nil
	}
	return failureFromPB(f)
}

// ReadStream is the host's end of one read.
type ReadStream struct {
	stream  grpc.BidiStreamingClient[pb.HostMsg, pb.SourceMsg]
	mu      sync.Mutex // of sending
	decoder *decoder
}

// Read begins a read with so much credit. It ends when ctx is cancelled.
func (c *Client) Read(ctx context.Context, req ReadRequest, credit int64) (*ReadStream, error) {
	stream, err := c.source.Read(ctx)
	if err != nil {
		return nil, fromStatus(err)
	}
	start := readToPB(req)
	start.Credit = credit
	r := &ReadStream{stream: stream}
	return r, r.send(&pb.HostMsg{Msg: &pb.HostMsg_Start{Start: start}})
}

// send tells the connector something. io.EOF means that the stream has ended: the reason comes from Recv.
func (r *ReadStream) send(m *pb.HostMsg) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.stream.Send(m); err != nil && !eof(err) {
		return fromStatus(err)
	}
	return nil
}

// Grant allows so many bytes more.
func (r *ReadStream) Grant(bytes int64) error {
	return r.send(&pb.HostMsg{Msg: &pb.HostMsg_Credit{Credit: &pb.Credit{Bytes: bytes}}})
}

// Committed tells that a checkpoint is committed.
func (r *ReadStream) Committed(checkpoint int64) error {
	return r.send(&pb.HostMsg{Msg: &pb.HostMsg_Committed{Committed: &pb.Committed{Checkpoint: checkpoint}}})
}

// Cancel asks the connector to end, at the next checkpoint or at once.
func (r *ReadStream) Cancel(drain bool) error {
	return r.send(&pb.HostMsg{Msg: &pb.HostMsg_Cancel{Cancel: &pb.Cancel{Drain: drain}}})
}

// Recv returns the next message and its cost in credit; io.EOF after the last. A heartbeat is a nil message.
func (r *ReadStream) Recv() (Message, int64, error) {
	var in sourceIn
	if err := r.stream.RecvMsg(&in); err != nil {
		return nil, 0, fromStatus(err)
	}
	if b := in.msg.GetBatch(); b != nil {
		in.frame = &frame{scope: b.GetScope(), rows: b.GetRows(), metadata: b.GetMetadata(), body: b.GetBody()}
	}
	if in.frame != nil {
		return r.batch(*in.frame)
	}
	switch k := in.msg.GetMsg().(type) {
	case *pb.SourceMsg_Failure:
		return nil, 0, failureFromPB(k.Failure)
	case *pb.SourceMsg_Heartbeat, *pb.SourceMsg_Secret:
		return nil, 0, nil
	}
	msg, err := messageFromPB(&in.msg)
	if err != nil {
		return nil, 0, err
	}
	switch msg := msg.(type) {
	case *Schema:
		if r.decoder != nil {
			return nil, 0, protocolf("it sent the schema twice")
		}
		if r.decoder, err = newDecoder(schema.ArrowSchema(msg.Columns)); err != nil {
			return nil, 0, err
		}
	case *Reject:
		return msg, rejectCost(msg), nil
	}
	return msg, 0, nil
}

func (r *ReadStream) batch(f frame) (Message, int64, error) {
	if r.decoder == nil {
		return nil, 0, protocolf("it sent rows before the schema")
	}
	rec, err := r.decoder.decode(f)
	if err != nil {
		return nil, 0, err
	}
	return &Batch{Record: rec, Scope: f.scope}, int64(len(f.body)) + 1, nil
}

// WriteStream is the host's end of one writing.
type WriteStream struct {
	stream grpc.BidiStreamingClient[pb.WriteMsg, pb.WriteAnswer]
	mu     sync.Mutex // of sending
	schema *arrow.Schema
}

// Write begins to write. Ending ctx aborts it.
func (c *Client) Write(ctx context.Context, req WriteRequest) (*WriteStream, error) {
	stream, err := c.destination.Write(ctx)
	if err != nil {
		return nil, fromStatus(err)
	}
	w := &WriteStream{stream: stream, schema: OpSchema(req)}
	return w, w.send(&pb.WriteMsg{Msg: &pb.WriteMsg_Start{Start: writeToPB(req)}})
}

// send sends a *pb.WriteMsg or a frame.
func (w *WriteStream) send(m any) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.stream.SendMsg(m); err != nil && !eof(err) {
		return fromStatus(err)
	}
	return nil
}

// Send sends a batch. The record is not retained.
func (w *WriteStream) Send(b OpBatch) error {
	rec, err := Conform(b.Record, w.schema)
	if err != nil {
		return err
	}
	defer rec.Release()
	f, err := newOutFrame(rec, writeFrame, func(rows int64, metadata []byte) proto.Message {
		return &pb.OpBatch{Id: b.ID, Op: string(b.Op), Rows: rows, Metadata: metadata}
	})
	if err != nil {
		return err
	}
	return w.send(f)
}

// Finish says that no batch follows.
func (w *WriteStream) Finish() error {
	return w.send(&pb.WriteMsg{Msg: &pb.WriteMsg_Finish{Finish: &pb.Finish{}}})
}

// Abort takes the writing back.
func (w *WriteStream) Abort() error {
	return w.send(&pb.WriteMsg{Msg: &pb.WriteMsg_Abort{Abort: &pb.Abort{}}})
}

// Recv returns the next answer; nil is a heartbeat; io.EOF says that the writing is finished.
func (w *WriteStream) Recv() (*BatchResult, error) {
	m, err := w.stream.Recv()
	if eof(err) {
		return nil, protocolf("it ended a writing without a word")
	}
	if err != nil {
		return nil, fromStatus(err)
	}
	switch k := m.GetMsg().(type) {
	case *pb.WriteAnswer_Result:
		r := batchResultFromPB(k.Result)
		return &r, nil
	case *pb.WriteAnswer_Failure:
		return nil, failureFromPB(k.Failure)
	case *pb.WriteAnswer_Finished:
		return nil, io.EOF
	case *pb.WriteAnswer_Heartbeat:
		return nil, nil
	}
	return nil, protocolf("it sent an answer of no known kind")
}

// Readback reads what a tool has. alive is called for every message, heartbeats included.
func (c *Client) Readback(ctx context.Context, req ReadbackRequest, alive func(), yield func(ReadbackRecord) error) error {
	stream, err := c.destination.Readback(ctx, &pb.ReadbackRequest{
		Call: callToPB(req.Call), Object: req.Object, Key: columnsToPB(req.Key), Fields: columnsToPB(req.Fields)})
	if err != nil {
		return fromStatus(err)
	}
	for {
		m, err := stream.Recv()
		if eof(err) {
			return protocolf("it ended a readback without a word")
		}
		if err != nil {
			return fromStatus(err)
		}
		alive()
		switch k := m.GetMsg().(type) {
		case *pb.ReadbackAnswer_Records:
			for _, r := range k.Records.GetRecords() {
				if err := yield(ReadbackRecord{ID: r.GetId(), Fields: r.GetFields()}); err != nil {
					return err
				}
			}
		case *pb.ReadbackAnswer_Failure:
			return failureFromPB(k.Failure)
		case *pb.ReadbackAnswer_End:
			return nil
		case *pb.ReadbackAnswer_Heartbeat:
		default:
			return protocolf("it sent an answer of no known kind")
		}
	}
}
