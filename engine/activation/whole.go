package activation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// wholeBatch names the write of a whole set in the journal.
const wholeBatch = "whole"

// journalChunk is how many digests one journal record of a whole set holds.
const journalChunk = 50000

// whole writes an object anew from all wanted rows, or appends rows as one unit: all of it is done, or none.
func (s *session) whole() {
	digests, err := s.keys()
	if err != nil {
		s.fail(err)
		return
	}
	if len(digests) == 0 {
		return
	}
	if s.spec.Append() && s.stuckWhole() {
		return
	}
	again := !s.spec.Append() || s.spec.Add.Idempotent
	for attempt := 1; s.halted() == "" && s.to.ready(s.ctx) == nil; attempt++ {
		evidence, sent, err := s.writeWhole(digests)
		if sent {
			s.view.Sends++
			s.count(func(r *Report) { r.Requests++ })
		}
		if err == nil {
			s.wholeDone(digests, evidence)
			return
		}
		if s.wholeFailed(err, sent, again, attempt) {
			return
		}
	}
}

// stuckWhole: rows to append that may have been appended already are not sent again unless allowed.
func (s *session) stuckWhole() bool {
	return s.result.Stuck > 0 && s.result.Operations() == 0 && !s.env.Resend[s.spec.Address]
}

// wholeFailed deals with a write that failed. True: it is not tried again.
func (s *session) wholeFailed(err error, sent, again bool, attempt int) bool {
	s.abandon(s.lane, err)
	s.view.Lost = s.view.Lost || sent
	var f *wire.Failure
	if !errors.As(err, &f) {
		f = &wire.Failure{Kind: wire.FailureTransient, Message: err.Error()}
		var death *host.Death
		if errors.As(err, &death) {
			f.Message = death.Error()
		}
	} else if f.Kind != wire.FailureLost {
		s.view.Lost = false // the connector says that nothing was done
	}
	if ends(f.Kind) || f.Kind == wire.FailureRejected || f.Kind == wire.FailureUnfit {
		s.endWith(f)
		return true
	}
	if attempt >= s.to.policy.attempts || (s.view.Lost && !again) {
		s.giveUp(f.Message)
		return true
	}
	s.to.hold(max(f.After, backoff(attempt)), f.Message)
	return false
}

// keys are the digests of all operations.
func (s *session) keys() ([]keyDigest, error) {
	var digests []keyDigest
	for phase := range 3 {
		for _, unknown := range []bool{true, false} {
			v := *s.view
			v.Phase, v.Unknown = phase, unknown
			stmt, err := queries.Render(s.env.Store.Dialect(), "batches", &v)
			if err != nil {
				return nil, err
			}
			err = s.cut(stmt, func(b *batch) error {
				digests = append(digests, b.digests...)
				return nil
			})
			if err != nil {
				return nil, err
			}
		}
	}
	return digests, nil
}

func (s *session) cut(stmt sqlgen.Statement, each func(*batch) error) error {
	reader, err := s.env.Store.Read(s.ctx, stmt)
	if err != nil {
		return err
	}
	cut := newCutter(s.spec, reader)
	defer cut.close()
	for {
		b, err := cut.next(s.ctx)
		if err != nil || b == nil {
			return err
		}
		if err := each(b); err != nil {
			return err
		}
	}
}

// writeWhole streams the rows and waits for the end. Sent is false if nothing can have been done.
func (s *session) writeWhole(digests []keyDigest) (evidence string, sent bool, err error) {
	l, err := s.openStream()
	if err != nil {
		return "", false, err
	}
	defer l.close()
	for i := 0; i < len(digests); i += journalChunk {
		if err := s.env.Journal.intent(s.spec.Name, wholeBatch, digests[i:min(i+journalChunk, len(digests))]); err != nil {
			s.fail(err)
			return "", false, err
		}
	}
	stmts, err := s.wholeRows()
	if err != nil {
		return "", false, err
	}
	rows := map[string]int{}
	for _, stmt := range stmts {
		var unsent error
		err := s.cut(stmt, func(b *batch) error {
			b.op = schema.OpReplace
			if s.spec.Append() {
				b.op = schema.OpAppend
			}
			rows[b.id(s.spec.Name)] = b.len()
			unsent = l.writing.Send(s.env.calls, b.wire(s.spec.Name))
			return unsent
		})
		if err == nil {
			err = s.ctx.Err()
		} else if unsent == nil && s.ctx.Err() == nil {
			s.fail(err)
		}
		if err != nil {
			return "", false, l.reason(err) // not finished: no effect
		}
	}
	if err := l.writing.Finish(s.env.calls); err != nil {
		return "", true, l.reason(err)
	}
	evidence, err = l.collect(s.env.calls, rows)
	var f *wire.Failure
	return evidence, !errors.As(err, &f) || !f.Unsent(), err
}

// wholeRows are the statements that read what is written.
func (s *session) wholeRows() ([]sqlgen.Statement, error) {
	v := *s.view
	v.Phase, v.Unknown = 1, false
	if !s.spec.Append() {
		stmt, err := queries.Render(s.env.Store.Dialect(), "whole", &v)
		return []sqlgen.Statement{stmt}, err
	}
	stmt, err := queries.Render(s.env.Store.Dialect(), "batches", &v)
	stmts := []sqlgen.Statement{stmt}
	if err == nil && (s.env.Resend[s.spec.Address] || s.spec.Add.Idempotent) {
		v.Unknown = true
		stmt, err = queries.Render(s.env.Store.Dialect(), "batches", &v)
		stmts = append(stmts, stmt)
	}
	return stmts, err
}

func (s *session) wholeDone(digests []keyDigest, evidence string) {
	s.to.succeeded()
	at := s.env.Clock.Now().UTC().Truncate(time.Microsecond)
	entries := make([]journaled, len(digests))
	for i, d := range digests {
		entries[i] = journaled{key: d, status: delivered, outcome: "ok"}
	}
	for i := 0; i < len(entries); i += journalChunk {
		if err := s.env.Journal.outcomes(s.spec.Name, wholeBatch, evidence, at, entries[i:min(i+journalChunk, len(entries))]); err != nil {
			s.fail(err)
		}
	}
	s.env.warehouse.Lock()
	defer s.env.warehouse.Unlock()
	v := s.view
	v.Evidence, v.At, v.Lost = evidence, at, false
	ctx := context.WithoutCancel(s.ctx)
	err := execute(ctx, s.env.Store, "whole_done", v)
	if err == nil {
		err = s.foldAll(ctx, true)
	}
	if err != nil {
		s.fail(err)
		return
	}
	s.report.Delivered = int64(len(digests))
}

// stream is the writing of a whole set: answers may come at the end only.
type stream struct {
	writing host.Writing
	answers chan wire.BatchResult
	failed  error
	stop    context.CancelFunc
	ended   chan struct{}
}

func (s *session) openStream() (*stream, error) {
	connector, err := s.to.connect(s.env.calls)
	if err != nil {
		return nil, err
	}
	writing, err := connector.Write(s.env.calls, s.writeRequest())
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(s.env.calls)
	st := &stream{writing: writing, answers: make(chan wire.BatchResult, 16), stop: stop, ended: make(chan struct{})}
	go st.receive(ctx)
	return st, nil
}

func (st *stream) receive(ctx context.Context) {
	defer close(st.ended)
	defer close(st.answers)
	for {
		answer, err := st.writing.Receive(ctx)
		if err != nil {
			st.failed = err
			return
		}
		select {
		case st.answers <- answer:
		case <-ctx.Done():
			st.failed = ctx.Err()
			return
		}
	}
}

// reason is what the receiving side knows of a failed send: the connector's own words are better than a broken pipe.
func (st *stream) reason(err error) error {
	select {
	case answer, ok := <-st.answers:
		if ok && answer.Failure != nil {
			return answer.Failure
		}
	case <-time.After(time.Second):
		return err
	}
	select {
	case <-st.ended:
		if st.failed != nil && !errors.Is(st.failed, io.EOF) {
			return st.failed
		}
	case <-time.After(time.Second):
	}
	return err
}

// collect checks that every batch was answered, every row once, all well.
func (st *stream) collect(ctx context.Context, rows map[string]int) (evidence string, err error) {
	for answer := range st.answers {
		if answer.Failure != nil {
			return "", st.worst(answer.Failure)
		}
		n, ok := rows[answer.BatchID]
		if !ok || len(answer.Results) != n {
			return "", fmt.Errorf("the connector answered for %d rows of a batch of %d", len(answer.Results), n)
		}
		for _, r := range answer.Results {
			if r.Outcome != wire.OK && r.Outcome != wire.Noop {
				return "", &wire.Failure{Kind: wire.FailureRejected, Code: r.Code, Message: "a row was refused: " + withoutKey(r.Message, r.ID)}
			}
		}
		delete(rows, answer.BatchID)
		evidence = answer.Evidence
	}
	if st.failed != nil && !errors.Is(st.failed, io.EOF) {
		return "", st.failed
	}
	if len(rows) > 0 {
		return "", fmt.Errorf("the connector ended without an answer for %d batches", len(rows))
	}
	return evidence, ctx.Err()
}

// worst is the connector's last word, which says more than that a batch was left without an answer.
func (st *stream) worst(f *wire.Failure) error {
	for range st.answers {
	}
	var last *wire.Failure
	if f.Kind == wire.FailureLost && errors.As(st.failed, &last) {
		return last
	}
	return f
}

func (st *stream) close() {
	_ = st.writing.Close()
	st.stop()
	for range st.answers { // let the receiver end
	}
	<-st.ended
}
