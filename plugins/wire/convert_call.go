package wire

import (
	"encoding/json"

	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"github.com/cdp-engine/cdp/plugins/schema"
	"google.golang.org/protobuf/types/known/durationpb"
)

func roleToPB(role string) pb.Role {
	switch role {
	case RoleSource:
		return pb.Role_ROLE_SOURCE
	case RoleDestination:
		return pb.Role_ROLE_DESTINATION
	}
	return pb.Role_ROLE_UNSPECIFIED
}

func roleFromPB(role pb.Role) (string, error) {
	switch role {
	case pb.Role_ROLE_SOURCE:
		return RoleSource, nil
	case pb.Role_ROLE_DESTINATION:
		return RoleDestination, nil
	}
	return "", protocolf("role %d is not known", role)
}

func settingsFromPB(text []byte) (Settings, error) {
	if len(text) == 0 {
		return Settings("{}"), nil
	}
	if !json.Valid(text) {
		return nil, protocolf("settings are not JSON")
	}
	return Settings(text), nil
}

func callToPB(c Call) *pb.Call {
	return &pb.Call{
		Address:  c.Address,
		Settings: c.Settings,
		Streams: mapped(c.Streams, func(s StreamRequest) *pb.StreamRequest {
			return &pb.StreamRequest{
				Name: s.Name, Settings: s.Settings, PrimaryKey: s.PrimaryKey, Cursor: s.Cursor, Pinned: columnsToPB(s.Pinned),
			}
		}),
		Objects: mapped(c.Objects, func(o ObjectRequest) *pb.ObjectRequest {
			return &pb.ObjectRequest{Name: o.Name, Key: o.Key, Fields: o.Fields}
		}),
	}
}

func callFromPB(c *pb.Call) (Call, error) {
	settings, err := settingsFromPB(c.GetSettings())
	if err != nil {
		return Call{}, err
	}
	streams, err := mappedErr(c.GetStreams(), func(s *pb.StreamRequest) (StreamRequest, error) {
		settings, err := settingsFromPB(s.GetSettings())
		if err != nil {
			return StreamRequest{}, err
		}
		pinned, err := columnsFromPB(s.GetPinned())
		return StreamRequest{
			Name: s.GetName(), Settings: settings, PrimaryKey: s.GetPrimaryKey(), Cursor: s.GetCursor(), Pinned: pinned,
		}, err
	})
	if err != nil {
		return Call{}, err
	}
	return Call{
		Address: c.GetAddress(), Settings: settings, Streams: streams,
		Objects: mapped(c.GetObjects(), func(o *pb.ObjectRequest) ObjectRequest {
			return ObjectRequest{Name: o.GetName(), Key: o.GetKey(), Fields: o.GetFields()}
		}),
	}, nil
}

func validationToPB(v Validation) *pb.ValidateResponse {
	return &pb.ValidateResponse{
		Problems: mapped(v.Problems, func(p Problem) *pb.Problem {
			return &pb.Problem{
				Path: mapped(p.Path, text), Warning: p.Warning, Summary: text(p.Summary), Detail: text(p.Detail), Offset: int32(p.Offset),
			}
		}),
		Streams: mapped(v.Streams, streamToPB),
		Objects: mapped(v.Objects, objectToPB),
	}
}

func validationFromPB(v *pb.ValidateResponse) (Validation, error) {
	streams, err := mappedErr(v.GetStreams(), streamFromPB)
	return Validation{
		Problems: mapped(v.GetProblems(), func(p *pb.Problem) Problem {
			return Problem{
				Path: p.GetPath(), Warning: p.GetWarning(), Summary: p.GetSummary(), Detail: p.GetDetail(), Offset: int(p.GetOffset()),
			}
		}),
		Streams: streams,
		Objects: mapped(v.GetObjects(), objectFromPB),
	}, err
}

func streamToPB(s schema.Stream) *pb.Stream {
	out := &pb.Stream{Name: s.Name, PrimaryKey: s.PrimaryKey, Cursor: s.Cursor, OrderedByCursor: s.OrderedByCursor}
	if s.Columns != nil {
		out.Columns = &pb.Columns{Columns: columnsToPB(s.Columns)}
	}
	return out
}

func streamFromPB(s *pb.Stream) (schema.Stream, error) {
	out := schema.Stream{
		Name: s.GetName(), PrimaryKey: s.GetPrimaryKey(), Cursor: s.GetCursor(), OrderedByCursor: s.GetOrderedByCursor(),
	}
	var err error
	if s.Columns != nil {
		out.Columns = []schema.Column{}
		if len(s.Columns.Columns) > 0 {
			out.Columns, err = columnsFromPB(s.Columns.Columns)
		}
	}
	return out, err
}

func objectToPB(o schema.Object) *pb.Object {
	return &pb.Object{
		Name: o.Name, Key: o.Key, Fields: o.Fields, Readback: o.Readback, WholeSet: o.WholeSet, Partial: o.Partial, Doc: o.Doc,
		Operations: mapped(o.Operations, func(op schema.Operation) *pb.Operation {
			return &pb.Operation{
				Op: string(op.Op), MaxRecords: int64(op.MaxRecords), MaxBytes: int64(op.MaxBytes),
				Idempotent: op.Idempotent, Evidence: string(op.Evidence),
			}
		}),
	}
}

func objectFromPB(o *pb.Object) schema.Object {
	return schema.Object{
		Name: o.GetName(), Key: o.GetKey(), Fields: o.GetFields(), Readback: o.GetReadback(),
		WholeSet: o.GetWholeSet(), Partial: o.GetPartial(), Doc: o.GetDoc(),
		Operations: mapped(o.GetOperations(), func(op *pb.Operation) schema.Operation {
			return schema.Operation{
				Op: schema.Op(op.GetOp()), MaxRecords: int(op.GetMaxRecords()), MaxBytes: int(op.GetMaxBytes()),
				Idempotent: op.GetIdempotent(), Evidence: schema.Evidence(op.GetEvidence()),
			}
		}),
	}
}

var failureKinds = map[FailureKind]bool{
	FailureConfig: true, FailureAuth: true, FailureRateLimit: true, FailureTransient: true,
	FailureRejected: true, FailureUnfit: true, FailureLost: true, FailurePermanent: true,
}

func failureToPB(f *Failure) *pb.Failure {
	if f == nil {
		return nil
	}
	out := &pb.Failure{
		Kind: string(f.Kind), Code: text(f.Code), Message: text(f.Message), Detail: text(f.Detail),
		Path: mapped(f.Path, text), RequestId: text(f.RequestID),
	}
	if f.After > 0 {
		out.After = durationpb.New(f.After)
	}
	return out
}

func failureFromPB(f *pb.Failure) *Failure {
	if f == nil {
		return nil
	}
	out := &Failure{
		Kind: FailureKind(f.GetKind()), Code: f.GetCode(), Message: f.GetMessage(), Detail: f.GetDetail(),
		Path: f.GetPath(), After: max(f.GetAfter().AsDuration(), 0), RequestID: f.GetRequestId(),
	}
	if !failureKinds[out.Kind] {
		out.Kind = FailurePermanent
	}
	return out
}
