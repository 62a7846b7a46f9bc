package wire

import (
	"strings"
	"time"

	pb "github.com/cdp-engine/cdp/plugins/proto/v1"
	"github.com/cdp-engine/cdp/plugins/schema"
	"google.golang.org/protobuf/types/known/durationpb"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// text makes a string fit for the wire, which takes valid UTF-8 only.
func text(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

func readToPB(r ReadRequest) *pb.ReadStart {
	out := &pb.ReadStart{
		Call: callToPB(r.Call), Stream: r.Stream, Columns: columnsToPB(r.Columns), Kept: columnsToPB(r.Kept),
		Cursor: r.Cursor, State: r.State, Full: r.Full, BatchRows: int64(r.Batch.Rows), BatchBytes: int64(r.Batch.Bytes),
	}
	if r.Lag > 0 {
		out.Lag = durationpb.New(r.Lag)
	}
	return out
}

func readFromPB(r *pb.ReadStart) (ReadRequest, error) {
	call, err := callFromPB(r.GetCall())
	if err != nil {
		return ReadRequest{}, err
	}
	columns, err := columnsFromPB(r.GetColumns())
	if err != nil {
		return ReadRequest{}, err
	}
	kept, err := columnsFromPB(r.GetKept())
	out := ReadRequest{
		Call: call, Stream: r.GetStream(), Columns: columns, Kept: kept, Cursor: r.GetCursor(),
		Lag: r.GetLag().AsDuration(), Full: r.GetFull(),
		Batch: BatchLimits{Rows: int(r.GetBatchRows()), Bytes: int(r.GetBatchBytes())},
	}
	if len(r.GetState()) > 0 {
		out.State = r.GetState()
	}
	return out, err
}

// messageToPB converts all messages but batches, which the encoder of the stream frames.
func messageToPB(m Message) *pb.SourceMsg {
	switch m := m.(type) {
	case *Schema:
		return &pb.SourceMsg{Msg: &pb.SourceMsg_Schema{Schema: &pb.SchemaMsg{
			Columns: columnsToPB(m.Columns), OrderedByCursor: m.OrderedByCursor, Detection: mapped(m.Detection, text)}}}
	case *Reject:
		return &pb.SourceMsg{Msg: &pb.SourceMsg_Reject{Reject: &pb.RejectMsg{
			Position: text(m.Position), Column: text(m.Column), Code: text(m.Code), Reason: text(m.Reason),
			Record: []byte(m.Record), Key: text(m.Key)}}}
	case *Checkpoint:
		return &pb.SourceMsg{Msg: &pb.SourceMsg_Checkpoint{Checkpoint: &pb.CheckpointMsg{Id: m.ID, State: m.State}}}
	case *Status:
		return &pb.SourceMsg{Msg: &pb.SourceMsg_Status{Status: &pb.StatusMsg{
			Scope: text(m.Scope), Complete: m.Complete, Unchanged: m.Unchanged}}}
	case *Progress:
		return &pb.SourceMsg{Msg: &pb.SourceMsg_Progress{Progress: &pb.ProgressMsg{
			Done: m.Done, Total: m.Total, Unit: text(m.Unit)}}}
	case *Notice:
		return &pb.SourceMsg{Msg: &pb.SourceMsg_Notice{Notice: &pb.NoticeMsg{Summary: text(m.Summary), Detail: text(m.Detail)}}}
	}
	return nil
}

// messageFromPB converts all messages but batches, failures and heartbeats.
func messageFromPB(m *pb.SourceMsg) (Message, error) {
	switch m := m.GetMsg().(type) {
	case *pb.SourceMsg_Schema:
		columns, err := columnsFromPB(m.Schema.GetColumns())
		if columns == nil {
			columns = []schema.Column{}
		}
		return &Schema{Columns: columns, OrderedByCursor: m.Schema.GetOrderedByCursor(), Detection: m.Schema.GetDetection()}, err
	case *pb.SourceMsg_Reject:
		r := m.Reject
		return &Reject{Position: r.GetPosition(), Column: r.GetColumn(), Code: r.GetCode(), Reason: r.GetReason(),
			Record: string(r.GetRecord()), Key: r.GetKey()}, nil
	case *pb.SourceMsg_Checkpoint:
		out := &Checkpoint{ID: m.Checkpoint.GetId()}
		if len(m.Checkpoint.GetState()) > 0 {
			out.State = m.Checkpoint.GetState()
		}
		return out, nil
	case *pb.SourceMsg_Status:
		return &Status{Scope: m.Status.GetScope(), Complete: m.Status.GetComplete(), Unchanged: m.Status.GetUnchanged()}, nil
	case *pb.SourceMsg_Progress:
		return &Progress{Done: m.Progress.GetDone(), Total: m.Progress.GetTotal(), Unit: m.Progress.GetUnit()}, nil
	case *pb.SourceMsg_Notice:
		return &Notice{Summary: m.Notice.GetSummary(), Detail: m.Notice.GetDetail()}, nil
	}
	return nil, protocolf("it sent a message of no known kind")
}

func writeToPB(w WriteRequest) *pb.WriteStart {
	return &pb.WriteStart{
		Call: callToPB(w.Call), Object: w.Object, Op: string(w.Op), Key: columnsToPB(w.Key), Fields: columnsToPB(w.Fields),
		RunId: w.RunID, AsOf: timestamppb.New(w.AsOf), Append: w.Append, Concurrency: int32(w.Concurrency),
	}
}

func writeFromPB(w *pb.WriteStart) (WriteRequest, error) {
	call, err := callFromPB(w.GetCall())
	if err != nil {
		return WriteRequest{}, err
	}
	key, err := columnsFromPB(w.GetKey())
	if err != nil {
		return WriteRequest{}, err
	}
	fields, err := columnsFromPB(w.GetFields())
	var asOf time.Time
	if w.GetAsOf().IsValid() {
		asOf = w.GetAsOf().AsTime()
	}
	return WriteRequest{
		Call: call, Object: w.GetObject(), Op: schema.Op(w.GetOp()), Key: key, Fields: fields,
		RunID: w.GetRunId(), AsOf: asOf, Append: w.GetAppend(), Concurrency: int(w.GetConcurrency()),
	}, err
}

var outcomeToPB = map[Outcome]pb.Result_Outcome{
	OK: pb.Result_OK, Noop: pb.Result_NOOP, Rejected: pb.Result_REJECTED, Retry: pb.Result_RETRY, Unknown: pb.Result_UNKNOWN,
}

// outcomeFromPB has every outcome; what it does not have is unknown, which is safe.
var outcomeFromPB = map[pb.Result_Outcome]Outcome{
	pb.Result_OK: OK, pb.Result_NOOP: Noop, pb.Result_REJECTED: Rejected, pb.Result_RETRY: Retry, pb.Result_UNKNOWN: Unknown,
}

func resultToPB(r Result) *pb.Result {
	return &pb.Result{
		Id: text(r.ID), Outcome: outcomeToPB[r.Outcome], Code: text(r.Code), Message: text(r.Message), RequestId: text(r.RequestID),
	}
}

func resultFromPB(r *pb.Result) Result {
	out := Result{
		ID: r.GetId(), Outcome: outcomeFromPB[r.GetOutcome()], Code: r.GetCode(), Message: r.GetMessage(), RequestID: r.GetRequestId(),
	}
	if out.Outcome == "" {
		out.Outcome = Unknown
	}
	return out
}

func batchResultToPB(r BatchResult) *pb.BatchResult {
	return &pb.BatchResult{
		BatchId: r.BatchID, Results: mapped(r.Results, resultToPB), Failure: failureToPB(r.Failure), Evidence: text(r.Evidence),
	}
}

func batchResultFromPB(r *pb.BatchResult) BatchResult {
	return BatchResult{
		BatchID: r.GetBatchId(), Results: mapped(r.GetResults(), resultFromPB),
		Failure: failureFromPB(r.GetFailure()), Evidence: r.GetEvidence(),
	}
}
