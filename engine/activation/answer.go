package activation

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/plugins/wire"
)

// outcome is the end of one operation, on its way into the ledger.
type outcome struct {
	journaled
	batch    *batch
	index    int
	evidence string
	at       time.Time
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
	results := make([]*wire.Result, b.len())
	index := make(map[string]int, b.len())
	for i, id := range b.ids {
		index[id] = i
	}
	for i := range answer.Results {
		r := &answer.Results[i]
		at, ok := index[r.ID]
		if !ok || results[at] != nil {
			return s.lostBatch(b, "the connector answered for a record that was not sent, or twice for one", attempt)
		}
		results[at] = r
	}
	var marks []mark
	var again, look []int
	because := ""
	for i, r := range results {
		if r == nil {
			r = &wire.Result{Outcome: wire.Unknown, Message: "the tool did not answer for this record"}
		}
		switch r.Outcome {
		case wire.OK, wire.Noop:
			marks = append(marks, mark{i, delivered, s.spec.plain(b.op, *r)})
		case wire.Rejected:
			marks = append(marks, mark{i, rejected, *r})
		case wire.Retry:
			again, because = append(again, i), r.Message
		default:
			b.unknown[i] = true
			switch s.spec.settlingOf(s.spec.operation(b.op)) {
			case settleAgain:
				again, because = append(again, i), r.Message
			case settleLook:
				look = append(look, i)
			default:
				marks = append(marks, mark{i, unknown, *r})
			}
		}
	}
	if len(marks) > 0 {
		s.to.succeeded()
		s.record(b, answer.Evidence, marks)
	}
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

// record keeps outcomes: in the journal first, then on their way into the ledger.
func (s *session) record(b *batch, evidence string, marks []mark) {
	at := s.env.Clock.Now().UTC().Truncate(time.Microsecond)
	entries := make([]journaled, len(marks))
	done := make([]outcome, len(marks))
	for i, m := range marks {
		e := journaled{key: b.digests[m.index], status: m.status, outcome: string(m.result.Outcome), code: m.result.Code, requestID: m.result.RequestID}
		done[i] = outcome{journaled: e, batch: b, index: m.index, evidence: evidence, at: at}
		done[i].message = m.result.Message
		if m.result.Message != "" {
			e.message = withoutKey(m.result.Message, b.ids[m.index])
		}
		entries[i] = e
	}
	if err := s.env.Journal.outcomes(s.spec.Name, b.id(s.spec.Name), evidence, at, entries); err != nil {
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
		case unknown:
			s.report.Unknown++
			s.block(b, m.index)
		}
	}
	s.mu.Unlock()
	s.progress()
	s.fold(false)
}

// block keeps the new key of a customer back whose old key is not known to be gone.
func (s *session) block(b *batch, i int) {
	if b.leaves(i) && b.customers[i] != "" {
		s.missing[b.customers[i]] = true
	}
}

// leave ends trying: what may have been done is unknown, the rest is carried over.
func (s *session) leave(b *batch) {
	var marks []mark
	s.mu.Lock()
	for i := range b.ids {
		if b.unknown[i] {
			marks = append(marks, mark{i, unknown, wire.Result{Outcome: wire.Unknown, Message: "no answer proves what became of it"}})
		} else {
			s.block(b, i)
		}
	}
	s.mu.Unlock()
	if len(marks) > 0 {
		s.record(b, "", marks)
	}
}

// notDone tells the journal that a batch had no effect, except for records that an earlier try may have done.
func (s *session) notDone(b *batch) {
	var entries []journaled
	for i := range b.ids {
		if !b.unknown[i] {
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

func attemptsText(n int) string {
	if n == 1 {
		return "1 attempt"
	}
	return fmt.Sprintf("%d attempts", n)
}
