package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
)

// Format is the version of the plan file.
const Format = 1

// ErrDamaged is a plan file that is not whole, or not one of ours.
var ErrDamaged = errors.New("this is not a plan, or it is damaged")

// ErrNewer is a plan file of a newer cdp.
var ErrNewer = errors.New("this plan was made by a newer cdp")

// kinds names the kinds of step in the file, with an empty one of each to read into.
var kinds = map[string]func() Step{
	"stream":      func() Step { return &StreamStep{} },
	"model":       func() Step { return &ModelStep{} },
	"identity":    func() Step { return &IdentityStep{} },
	"trait":       func() Step { return &TraitStep{} },
	"segment":     func() Step { return &SegmentStep{} },
	"destination": func() Step { return &DestinationStep{} },
	"sync":        func() Step { return &SyncStep{} },
	"removal":     func() Step { return &RemovalStep{} },
}

// kindOf is a visitor that says what kind a step is.
type kindOf struct{ name string }

func (k *kindOf) Stream(*StreamStep) error           { k.name = "stream"; return nil }
func (k *kindOf) Model(*ModelStep) error             { k.name = "model"; return nil }
func (k *kindOf) Identity(*IdentityStep) error       { k.name = "identity"; return nil }
func (k *kindOf) Trait(*TraitStep) error             { k.name = "trait"; return nil }
func (k *kindOf) Segment(*SegmentStep) error         { k.name = "segment"; return nil }
func (k *kindOf) Destination(*DestinationStep) error { k.name = "destination"; return nil }
func (k *kindOf) Sync(*SyncStep) error               { k.name = "sync"; return nil }
func (k *kindOf) Removal(*RemovalStep) error         { k.name = "removal"; return nil }

type wireStep struct {
	Kind string          `json:"kind"`
	Step json.RawMessage `json:"step"`
}

type wirePlan struct {
	*Plan
	Steps []wireStep `json:"steps"`
}

// content is the plan as canonical JSON, without its id.
func (p *Plan) content() ([]byte, error) {
	bare := *p
	bare.ID = ""
	out := wirePlan{Plan: &bare}
	for _, s := range p.Steps {
		var kind kindOf
		if err := s.Visit(&kind); err != nil {
			return nil, err
		}
		body, err := json.Marshal(s)
		if err != nil {
			return nil, fmt.Errorf("encoding step %s: %w", s.Base().Address, err)
		}
		out.Steps = append(out.Steps, wireStep{kind.name, body})
	}
	return json.Marshal(out)
}

// Seal gives the plan its id: a hash of its content and pins, the same on any machine.
func (p *Plan) Seal() error {
	p.Format = Format
	bare := *p
	bare.Variables = nil
	body, err := bare.content()
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	p.ID = hex.EncodeToString(sum[:])[:32]
	return nil
}

// decode reads what content wrote.
func decode(body []byte) (*Plan, error) {
	var head struct {
		Format int `json:"format"`
	}
	if err := json.Unmarshal(body, &head); err != nil {
		return nil, ErrDamaged
	}
	if head.Format > Format {
		return nil, ErrNewer
	}
	in := wirePlan{Plan: &Plan{}}
	if err := json.Unmarshal(body, &in); err != nil {
		return nil, ErrDamaged
	}
	for _, w := range in.Steps {
		make, ok := kinds[w.Kind]
		if !ok {
			return nil, ErrDamaged
		}
		step := make()
		if err := json.Unmarshal(w.Step, step); err != nil {
			return nil, ErrDamaged
		}
		in.Plan.Steps = append(in.Plan.Steps, step)
	}
	return in.Plan, nil
}
