package sdktest

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"testing"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func (o Object) checks() []check {
	named := func(name string, run func(*testing.T, place, Target)) check {
		return check{o.Name + "/" + name, func(t *testing.T, p place) { run(t, p, o.Setup(t)) }}
	}
	return []check{
		named("settings", o.settings), named("write", o.write), named("nothing-to-write", o.nothing),
		named("empty-batch", o.emptyBatch), named("abort", o.abort), named("readback", o.readback),
	}
}

func (o Object) settings(t *testing.T, p place, target Target) {
	spec := p.c.Connector.Spec.Destination
	if spec == nil {
		t.Fatal("the case has an object, but the connector is no destination")
	}
	running := p.start(t)
	checkSettings(t, running, wire.RoleDestination, target.Request.Call, map[string]schema.Block{"block": spec.Block})
	object := o.describe(t, running, target)
	if len(object.Operations) == 0 && !object.WholeSet {
		t.Error("the object can do nothing")
	}
	for _, op := range object.Operations {
		if op.MaxRecords < 0 || op.MaxBytes < 0 {
			t.Errorf("%s has a limit below zero", op.Op)
		}
		if !slices.Contains([]schema.Evidence{schema.EvidenceRecord, schema.EvidenceStatus, schema.EvidenceNone}, op.Evidence) {
			t.Errorf("%s does not say what its answers prove", op.Op)
		}
	}
}

// describe is the object as Validate describes it.
func (o Object) describe(t *testing.T, running host.Connector, target Target) schema.Object {
	t.Helper()
	for _, object := range validate(t, running, wire.RoleDestination, target.Request.Call).Objects {
		if object.Name == target.Request.Object {
			return object
		}
	}
	t.Fatalf("validating does not describe object %q", target.Request.Object)
	return schema.Object{}
}

// write: every record of every batch is answered once, and the tool has it.
func (o Object) write(t *testing.T, p place, target Target) {
	running := p.start(t)
	for id, outcomes := range writeTarget(t, running, target, target.Batches) {
		for _, r := range outcomes {
			if r.Outcome != wire.OK && r.Outcome != wire.Noop {
				t.Errorf("batch %s: a record is %s: %s %s", id, r.Outcome, r.Code, r.Message)
			}
		}
	}
	if target.Verify != nil {
		target.Verify(t)
	}
}

// writeTarget writes batches, each sent when the one before is answered or taken, and returns the results.
func writeTarget(t *testing.T, running host.Connector, target Target, batches []Operations) map[string][]wire.Result {
	t.Helper()
	w, err := running.Write(t.Context(), target.Request)
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	sent := map[string]int{}
	for i, ops := range batches {
		batch, _ := OpRecord(t, target.Request, ops.Records)
		batch.ID, batch.Op = fmt.Sprintf("batch-%d", i+1), ops.Op
		if err := w.Send(t.Context(), batch); err != nil {
			t.Fatal(err)
		}
		sent[batch.ID] = len(ops.Records)
	}
	if err := w.Finish(t.Context()); err != nil {
		t.Fatal(err)
	}
	out := map[string][]wire.Result{}
	for {
		r, err := w.Receive(t.Context())
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if r.Failure != nil {
			t.Fatalf("batch %s: %s: %s", r.BatchID, r.Failure.Kind, r.Failure.Message)
		}
		if len(r.Results) > 0 && r.Evidence == "" {
			t.Errorf("batch %s: no evidence", r.BatchID)
		}
		out[r.BatchID] = r.Results
	}
	for id, n := range sent {
		if got, ok := out[id]; !ok || len(got) != n {
			t.Errorf("batch %s: %d of %d records are answered", id, len(got), n)
		}
	}
	return out
}

// nothing: a writing without a batch is no error.
func (o Object) nothing(t *testing.T, p place, target Target) {
	writeTarget(t, p.start(t), target, nil)
}

func (o Object) emptyBatch(t *testing.T, p place, target Target) {
	if len(target.Batches) == 0 {
		t.Skip("the case has no batch")
	}
	writeTarget(t, p.start(t), target, []Operations{{Op: target.Batches[0].Op}})
}

// abort: a writing that is left does not keep the connector from the next.
func (o Object) abort(t *testing.T, p place, target Target) {
	running := p.start(t)
	w, err := running.Write(t.Context(), target.Request)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Error(err)
	}
	o.write(t, p, target)
}

// readback: what was written is read back, each record once; an object that cannot says so.
func (o Object) readback(t *testing.T, p place, target Target) {
	running := p.start(t)
	req := wire.ReadbackRequest{Call: target.Request.Call, Object: target.Request.Object, Key: target.Request.Key, Fields: target.Request.Fields}
	seen := map[string]int{}
	collect := func(r wire.ReadbackRecord) error { seen[r.ID]++; return nil }
	if !o.describe(t, running, target).Readback {
		var f *wire.Failure
		if err := running.Readback(t.Context(), req, collect); !errors.As(err, &f) {
			t.Errorf("the object has no readback, but reading back gives %v", err)
		}
		return
	}
	writeTarget(t, running, target, target.Batches)
	if err := running.Readback(t.Context(), req, collect); err != nil {
		t.Fatal(err)
	}
	for _, ops := range target.Batches {
		if ops.Op == schema.OpRemove || ops.Op == schema.OpDelete {
			continue
		}
		_, ids := OpRecord(t, target.Request, ops.Records)
		for _, id := range ids {
			if seen[id] != 1 {
				t.Errorf("a record written is read back %d times", seen[id])
			}
		}
	}
}
