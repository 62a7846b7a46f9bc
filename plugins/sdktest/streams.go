package sdktest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func (s Stream) checks() []check {
	named := func(name string, run func(*testing.T, place, wire.ReadRequest)) check {
		return check{s.Name + "/" + name, func(t *testing.T, p place) { run(t, p, s.Setup(t)) }}
	}
	if s.Fails != "" {
		return []check{named("settings", s.settings), named("fails", s.fails)}
	}
	return []check{
		named("settings", s.settings), named("read", s.read), named("same-again", s.sameAgain),
		named("small-batches", s.smallBatches), named("little-credit", s.littleCredit), named("zero-credit", s.zeroCredit),
		named("resume", s.resume), named("cancel", s.cancel), named("several-at-once", s.severalAtOnce),
	}
}

func (s Stream) settings(t *testing.T, p place, req wire.ReadRequest) {
	spec := p.c.Connector.Spec.Source
	if spec == nil {
		t.Fatal("the case has a stream, but the connector is no source")
	}
	checkSettings(t, p.start(t), wire.RoleSource, req.Call, map[string]schema.Block{"block": spec.Block, "stream": spec.Stream})
}

// read: the stream ends complete; rows have the columns that were validated; the last checkpoint covers all rows.
func (s Stream) read(t *testing.T, p place, req wire.ReadRequest) {
	running := p.start(t)
	r := mustRead(t, running, req)
	if s.Rows > 0 && len(r.Rows) != s.Rows {
		t.Errorf("%d rows, want %d", len(r.Rows), s.Rows)
	}
	if n := len(r.Checkpoints); n > 0 && r.Checkpoints[n-1].Rows != len(r.Rows) {
		t.Errorf("%d rows come after the last checkpoint: they would be read again each time", len(r.Rows)-r.Checkpoints[n-1].Rows)
	}
	v := validate(t, running, wire.RoleSource, req.Call)
	for _, stream := range v.Streams {
		if stream.Name == req.Stream && stream.Columns != nil && r.Schema != nil &&
			!slices.Equal(schema.Names(stream.Columns), schema.Names(r.Schema.Columns)) {
			t.Errorf("validated columns %v, read %v", schema.Names(stream.Columns), schema.Names(r.Schema.Columns))
		}
	}
	for _, reject := range r.Rejects {
		if reject.Code == "" || reject.Reason == "" || reject.Record == "" {
			t.Errorf("a reject lacks its code, reason or record: %+v", reject)
		}
	}
	if s.Check != nil {
		s.Check(t, r)
	}
}

func (s Stream) sameAgain(t *testing.T, p place, req wire.ReadRequest) {
	running := p.start(t)
	wantRows(t, mustRead(t, running, req).Rows, mustRead(t, running, req).Rows)
}

// wantRows compares rows without their order.
func wantRows(t *testing.T, want, got []string) {
	t.Helper()
	want, got = slices.Sorted(slices.Values(want)), slices.Sorted(slices.Values(got))
	if !slices.Equal(want, got) {
		t.Errorf("%d rows, want %d; %d are missing", len(got), len(want), missing(want, got))
	}
}

// missing counts what of want is not in got.
func missing(want, got []string) int {
	have := map[string]int{}
	for _, g := range got {
		have[g]++
	}
	n := 0
	for _, w := range want {
		if have[w]--; have[w] < 0 {
			n++
		}
	}
	return n
}

func (s Stream) smallBatches(t *testing.T, p place, req wire.ReadRequest) {
	running := p.start(t)
	want := mustRead(t, running, req)
	req.Batch = wire.BatchLimits{Rows: 2}
	got := mustRead(t, running, req)
	if got.Largest > 2 {
		t.Errorf("a batch has %d rows; 2 were asked for", got.Largest)
	}
	wantRows(t, want.Rows, got.Rows)
}

// littleCredit: a source goes on although it may never send two messages ahead.
func (s Stream) littleCredit(t *testing.T, p place, req wire.ReadRequest) {
	want := mustRead(t, p.start(t), req)
	stingy := host.New(host.Options{Credit: 1})
	defer stingy.Close()
	wantRows(t, want.Rows, mustRead(t, Memory(t, stingy, p.c.Connector), req).Rows)
}

// zeroCredit: without credit no row comes; it is not lost, either.
func (s Stream) zeroCredit(t *testing.T, p place, req wire.ReadRequest) {
	want := mustRead(t, p.start(t), req)
	client := dialMemory(t, p.c.Connector)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	stream, err := client.Read(ctx, req, 0)
	if err != nil {
		t.Fatal(err)
	}
	granted := make(chan struct{})
	go func() {
		time.Sleep(200 * time.Millisecond)
		close(granted)
		_ = stream.Grant(1 << 40)
	}()
	got := &Read{}
	for {
		m, _, err := stream.Recv()
		if err != nil {
			break
		}
		if b, ok := m.(*wire.Batch); ok {
			select {
			case <-granted:
			default:
				t.Error("rows came without credit")
			}
			_ = b
		}
		if m != nil {
			if err := got.add(m); err != nil {
				t.Fatal(err)
			}
		}
	}
	wantRows(t, want.Rows, got.Rows)
}

// resume: from every checkpoint, what was not read before comes.
func (s Stream) resume(t *testing.T, p place, req wire.ReadRequest) {
	running := p.start(t)
	full := mustRead(t, running, req)
	for i, cp := range spread(full.Checkpoints, 12) {
		again := req
		again.State, again.Cursor, again.Full = cp.State, full.cursorAfter(cp.Rows, cursorOf(req)), false
		rest, err := ReadAll(t.Context(), running, again)
		if err != nil {
			t.Fatalf("resuming from checkpoint %d: %v", i+1, err)
		}
		end := rest.End()
		if !end.Complete && !end.Unchanged {
			t.Errorf("resuming from checkpoint %d ends incomplete", i+1)
		}
		if n := missing(full.Rows, append(slices.Clone(full.Rows[:cp.Rows]), rest.Rows...)); n > 0 {
			t.Errorf("resuming from checkpoint %d loses %d rows", i+1, n)
		}
	}
}

// spread takes at most n of list, the first and the last among them.
func spread[T any](list []T, n int) []T {
	if len(list) <= n {
		return list
	}
	out := make([]T, n)
	for i := range out {
		out[i] = list[i*(len(list)-1)/(n-1)]
	}
	return out
}

// cancel: a read that is left does not keep the connector from the next.
func (s Stream) cancel(t *testing.T, p place, req wire.ReadRequest) {
	running := p.start(t)
	want := mustRead(t, running, req)
	for messages := range 3 {
		r, err := running.Read(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		for range messages {
			if m, err := r.Next(t.Context()); err != nil {
				break
			} else if b, ok := m.(*wire.Batch); ok {
				b.Record.Release()
			}
		}
		_ = r.Close()
	}
	wantRows(t, want.Rows, mustRead(t, running, req).Rows)
}

func (s Stream) severalAtOnce(t *testing.T, p place, req wire.ReadRequest) {
	running := p.start(t)
	want := mustRead(t, running, req)
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			got, err := ReadAll(t.Context(), running, req)
			if err != nil {
				t.Error(err)
				return
			}
			wantRows(t, want.Rows, got.Rows)
		})
	}
	wg.Wait()
}

// fails: the error is typed, says something, and the connector lives on.
func (s Stream) fails(t *testing.T, p place, req wire.ReadRequest) {
	running := p.start(t)
	r, err := ReadAll(t.Context(), running, req)
	var f *wire.Failure
	if !errors.As(err, &f) {
		t.Fatalf("it ends with %v (%T), not with a failure", err, err)
	}
	if f.Kind != s.Fails || f.Message == "" {
		t.Errorf("%s: %q, want %s", f.Kind, f.Message, s.Fails)
	}
	discreet(t, "the failure", f.Message+f.Detail)
	if r != nil && (r.End().Complete || r.End().Unchanged) {
		t.Error("a failed read is complete")
	}
	validate(t, running, wire.RoleSource, req.Call)
}
