package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

var fullCall = Call{
	Address: "source.shop", Settings: Settings(`{"n":12345678901234567890}`),
	Streams: []StreamRequest{{Name: "orders", Settings: Settings(`{}`), PrimaryKey: []string{"id"}, Cursor: "at", Pinned: frameColumns}},
	Objects: []ObjectRequest{{Name: "contacts", Key: []string{"email"}, Fields: []string{"ltv"}}},
}

func TestRequestsSurviveTheirWay(t *testing.T) {
	read := ReadRequest{
		Call: fullCall, Stream: "orders", Columns: frameColumns, Kept: frameColumns[:1], Cursor: "2026-01-01", Lag: time.Hour,
		State: json.RawMessage(`{"a":1}`), Full: true, Batch: BatchLimits{Rows: 10, Bytes: 20},
	}
	if got, err := readFromPB(readToPB(read)); err != nil || cmp.Diff(read, got) != "" {
		t.Error(err, cmp.Diff(read, got))
	}
	if got, err := readFromPB(readToPB(ReadRequest{})); err != nil || got.State != nil || got.Columns != nil {
		t.Errorf("%+v %v", got, err)
	}
	write := WriteRequest{
		Call: fullCall, Object: "contacts", Op: schema.OpReplace, Key: frameColumns[:1], Fields: frameColumns[1:], RunID: "r1",
		AsOf: time.Date(2026, 5, 1, 0, 0, 0, 1000, time.UTC), Append: true, Concurrency: 4,
	}
	if got, err := writeFromPB(writeToPB(write)); err != nil || cmp.Diff(write, got) != "" {
		t.Error(err, cmp.Diff(write, got))
	}
	v := Validation{
		Problems: []Problem{{Path: []string{"stream", "x"}, Warning: true, Summary: "S", Detail: "D", Offset: -1}},
		Streams:  []schema.Stream{{Name: "a"}, {Name: "b", Columns: frameColumns, OrderedByCursor: true, Cursor: "at"}},
		Objects: []schema.Object{{Name: "o", Key: []string{"email"}, Partial: true, WholeSet: true, Readback: true, Operations: []schema.Operation{
			{Op: schema.OpAdd, MaxRecords: 3, MaxBytes: 4, Idempotent: true, Evidence: schema.EvidenceStatus}}}},
	}
	if got, err := validationFromPB(validationToPB(v)); err != nil || cmp.Diff(v, got) != "" {
		t.Error(err, cmp.Diff(v, got))
	}
}

func TestMessagesSurviveTheirWay(t *testing.T) {
	for _, m := range []Message{
		&Schema{Columns: frameColumns, OrderedByCursor: true, Detection: []string{"d"}},
		&Reject{Position: "a:1", Column: "c", Code: "type", Reason: "r", Record: "not \xff UTF-8", Key: "k"},
		&Checkpoint{ID: 3, State: json.RawMessage(`1`)}, &Checkpoint{ID: 4},
		&Status{Scope: "s", Complete: true}, &Status{Unchanged: true}, &Progress{Done: 1, Total: 2, Unit: "rows"}, &Notice{Summary: "s", Detail: "d"},
	} {
		got, err := messageFromPB(messageToPB(m))
		if err != nil || cmp.Diff(m, got) != "" {
			t.Error(err, cmp.Diff(m, got))
		}
	}
}

func TestFailuresCrossUnaryCalls(t *testing.T) {
	want := &Failure{Kind: FailureRateLimit, Code: "429", Message: "m", Detail: "d", Path: []string{"auth"}, After: 3 * time.Second, RequestID: "r"}
	var got *Failure
	if err := fromStatus(toStatus(fmt.Errorf("wrapped: %w", want))); !errors.As(err, &got) || cmp.Diff(want, got) != "" {
		t.Errorf("%v", err)
	}
	for err, kind := range map[error]FailureKind{
		errors.New("x"): FailurePermanent, context.DeadlineExceeded: FailureTransient,
	} {
		if f := AsFailure(err); f.Kind != kind {
			t.Errorf("%v is %s", err, f.Kind)
		}
	}
	if AsFailure(nil) != nil || failureOrNil(nil) != nil {
		t.Error("no error is a failure")
	}
}

func TestSettle(t *testing.T) {
	ids := []string{`"a"`, `"b"`}
	ok := func(id string) Result { return Result{ID: id, Outcome: OK} }
	for name, c := range map[string]struct {
		results []Result
		want    string
	}{
		"in another order": {[]Result{ok(`"b"`), ok(`"a"`)}, `"a" ok "b" ok `},
		"one missing":      {[]Result{ok(`"b"`)}, `"a" unknown "b" ok `},
		"none":             {nil, `"a" unknown "b" unknown `},
		"one twice":        {[]Result{ok(`"a"`), ok(`"a"`)}, "lost"},
		"a stranger":       {[]Result{ok(`"c"`)}, "lost"},
		"no outcome":       {[]Result{{ID: `"a"`}}, "lost"},
	} {
		results, failure := Settle(ids, c.results)
		got := ""
		for _, r := range results {
			got += r.ID + " " + string(r.Outcome) + " "
		}
		if failure != nil {
			got = string(failure.Kind)
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", name, got, c.want)
		}
	}
}
