package activation

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// settleLost looks up what may have been done in this run, and sends what was not, once more.
func (s *session) settleLost() {
	for range 2 {
		s.mu.Lock()
		lost := s.lost
		s.lost = nil
		s.mu.Unlock()
		if len(lost) == 0 {
			return
		}
		s.settle(lost)
	}
	s.mu.Lock()
	lost := s.lost
	s.lost = nil
	s.mu.Unlock()
	for _, b := range lost {
		s.leave(b)
	}
}

// settle asks the tool what it has, and compares: what is as wanted is delivered, the rest is sent.
func (s *session) settle(batches []*batch) {
	for _, b := range batches {
		for _, t := range b.tallies {
			t.unknown = true
		}
	}
	found, err := s.readback(batches)
	if err != nil {
		var f *wire.Failure
		if errors.As(err, &f) && ends(f.Kind) {
			s.endWith(f)
		}
		s.giveUp("the tool could not be asked what it has: " + err.Error())
		for _, b := range batches {
			s.leave(b)
		}
		return
	}
	for _, b := range batches {
		var marks []mark
		var todo []int
		for i := range b.ids {
			fields, there := found[canonicalKey(b.ids[i])]
			if s.asWanted(b, i, fields, there) {
				marks = append(marks, mark{i, delivered, wire.Result{Outcome: wire.Noop}})
			} else {
				todo = append(todo, i)
			}
		}
		if len(marks) > 0 {
			s.record(b, "readback", marks)
		}
		part := s.part(b, todo)
		if part == nil || part.len() == 0 {
			continue
		}
		for _, t := range part.tallies {
			t.unknown = false // the tool has been asked: it was not done
		}
		s.deliver(part)
	}
}

// readback reads the fields the tool has for the keys of the batches.
func (s *session) readback(batches []*batch) (map[string]json.RawMessage, error) {
	wanted := map[string]bool{}
	for _, b := range batches {
		for _, id := range b.ids {
			wanted[canonicalKey(id)] = true
		}
	}
	if err := s.to.ready(s.ctx); err != nil {
		return nil, err
	}
	connector, err := s.to.connect(s.env.calls)
	if err != nil {
		return nil, err
	}
	found := map[string]json.RawMessage{}
	req := wire.ReadbackRequest{Call: s.to.config.Call, Object: s.spec.Sync.Object, Key: s.spec.wireKey(), Fields: s.spec.wireFields()}
	for attempt := 1; ; attempt++ {
		clear(found)
		ctx, stop := context.WithCancel(s.ctx)
		err = connector.Readback(ctx, req, func(r wire.ReadbackRecord) error {
			if id := canonicalKey(r.ID); wanted[id] {
				found[id] = append(json.RawMessage{}, r.Fields...)
			}
			return nil
		})
		stop()
		var f *wire.Failure
		if err == nil || !errors.As(err, &f) || ends(f.Kind) || attempt >= s.to.policy.attempts {
			return found, err
		}
		s.to.hold(max(f.After, backoff(attempt)), f.Message)
		if why := s.halted(); why != "" {
			return nil, err
		}
		if err := s.to.ready(s.ctx); err != nil {
			return nil, err
		}
	}
}

// asWanted reports whether the tool is as the record wants it. A field that the tool does not show proves nothing.
func (s *session) asWanted(b *batch, i int, have json.RawMessage, there bool) bool {
	if b.op == schema.OpRemove || b.op == schema.OpDelete {
		return !there
	}
	if !there {
		return false
	}
	var fields map[string]any
	dec := jsonDecoder(have)
	if dec.Decode(&fields) != nil {
		return false
	}
	names := s.spec.wireFields()
	first := 3 + len(s.spec.Key)
	for c, column := range names {
		if !carried(b, i, c) {
			continue
		}
		value, shown := fields[column.Name]
		wanted := warehouse.Cell(b.record.Column(first+c), i)
		if !shown || !sameValue(wanted, value, column.Type) {
			return false
		}
	}
	return true
}

// carried reports whether a field is sent with the record.
func carried(b *batch, i, field int) bool {
	present := warehouse.Cell(b.record.Column(2), i)
	bits, ok := present.([]byte)
	return !ok || (field/8 < len(bits) && bits[field/8]&(1<<(field%8)) != 0)
}
