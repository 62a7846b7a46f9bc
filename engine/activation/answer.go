package activation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// notSent is the evidence that the journal has of a record that was refused before it left: no receipt is made of it.
const notSent = "not_sent"

// retried is the outcome, in a receipt, of a send after which the operation is to be sent again.
const retried wire.Outcome = "retried"

// outcome is what became of one send or, for good, of one operation, on its way into receipts and ledger.
type outcome struct {
	journaled
	batch           *batch
	index           int
	evidence        string
	at              time.Time
	attempts        int64
	ledger, receipt bool // where it goes
}

// mark is what becomes of one record of a batch.
type mark struct {
	index  int
	status status
	result wire.Result
}

// answered records the results of a batch, and returns the records to send again. An answer for a record that was not
// sent, or two for one, means that the answer cannot be trusted at all.
func (s *session) answered(b *batch, answer wire.BatchResult, attempt int) *batch {
	results, lie := wire.Settle(b.ids, answer.Results)
	if lie != nil {
		return s.lostBatch(b, lie, attempt)
	}
	var ended, open []mark
	var again, look []int
	because := ""
	resend := func(i int, r wire.Result) {
		again, because = append(again, i), withoutKey(r.Message, r.ID)
		r.Outcome = retried
		open = append(open, mark{i, pending, r})
	}
	for i, r := range results {
		t := b.tallies[i]
		t.code, t.message = r.Code, r.Message
		switch r.Outcome {
		case wire.OK, wire.Noop:
			ended = append(ended, mark{i, delivered, s.spec.plain(b.op, r)})
		case wire.Rejected:
			ended = append(ended, mark{i, rejected, r})
		case wire.Retry:
			resend(i, r)
		default:
			t.unknown = true
			switch s.spec.settlingOf(s.spec.operation(b.op)) {
			case settleAgain:
				resend(i, r)
			case settleLook:
				look = append(look, i)
				open = append(open, mark{i, unknown, r})
			default:
				ended = append(ended, mark{i, unknown, r})
			}
		}
	}
	if len(ended) > 0 {
		s.to.succeeded()
		s.record(b, answer.Evidence, ended)
	}
	s.receipts(b, answer.Evidence, open)
	if len(look) > 0 {
		if part := s.part(b, look); part != nil {
			s.lookLater(part)
		}
	}
	if len(again) == 0 {
		return nil
	}
	s.to.hold(backoff(attempt), because)
	return s.part(b, again)
}

func (s *session) part(b *batch, indexes []int) *batch {
	part, err := b.pick(indexes)
	if err != nil {
		s.fail(err)
	}
	return part
}

// record keeps the outcomes of operations, with a receipt for each that was sent.
func (s *session) record(b *batch, evidence string, marks []mark) {
	s.keep(b, evidence, marks, evidence != notSent)
}

// keep brings outcomes into the journal, and on their way into the ledger.
func (s *session) keep(b *batch, evidence string, marks []mark, receipt bool) {
	done := s.outcomesOf(b, evidence, marks)
	entries := make([]journaled, len(marks))
	for i := range done {
		done[i].ledger, done[i].receipt = true, receipt
		entries[i] = done[i].journaled
		if entries[i].message != "" {
			entries[i].message = withoutKey(entries[i].message, b.ids[marks[i].index])
		}
	}
	if err := s.env.Journal.outcomes(s.spec.Name, b.id(s.spec.Name), evidence, done[0].at, entries); err != nil {
		s.fail(err) // the answers are known here and still go into the ledger
	}
	s.mu.Lock()
	s.outcomes = append(s.outcomes, done...)
	for i, m := range marks {
		switch m.status {
		case delivered:
			s.report.Delivered++
		case rejected:
			s.report.Rejected++
			s.block(b, m.index)
			if len(s.report.Rejects) < maxRejects {
				s.report.Rejects = append(s.report.Rejects, Reject{Operation: string(b.op), Code: m.result.Code, Message: entries[i].message})
			}
		case pending:
			s.report.Pending++
		case unknown:
			s.report.Unknown++
			if s.doubts == "" {
				s.doubts = entries[i].message
			}
			s.block(b, m.index)
		}
	}
	s.mu.Unlock()
	s.progress()
	s.fold(false)
}

// receipts keeps what became of sends that did not end their operations.
func (s *session) receipts(b *batch, evidence string, marks []mark) {
	if len(marks) == 0 {
		return
	}
	sent := s.outcomesOf(b, evidence, marks)
	for i := range sent {
		sent[i].receipt = true
	}
	s.mu.Lock()
	s.outcomes = append(s.outcomes, sent...)
	s.mu.Unlock()
	s.fold(false)
}

// receiptsOf keeps one answer to all records of a batch.
func (s *session) receiptsOf(b *batch, outcome wire.Outcome, f *wire.Failure) {
	marks := make([]mark, b.len())
	for i := range marks {
		marks[i] = mark{index: i, result: wire.Result{Outcome: outcome, Code: f.Code, Message: f.Message, RequestID: f.RequestID}}
	}
	s.receipts(b, "", marks)
}

func (s *session) outcomesOf(b *batch, evidence string, marks []mark) []outcome {
	at := s.env.Clock.Now().UTC().Truncate(time.Microsecond)
	done := make([]outcome, len(marks))
	for i, m := range marks {
		done[i] = outcome{
			journaled: journaled{
				key: b.digests[m.index], status: m.status, outcome: string(m.result.Outcome), code: m.result.Code, message: m.result.Message,
				requestID: m.result.RequestID,
			},
			batch: b, index: m.index, evidence: evidence, at: at, attempts: b.attempts(m.index),
		}
	}
	return done
}

// block keeps the new key of a customer back whose old key is not known to be gone.
func (s *session) block(b *batch, i int) {
	if b.leaves(i) && b.customers[i] != "" {
		s.missing[b.customers[i]] = true
	}
}

// leave ends trying: what may have been done is unknown, the rest is carried over. Each send has its receipt already; what
// was not sent at all is carried over in the end, with all that was not begun.
func (s *session) leave(b *batch) {
	var marks []mark
	s.mu.Lock()
	for i, t := range b.tallies {
		switch {
		case t.unknown:
			r := wire.Result{Outcome: wire.Unknown, Code: t.code, Message: t.message}
			if r.Message == "" {
				r.Code, r.Message = "no_answer", "no answer proves what became of it"
			}
			marks = append(marks, mark{i, unknown, r})
			continue
		case t.sends > 0:
			r := wire.Result{Outcome: "pending", Code: t.code, Message: "tried in " + attemptsText(int(t.sends), t.message)}
			marks = append(marks, mark{i, pending, r})
		}
		s.block(b, i)
	}
	s.mu.Unlock()
	if len(marks) > 0 {
		s.keep(b, "", marks, false)
	}
}

// notDone tells the journal that a batch had no effect, except for records that an earlier try may have done.
func (s *session) notDone(b *batch) {
	var entries []journaled
	for i, t := range b.tallies {
		if !t.unknown {
			entries = append(entries, journaled{key: b.digests[i], status: pending, outcome: "pending"})
		}
	}
	if len(entries) == 0 {
		return
	}
	if err := s.env.Journal.outcomes(s.spec.Name, b.id(s.spec.Name), "", s.env.Clock.Now(), entries); err != nil {
		s.fail(err)
	}
}

func (s *session) progress() {
	if s.env.Progress == nil {
		return
	}
	s.mu.Lock()
	p := Progress{Address: s.spec.Address, Done: s.report.Delivered + s.report.Rejected + s.report.Unknown, Total: s.report.Operations}
	seconds := s.env.Clock.Now().Sub(s.began).Seconds()
	s.mu.Unlock()
	if seconds > 0 {
		p.Rate = float64(p.Done) / seconds
	}
	s.env.Progress(p)
}

// withoutKey takes the values of a record's key out of a tool's words.
func withoutKey(message, key string) string {
	var values map[string]any
	if json.Unmarshal([]byte(key), &values) != nil {
		return message
	}
	for _, v := range values {
		if text := fmt.Sprint(v); len(text) > 2 {
			message = strings.ReplaceAll(message, text, "…")
		}
	}
	return message
}

// attemptsText says how many attempts there were, and how the last one ended where that was said.
func attemptsText(n int, words string) string {
	text := fmt.Sprintf("%d attempts", n)
	if n == 1 {
		text = "1 attempt"
	}
	if words != "" {
		text += ": " + words
	}
	return text
}
