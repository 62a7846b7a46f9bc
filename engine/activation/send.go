package activation

import (
	"context"
	"errors"
	"sync"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// phases sends the operations in order: keys that change hands leave first, then records come and change, then the others
// leave. In each phase what is unknown from earlier runs is settled first.
func (s *session) phases() {
	for phase := range 3 {
		for _, unknown := range []bool{true, false} {
			s.phase(phase, unknown)
			if s.halted() != "" {
				return
			}
		}
	}
}

func (s *session) phase(phase int, unknown bool) {
	v := *s.view
	v.Phase, v.Unknown = phase, unknown
	stmt, err := statements.Render(s.env.Store.Dialect(), "batches", &v)
	if err != nil {
		s.fail(err)
		return
	}
	work := func(b *batch) { s.deliver(b) }
	var look []*batch
	if unknown {
		work = func(b *batch) {
			switch s.spec.settlingOf(s.spec.operation(b.op)) {
			case settleAgain:
				s.deliver(b)
			case settleLook:
				s.mu.Lock()
				look = append(look, b)
				s.mu.Unlock()
			case settleNever:
				if s.env.Resend[s.spec.Address] {
					s.deliver(b)
				}
			}
		}
	}
	s.each(stmt, work)
	if len(look) > 0 {
		s.settle(look)
	}
}

// each cuts the rows of a query into batches and works on them, as many at a time as the destination takes.
func (s *session) each(stmt sqlgen.Statement, work func(*batch)) {
	reader, err := s.env.Store.Read(s.ctx, stmt)
	if err != nil {
		if s.ctx.Err() == nil {
			s.fail(err)
		}
		return
	}
	cut := newCutter(s.spec, reader)
	batches := make(chan *batch, 1)
	ctx, stop := context.WithCancel(s.ctx)
	var workers sync.WaitGroup
	for range s.to.policy.concurrency {
		workers.Go(func() {
			for b := range batches {
				if s.halted() == "" {
					work(b)
				} else {
					stop()
				}
			}
		})
	}
	for {
		b, err := cut.next(ctx)
		if err != nil && ctx.Err() == nil {
			s.fail(err)
		}
		if err != nil || b == nil {
			break
		}
		select {
		case batches <- b:
		case <-ctx.Done():
		}
		if ctx.Err() != nil {
			break
		}
	}
	close(batches)
	workers.Wait()
	stop()
	cut.close()
}

// deliver sends one batch and records what became of each of its records. A refused batch is halved until the guilty
// records are known.
func (s *session) deliver(b *batch) {
	b = s.withoutBlocked(b)
	if b == nil {
		return
	}
	if refused := s.try(b); refused != nil {
		s.bisect(b, refused)
	}
}

// withoutBlocked leaves out records of customers whose old key is not known to be gone: they would be in the tool twice.
func (s *session) withoutBlocked(b *batch) *batch {
	s.mu.Lock()
	var free []int
	for i, customer := range b.customers {
		if b.leaves(i) || customer == "" || !s.missing[customer] {
			free = append(free, i)
		}
	}
	s.mu.Unlock()
	if len(free) == 0 {
		return nil
	}
	out, err := b.pick(free)
	if err != nil {
		s.fail(err)
		return nil
	}
	return out
}

// try sends a batch until the tool has answered for every record or patience ends. It returns the failure of a batch that
// was refused as a whole: then nothing of it is recorded. Records without an outcome are left to be carried over.
func (s *session) try(b *batch) *wire.Failure {
	left, refused := s.exchange(b)
	if refused != nil && left.len() < b.len() { // the others have their outcomes
		s.bisect(left, refused)
		return nil
	}
	return refused
}

// exchange is try; it also says which records were refused.
func (s *session) exchange(b *batch) (left *batch, refused *wire.Failure) {
	for attempt := 1; ; attempt++ {
		if s.halted() != "" || s.to.ready(s.ctx) != nil {
			s.leave(b)
			return nil, nil
		}
		l, err := s.open()
		if err != nil {
			if !s.unsent(b, nil, err, attempt) {
				return nil, nil
			}
			continue
		}
		if err := s.env.Journal.intent(s.spec.Name, b.id(s.spec.Name), b.digests); err != nil {
			s.fail(err)
			s.leave(b)
			return nil, nil
		}
		answer, sent, err := l.call(s.env.calls, b.wire(s.spec.Name))
		if err != nil && !sent {
			s.notDone(b)
			if !s.unsent(b, l, err, attempt) {
				return nil, nil
			}
			continue
		}
		if !answer.Failure.Unsent() {
			s.wasSent(b)
		}
		left, refused = s.heard(b, l, answer, err, &attempt)
		if left == nil || refused != nil {
			return left, refused
		}
		b = left
		if attempt >= s.to.policy.attempts {
			s.giveUp("a batch failed in " + attemptsText(attempt, withoutKey(b.tallies[0].message, b.ids[0])))
			s.leave(b)
			return nil, nil
		}
	}
}

// wasSent counts a request, and each record of it.
func (s *session) wasSent(b *batch) {
	again := int64(0)
	for _, t := range b.tallies {
		if t.sends++; t.sends > 1 {
			again++
		}
	}
	s.count(func(r *Report) { r.Requests, r.Retried = r.Requests+1, r.Retried+again })
}

// unsent handles a batch that did not leave. False: it will not.
func (s *session) unsent(b *batch, l *lane, err error, attempt int) bool {
	var f *wire.Failure
	if errors.As(err, &f) && ends(f.Kind) {
		s.endWith(f)
		s.leave(b)
		return false
	}
	s.abandon(l, err)
	if attempt >= s.to.policy.attempts {
		if l == nil { // no other batch will fare better
			s.endWith(&wire.Failure{Kind: wire.FailurePermanent, Message: "the connector cannot be opened: " + err.Error()})
		}
		s.giveUp(err.Error())
		s.leave(b)
		return false
	}
	s.to.hold(backoff(attempt), err.Error())
	return true
}

// ends reports whether a failure of that kind ends the sync.
func ends(kind wire.FailureKind) bool {
	switch kind {
	case wire.FailureRateLimit, wire.FailureTransient, wire.FailureRejected, wire.FailureUnfit, wire.FailureLost:
		return false
	}
	return true
}

// heard deals with what came back. It returns the records to send again, or nil; where the batch was refused as a whole,
// the batch and why.
func (s *session) heard(b *batch, l *lane, answer wire.BatchResult, err error, attempt *int) (left *batch, refused *wire.Failure) {
	if err != nil {
		s.abandon(l, err)
		return s.lostBatch(b, lostFailure(err), *attempt), nil
	}
	f := answer.Failure
	if f == nil {
		return s.answered(b, answer, *attempt), nil
	}
	if f.Kind == wire.FailureLost {
		return s.lostBatch(b, f, *attempt), nil
	}
	s.notDone(b)
	for _, t := range b.tallies {
		if !t.unknown {
			t.code, t.message = f.Code, f.Message
		}
	}
	refuses := f.Kind == wire.FailureRejected || f.Kind == wire.FailureUnfit
	if !f.Unsent() && (!refuses || b.len() > 1) { // the refusal of one record is its outcome
		s.receiptsOf(b, retried, f)
	}
	switch {
	case refuses:
		if !f.Unsent() {
			s.to.succeeded() // it answers
		}
		return b, f
	case ends(f.Kind):
		s.endWith(f)
		s.leave(b)
		return nil, nil
	case f.After > 0:
		s.to.hold(f.After, f.Message)
		if f.Unsent() {
			*attempt-- // it was kept back because of another's answer; patience bounds that
		}
	default:
		s.to.hold(backoff(*attempt), f.Message)
	}
	return b, nil
}

// lostFailure is what is known of a batch when the connector failed before it answered.
func lostFailure(err error) *wire.Failure {
	f := &wire.Failure{Kind: wire.FailureLost, Code: "no_answer", Message: err.Error()}
	var death *host.Death
	switch {
	case errors.As(err, &death):
		f.Code = "connector_died"
	case errors.Is(err, errProtocol):
		f.Code = "protocol"
	case errors.Is(err, context.Canceled):
		f.Message = "it was interrupted before an answer came"
	}
	return f
}

// lostBatch deals with a batch that may have been done. It returns what to send again.
func (s *session) lostBatch(b *batch, why *wire.Failure, attempt int) *batch {
	b.doubt(why.Code, why.Message)
	if s.env.calls.Err() == nil {
		switch s.spec.settlingOf(s.spec.operation(b.op)) {
		case settleAgain:
			s.receiptsOf(b, retried, why)
			s.to.hold(backoff(attempt), why.Message)
			return b
		case settleLook:
			s.receiptsOf(b, wire.Unknown, why)
			s.lookLater(b)
			return nil
		}
	}
	s.receiptsOf(b, wire.Unknown, why)
	s.leave(b)
	return nil
}

// lookLater keeps a batch whose fate the tool can be asked about.
func (s *session) lookLater(b *batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost = append(s.lost, b)
}

// giveUp notes why what is left was not done.
func (s *session) giveUp(because string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped == "" {
		s.stopped = because
	}
}

func (s *session) count(change func(*Report)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s.report)
}
