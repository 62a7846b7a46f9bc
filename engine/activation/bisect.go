package activation

import "github.com/cdp-engine/cdp/plugins/wire"

// manyGuilty is after how many guilty records of one batch the search changes: each is found in few calls while they are
// rare, all are found in fewer calls when they are not.
const manyGuilty = 3

// bisect finds the guilty records of a batch that was refused as a whole. One half of the suspects is tried, the other
// waits; what is cleared goes together at the end.
func (s *session) bisect(b *batch, refused *wire.Failure) {
	for found := 0; b != nil; found++ {
		if found >= manyGuilty {
			s.halve(b, refused)
			return
		}
		waiting := s.findOne(b, refused)
		if len(waiting) == 0 {
			return
		}
		if b = s.part(b, waiting); b == nil {
			return
		}
		if refused = s.try(b); refused == nil {
			return
		}
	}
}

// findOne finds one guilty record and rejects it. It returns the records that wait, by index.
func (s *session) findOne(b *batch, refused *wire.Failure) (waiting []int) {
	suspects := sequence(0, b.len())
	tried := true // suspects were refused together; false: they are what is left after the others went through
	for len(suspects) > 1 {
		half := (len(suspects) + 1) / 2
		first, rest := suspects[:half], suspects[half:]
		part := s.part(b, first)
		if part == nil {
			return nil
		}
		why := s.try(part)
		if s.halted() != "" {
			left := append(append([]int{}, rest...), waiting...)
			switch {
			case why != nil && part.len() == 1:
				s.reject(part, why)
			case why != nil:
				left = append(append([]int{}, first...), left...)
			}
			s.leavePart(b, left)
			return nil
		}
		if why == nil {
			suspects, tried = rest, false
			continue
		}
		suspects, tried, refused = first, true, why
		waiting = append(append([]int{}, rest...), waiting...)
	}
	part := s.part(b, suspects)
	if part == nil {
		return nil
	}
	if !tried {
		if refused = s.try(part); refused == nil {
			return waiting
		}
	}
	s.reject(part, refused)
	return waiting
}

// halve tries both halves of a refused batch, and so on.
func (s *session) halve(b *batch, refused *wire.Failure) {
	if b.len() == 1 {
		s.reject(b, refused)
		return
	}
	half := (b.len() + 1) / 2
	for _, indexes := range [][]int{sequence(0, half), sequence(half, b.len())} {
		part := s.part(b, indexes)
		if part == nil {
			return
		}
		if s.halted() != "" {
			s.leave(part)
			continue
		}
		if why := s.try(part); why != nil {
			s.halve(part, why)
		}
	}
}

func (s *session) reject(b *batch, f *wire.Failure) {
	marks := make([]mark, b.len())
	for i := range marks {
		marks[i] = mark{i, rejected, wire.Result{Outcome: wire.Rejected, Code: f.Code, Message: f.Message, RequestID: f.RequestID}}
	}
	evidence := "status"
	if f.Unsent() {
		evidence = notSent
	}
	s.record(b, evidence, marks)
}

func sequence(from, to int) []int {
	out := make([]int, to-from)
	for i := range out {
		out[i] = from + i
	}
	return out
}

func (s *session) leavePart(b *batch, indexes []int) {
	if part := s.part(b, indexes); part != nil {
		s.leave(part)
	}
}
