package activation

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
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
	if s.report.Operations == 0 || s.spec.Append() && s.stuckWhole() {
		return
	}
	resend := s.env.Resend[s.spec.Address] || s.spec.Add.Idempotent
	s.view.Sure = s.spec.Append() && !resend
	again := !s.spec.Append() || s.spec.Add.Idempotent
	for attempt := 1; s.halted() == "" && s.to.ready(s.ctx) == nil; attempt++ {
		evidence, sent, err := s.writeWhole()
		if sent {
			s.view.Sends++
			s.count(func(r *Report) { r.Requests++ })
		}
		if err == nil {
			s.wholeDone(evidence)
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
	s.abandon(nil, err)
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
	if sent {
		s.last = f
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

// digests gives the digests of all operations, a chunk at a time: a whole set may have as many rows as the warehouse.
func (s *session) digests(ctx context.Context, each func([]keyDigest) error) error {
	chunk := make([]keyDigest, 0, journalChunk)
	err := statements.Each(ctx, s.env.Store, "queue_keys", s.view, func(row warehouse.Row) error {
		chunk = append(chunk, digestOf(s.spec.Name, warehouse.Text(row[0])))
		if len(chunk) < journalChunk {
			return nil
		}
		err := each(chunk)
		chunk = chunk[:0]
		return err
	})
	if err != nil || len(chunk) == 0 {
		return err
	}
	return each(chunk)
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
func (s *session) writeWhole() (evidence string, sent bool, err error) {
	l, err := s.openStream()
	if err != nil {
		return "", false, err
	}
	defer l.close()
	err = s.digests(s.ctx, func(chunk []keyDigest) error { return s.env.Journal.intent(s.spec.Name, wholeBatch, chunk) })
	if err != nil {
		if s.ctx.Err() == nil {
			s.fail(err)
		}
		return "", false, err
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
		stmt, err := statements.Render(s.env.Store.Dialect(), "whole", &v)
		return []sqlgen.Statement{stmt}, err
	}
	stmt, err := statements.Render(s.env.Store.Dialect(), "batches", &v)
	stmts := []sqlgen.Statement{stmt}
	if err == nil && !s.view.Sure {
		v.Unknown = true
		stmt, err = statements.Render(s.env.Store.Dialect(), "batches", &v)
		stmts = append(stmts, stmt)
	}
	return stmts, err
}

// wholeDone records that all of it was done.
func (s *session) wholeDone(evidence string) {
	s.to.succeeded()
	at := s.env.Clock.Now().UTC().Truncate(time.Microsecond)
	ctx := context.WithoutCancel(s.ctx)
	s.env.warehouse.Lock()
	defer s.env.warehouse.Unlock()
	entries, done := make([]journaled, 0, journalChunk), int64(0)
	err := s.digests(ctx, func(chunk []keyDigest) error {
		entries = entries[:0]
		for _, d := range chunk {
			entries = append(entries, journaled{key: d, status: delivered, outcome: "ok"})
		}
		done += int64(len(chunk))
		return s.env.Journal.outcomes(s.spec.Name, wholeBatch, evidence, at, entries)
	})
	if err != nil {
		s.fail(err)
	}
	v := s.view
	v.Evidence, v.At, v.Lost = evidence, at, false
	err = statements.Do(ctx, s.env.Store, v, "whole_done")
	if err == nil {
		err = s.foldAll(ctx, true)
	}
	if err != nil {
		s.fail(err)
		return
	}
	s.report.Delivered = done
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
	writing, err := s.write()
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
			return "", fmt.Errorf("%w: it answered for %d rows of a batch of %d", errProtocol, len(answer.Results), n)
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
		return "", fmt.Errorf("%w: it ended without an answer for %d batches", errProtocol, len(rows))
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
