package wire

import (
	"context"
	"errors"
	"io"
	"time"

	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"github.com/cdp-engine/cdp/plugins/schema"
	"google.golang.org/grpc"
)

// HeartbeatEvery is how often a connector says that it lives while it has nothing else to say.
const HeartbeatEvery = 2 * time.Second

// capabilities are what this version of the SDK does beyond the first published protocol; none yet.
var capabilities []string

// ConnectorServer answers for the connector as a whole.
type ConnectorServer interface {
	Spec(ctx context.Context) (schema.Spec, error)
	Validate(ctx context.Context, role string, call Call) (Validation, error)
	Check(ctx context.Context, role string, call Call) error
}

// SourceServer reads streams.
type SourceServer interface {
	Discover(ctx context.Context, call Call) ([]schema.Stream, error)
	Estimate(ctx context.Context, req ReadRequest) (Estimate, error)
	Read(ctx context.Context, req ReadRequest, s *ReadSession) error
}

// DestinationServer writes objects.
type DestinationServer interface {
	Discover(ctx context.Context, call Call) ([]schema.Object, error)
	Write(ctx context.Context, req WriteRequest, s *WriteSession) error
	Readback(ctx context.Context, req ReadbackRequest, yield func(ReadbackRecord) error) error
}

// Register puts a connector on a gRPC server. src and dst may be nil.
func Register(s grpc.ServiceRegistrar, c ConnectorServer, src SourceServer, dst DestinationServer) {
	pb.RegisterConnectorServer(s, connectorService{serves: c})
	if src != nil {
		pb.RegisterSourceServer(s, sourceService{serves: src})
	}
	if dst != nil {
		pb.RegisterDestinationServer(s, destinationService{serves: dst})
	}
}

// ServerOptions are the gRPC options every connector is served with.
func ServerOptions() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage),
		grpc.ForceServerCodecV2(newCodec()),
		grpc.InitialWindowSize(window), grpc.InitialConnWindowSize(window),
		grpc.ReadBufferSize(ioBuffer), grpc.WriteBufferSize(ioBuffer),
	}
}

// The HTTP/2 windows hold a few batches, so that the line is never idle between them.
const (
	window   = 16 << 20
	ioBuffer = 256 << 10
)

type connectorService struct {
	pb.UnimplementedConnectorServer
	serves ConnectorServer
}

func (s connectorService) GetSpec(ctx context.Context, _ *pb.GetSpecRequest) (*pb.GetSpecResponse, error) {
	spec, err := s.serves.Spec(ctx)
	if err != nil {
		return nil, toStatus(err)
	}
	out, err := specToPB(spec)
	return out, toStatus(err)
}

func (s connectorService) Validate(ctx context.Context, req *pb.ValidateRequest) (*pb.ValidateResponse, error) {
	role, err := roleFromPB(req.GetRole())
	if err != nil {
		return nil, toStatus(err)
	}
	call, err := callFromPB(req.GetCall())
	if err != nil {
		return nil, toStatus(err)
	}
	v, err := s.serves.Validate(ctx, role, call)
	if err != nil {
		return nil, toStatus(err)
	}
	return validationToPB(v), nil
}

func (s connectorService) Check(ctx context.Context, req *pb.CheckRequest) (*pb.CheckResponse, error) {
	role, err := roleFromPB(req.GetRole())
	if err != nil {
		return nil, toStatus(err)
	}
	call, err := callFromPB(req.GetCall())
	if err != nil {
		return nil, toStatus(err)
	}
	return &pb.CheckResponse{Failure: failureToPB(AsFailure(s.serves.Check(ctx, role, call)))}, nil
}

type sourceService struct {
	pb.UnimplementedSourceServer
	serves SourceServer
}

func (s sourceService) Discover(ctx context.Context, req *pb.DiscoverRequest) (*pb.DiscoverResponse, error) {
	call, err := callFromPB(req.GetCall())
	if err != nil {
		return nil, toStatus(err)
	}
	streams, err := s.serves.Discover(ctx, call)
	return &pb.DiscoverResponse{Streams: mapped(streams, streamToPB), Failure: failureToPB(AsFailure(err))}, nil
}

func (s sourceService) Estimate(ctx context.Context, req *pb.EstimateRequest) (*pb.EstimateResponse, error) {
	read, err := readFromPB(req.GetStart())
	if err != nil {
		return nil, toStatus(err)
	}
	e, err := s.serves.Estimate(ctx, read)
	return &pb.EstimateResponse{Known: e.Known, Rows: e.Rows, Bytes: e.Bytes, Failure: failureToPB(AsFailure(err))}, nil
}

func (s sourceService) Read(stream grpc.BidiStreamingServer[pb.HostMsg, pb.SourceMsg]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	start := first.GetStart()
	if start == nil {
		return toStatus(protocolf("a read begins with Start"))
	}
	req, err := readFromPB(start)
	if err != nil {
		return toStatus(err)
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	session := newReadSession(ctx, stream, start.GetCredit())
	go session.listen(cancel)
	stop := session.out.beat(ctx, &pb.SourceMsg{Msg: &pb.SourceMsg_Heartbeat{Heartbeat: &pb.Heartbeat{}}})
	err = s.serves.Read(ctx, req, session)
	stop()
	if err == nil || stream.Context().Err() != nil {
		return nil
	}
	return session.out.send(&pb.SourceMsg{Msg: &pb.SourceMsg_Failure{Failure: failureToPB(AsFailure(err))}})
}

type destinationService struct {
	pb.UnimplementedDestinationServer
	serves DestinationServer
}

func (s destinationService) Discover(ctx context.Context, req *pb.DiscoverRequest) (*pb.DiscoverResponse, error) {
	call, err := callFromPB(req.GetCall())
	if err != nil {
		return nil, toStatus(err)
	}
	objects, err := s.serves.Discover(ctx, call)
	return &pb.DiscoverResponse{Objects: mapped(objects, objectToPB), Failure: failureToPB(AsFailure(err))}, nil
}

func (s destinationService) Write(stream grpc.BidiStreamingServer[pb.WriteMsg, pb.WriteAnswer]) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if first.GetStart() == nil {
		return toStatus(protocolf("a write begins with Start"))
	}
	req, err := writeFromPB(first.GetStart())
	if err != nil {
		return toStatus(err)
	}
	ctx, cancel := context.WithCancel(stream.Context())
	defer cancel()
	session, err := newWriteSession(stream, req)
	if err != nil {
		return toStatus(err)
	}
	stop := session.out.beat(ctx, &pb.WriteAnswer{Msg: &pb.WriteAnswer_Heartbeat{Heartbeat: &pb.Heartbeat{}}})
	err = s.serves.Write(ctx, req, session)
	stop()
	switch {
	case errors.Is(err, ErrAborted) || stream.Context().Err() != nil:
		return nil
	case err != nil:
		return session.out.send(&pb.WriteAnswer{Msg: &pb.WriteAnswer_Failure{Failure: failureToPB(AsFailure(err))}})
	}
	return session.out.send(&pb.WriteAnswer{Msg: &pb.WriteAnswer_Finished{Finished: &pb.Finished{Evidence: text(session.evidence)}}})
}

func (s destinationService) Readback(req *pb.ReadbackRequest, stream grpc.ServerStreamingServer[pb.ReadbackAnswer]) error {
	call, err := callFromPB(req.GetCall())
	if err != nil {
		return toStatus(err)
	}
	key, err := columnsFromPB(req.GetKey())
	if err != nil {
		return toStatus(err)
	}
	fields, err := columnsFromPB(req.GetFields())
	if err != nil {
		return toStatus(err)
	}
	out := &sender[pb.ReadbackAnswer]{stream: stream}
	stop := out.beat(stream.Context(), &pb.ReadbackAnswer{Msg: &pb.ReadbackAnswer_Heartbeat{Heartbeat: &pb.Heartbeat{}}})
	page := readbackPage{out: out}
	err = s.serves.Readback(stream.Context(), ReadbackRequest{Call: call, Object: req.GetObject(), Key: key, Fields: fields}, page.add)
	stop()
	if err == nil {
		err = page.flush()
	}
	if err != nil {
		return out.send(&pb.ReadbackAnswer{Msg: &pb.ReadbackAnswer_Failure{Failure: failureToPB(AsFailure(err))}})
	}
	return out.send(&pb.ReadbackAnswer{Msg: &pb.ReadbackAnswer_End{End: &pb.ReadbackEnd{}}})
}

// readbackPage gathers records, so that a message is worth its cost.
type readbackPage struct {
	out     *sender[pb.ReadbackAnswer]
	records []*pb.ReadbackRecord
	bytes   int
}

func (p *readbackPage) add(r ReadbackRecord) error {
	p.records = append(p.records, &pb.ReadbackRecord{Id: text(r.ID), Fields: r.Fields})
	if p.bytes += len(r.ID) + len(r.Fields); p.bytes < 1<<20 && len(p.records) < 1000 {
		return nil
	}
	return p.flush()
}

func (p *readbackPage) flush() error {
	if len(p.records) == 0 {
		return nil
	}
	msg := &pb.ReadbackAnswer{Msg: &pb.ReadbackAnswer_Records{Records: &pb.ReadbackRecords{Records: p.records}}}
	p.records, p.bytes = nil, 0
	return p.out.send(msg)
}

// ErrAborted is what WriteSession.Next returns when the host takes the writing back or went away.
var ErrAborted = errors.New("the host aborted the writing")

// eof says whether an error of Recv means that the other side closed in order.
func eof(err error) bool { return errors.Is(err, io.EOF) }
