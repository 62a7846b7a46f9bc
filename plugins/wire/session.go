package wire

import (
	"context"
	"io"
	"sync"
	"time"

	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"github.com/cdp-engine/cdp/plugins/schema"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// sender lets several goroutines send on one stream.
type sender[T any] struct {
	mu     sync.Mutex
	stream interface{ SendMsg(any) error }
}

func (s *sender[T]) send(m *T) error { return s.sendAny(m) }

// sendAny sends a message that the codec knows besides T: a frame.
func (s *sender[T]) sendAny(m any) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stream.SendMsg(m)
}

// beat sends m again and again until stop is called, which waits for the last to be gone.
func (s *sender[T]) beat(ctx context.Context, m *T) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		tick := time.NewTicker(HeartbeatEvery)
		defer tick.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
				if s.send(m) != nil {
					return
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}

// ReadSession is the connector's end of one read.
type ReadSession struct {
	ctx    context.Context
	stream grpc.BidiStreamingServer[pb.HostMsg, pb.SourceMsg]
	out    *sender[pb.SourceMsg]

	mu        sync.Mutex
	credit    int64
	more      chan struct{} // closed and replaced when credit arrives
	drain     chan struct{}
	draining  bool
	committed int64
}

func newReadSession(ctx context.Context, stream grpc.BidiStreamingServer[pb.HostMsg, pb.SourceMsg], credit int64) *ReadSession {
	return &ReadSession{
		ctx: ctx, stream: stream, out: &sender[pb.SourceMsg]{stream: stream},
		credit: credit, more: make(chan struct{}), drain: make(chan struct{}),
	}
}

// listen takes what the host says during the read.
func (s *ReadSession) listen(cancel context.CancelFunc) {
	for {
		m, err := s.stream.Recv()
		if err != nil {
			if !eof(err) {
				cancel()
			}
			return
		}
		switch m := m.GetMsg().(type) {
		case *pb.HostMsg_Credit:
			s.mu.Lock()
			s.credit += max(m.Credit.GetBytes(), 0)
			close(s.more)
			s.more = make(chan struct{})
			s.mu.Unlock()
		case *pb.HostMsg_Committed:
			s.mu.Lock()
			s.committed = max(s.committed, m.Committed.GetCheckpoint())
			s.mu.Unlock()
		case *pb.HostMsg_Cancel:
			if !m.Cancel.GetDrain() {
				cancel()
				return
			}
			if !s.draining {
				s.draining = true
				close(s.drain)
			}
		}
	}
}

// Draining is closed when the host wants the read to end at the next checkpoint.
func (s *ReadSession) Draining() <-chan struct{} { return s.drain }

// Committed is the newest checkpoint that the host has committed.
func (s *ReadSession) Committed() int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.committed
}

// Send sends a message. Batches and rejects wait for credit. A batch is not retained.
func (s *ReadSession) Send(m Message) error {
	switch m := m.(type) {
	case *Batch:
		return s.sendBatch(m)
	case *Reject:
		if err := s.take(rejectCost(m)); err != nil {
			return err
		}
	}
	if s.ctx.Err() != nil {
		return context.Cause(s.ctx)
	}
	return s.out.send(messageToPB(m))
}

func (s *ReadSession) sendBatch(m *Batch) error {
	f, err := newOutFrame(m.Record, sourceFrame, func(rows int64, metadata []byte) proto.Message {
		return &pb.BatchMsg{Scope: text(m.Scope), Rows: rows, Metadata: metadata}
	})
	if err != nil {
		return err
	}
	if err := s.take(f.size + 1); err != nil {
		f.payload.Release()
		return err
	}
	return s.out.sendAny(f)
}

func rejectCost(r *Reject) int64 { return int64(len(r.Record)) + 128 }

// take waits until there is any credit and spends n of it; the debt is paid before the next message.
func (s *ReadSession) take(n int64) error {
	for {
		s.mu.Lock()
		if s.credit > 0 {
			s.credit -= n
			s.mu.Unlock()
			return nil
		}
		more := s.more
		s.mu.Unlock()
		select {
		case <-more:
		case <-s.ctx.Done():
			return context.Cause(s.ctx)
		}
	}
}

// WriteSession is the connector's end of one writing.
type WriteSession struct {
	stream   grpc.BidiStreamingServer[pb.WriteMsg, pb.WriteAnswer]
	out      *sender[pb.WriteAnswer]
	decoder  *decoder
	evidence string
}

func newWriteSession(stream grpc.BidiStreamingServer[pb.WriteMsg, pb.WriteAnswer], req WriteRequest) (*WriteSession, error) {
	d, err := newDecoder(OpSchema(req))
	if err != nil {
		return nil, err
	}
	return &WriteSession{stream: stream, out: &sender[pb.WriteAnswer]{stream: stream}, decoder: d}, nil
}

// Next returns the next batch; io.EOF after the host said Finish; ErrAborted when the writing is taken back. The caller
// releases the record.
func (s *WriteSession) Next() (OpBatch, error) {
	var in writeIn
	if err := s.stream.RecvMsg(&in); err != nil {
		// Without Finish the host did not mean it to take effect.
		return OpBatch{}, ErrAborted
	}
	if b := in.msg.GetBatch(); b != nil {
		in.frame = &frame{id: b.GetId(), op: b.GetOp(), rows: b.GetRows(), metadata: b.GetMetadata(), body: b.GetBody()}
	}
	if in.frame != nil {
		rec, err := s.decoder.decode(*in.frame)
		if err != nil {
			return OpBatch{}, err
		}
		return OpBatch{ID: in.frame.id, Op: schema.Op(in.frame.op), Record: rec}, nil
	}
	switch in.msg.GetMsg().(type) {
	case *pb.WriteMsg_Finish:
		return OpBatch{}, io.EOF
	case *pb.WriteMsg_Abort:
		return OpBatch{}, ErrAborted
	}
	return OpBatch{}, protocolf("a writing got a message of no known kind")
}

// Answer answers one batch.
func (s *WriteSession) Answer(r BatchResult) error {
	return s.out.send(&pb.WriteAnswer{Msg: &pb.WriteAnswer_Result{Result: batchResultToPB(r)}})
}

// SetEvidence is what the effect of the whole writing was read from.
func (s *WriteSession) SetEvidence(evidence string) { s.evidence = evidence }
