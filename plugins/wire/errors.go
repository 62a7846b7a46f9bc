package wire

import (
	"context"
	"errors"
	"fmt"

	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// ProtocolError is a message that the protocol forbids: the other side is broken or lies.
type ProtocolError struct{ What string }

func (e *ProtocolError) Error() string { return e.What }

func protocolf(format string, args ...any) error {
	return &ProtocolError{What: fmt.Sprintf(format, args...)}
}

// AsFailure is err as a typed failure: its own kind if it has one, transient for a deadline, else permanent.
func AsFailure(err error) *Failure {
	var f *Failure
	switch {
	case err == nil:
		return nil
	case errors.As(err, &f):
		return f
	case errors.Is(err, context.DeadlineExceeded):
		return &Failure{Kind: FailureTransient, Code: "timeout", Message: err.Error()}
	case errors.Is(err, context.Canceled):
		return &Failure{Kind: FailureTransient, Code: "canceled", Message: err.Error()}
	}
	return &Failure{Kind: FailurePermanent, Message: err.Error()}
}

// toStatus carries an error over a unary call, a failure as the status's detail.
func toStatus(err error) error {
	if err == nil {
		return nil
	}
	var proto *ProtocolError
	if errors.As(err, &proto) {
		return status.Error(codes.InvalidArgument, text(proto.What))
	}
	f := AsFailure(err)
	st := status.New(codes.Unknown, text(f.Message))
	if with, derr := st.WithDetails(failureToPB(f)); derr == nil {
		st = with
	}
	return st.Err()
}

// fromStatus reads what toStatus wrote. Other errors stay as they are: they are of the connection.
func fromStatus(err error) error {
	st, ok := status.FromError(err)
	if err == nil || !ok {
		return err
	}
	for _, d := range st.Details() {
		if f, ok := d.(*pb.Failure); ok {
			return failureFromPB(f)
		}
	}
	if st.Code() == codes.InvalidArgument {
		return protocolf("it refused a request: %s", st.Message())
	}
	return err
}
