package plan

import (
	"context"
	"slices"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// segments recomputes those segments of each identity that have a reason to move, in one scan.
func (p *planner) segments(ctx context.Context) error {
	for _, id := range p.Config.Identities {
		var specs []*segment.Spec
		steps := map[string]*SegmentStep{}
		due := map[addr.Address]bool{}
		for _, s := range p.Config.Segments {
			if s.Of.Addr != id.Addr {
				continue
			}
			if p.diags = append(p.diags, p.compiler.segment(ctx, s)...); p.diags.HasErrors() {
				return nil
			}
			spec := p.out.Segments[s.Addr.String()]
			if salt := p.State.Applied[s.Addr.String()].Salt; salt != "" {
				spec.Salt = salt
			}
			step := &SegmentStep{Head: p.head(&s.Block, spec.Fingerprint)}
			p.plan.Steps = append(p.plan.Steps, step)
			specs, steps[s.Addr.String()] = append(specs, spec), step
			p.current = &step.Head
			p.inherit(&step.Head, p.segmentReads(s)...)
			if p.Forced == s.Addr || step.Due() || len(p.causes(p.segmentReads(s)...)) > 0 || (spec.Clock && p.moved(s.Addr.String())) {
				due[s.Addr] = true
			}
		}
		gone := p.goneSegments(id)
		if !p.selected(id.Addr) {
			due, gone = nil, nil
		}
		if err := p.segmentSteps(ctx, id, together(specs, due), steps, gone); err != nil {
			return err
		}
	}
	return nil
}

// together are the segments that are due, those that include or exclude them, and those they are decided by, in order of
// declaration.
func together(specs []*segment.Spec, due map[addr.Address]bool) []*segment.Spec {
	reads := func(s *segment.Spec) []config.Ref { return slices.Concat(s.Segment.Include, s.Segment.Exclude) }
	for grown := true; grown; {
		grown = false
		for _, s := range specs {
			if !due[s.Segment.Addr] && slices.ContainsFunc(reads(s), func(r config.Ref) bool { return due[r.Addr] }) {
				due[s.Segment.Addr], grown = true, true
			}
		}
	}
	byAddr := map[addr.Address]*segment.Spec{}
	for _, s := range specs {
		byAddr[s.Segment.Addr] = s
	}
	needed := map[addr.Address]bool{}
	var need func(s *segment.Spec)
	need = func(s *segment.Spec) {
		if s == nil || needed[s.Segment.Addr] {
			return
		}
		needed[s.Segment.Addr] = true
		for _, r := range reads(s) {
			need(byAddr[r.Addr])
		}
	}
	for a := range due {
		need(byAddr[a])
	}
	return slices.DeleteFunc(slices.Clone(specs), func(s *segment.Spec) bool { return !needed[s.Segment.Addr] })
}

func (p *planner) segmentReads(s *config.Segment) []string {
	reads := []string{s.Of.Addr.String()}
	for _, r := range slices.Concat(s.Include, s.Exclude) {
		reads = append(reads, r.Addr.String())
	}
	return reads
}

// goneSegments are segments of an identity that were applied and are no longer declared.
func (p *planner) goneSegments(id *config.Identity) []string {
	var out []string
	for address, applied := range p.State.Applied {
		a, err := addr.Parse(address)
		declared := slices.ContainsFunc(p.Config.Segments, func(s *config.Segment) bool { return s.Addr == a })
		if err != nil || a.Type != "segment" || declared {
			continue
		}
		if referenceOf(applied.Definition, "of") == id.Addr.String() {
			out = append(out, a.Ident())
		}
	}
	slices.Sort(out)
	return out
}

func (p *planner) segmentSteps(ctx context.Context, id *config.Identity, specs []*segment.Spec, steps map[string]*SegmentStep, gone []string) error {
	if p.unknown[id.Addr.String()] {
		for address, step := range steps {
			p.unknown[address] = true
			step.Counts = Unknown("members", "entered", "left")
		}
		return nil
	}
	for _, step := range steps {
		step.Counts = Counts{} // those that are computed get theirs
	}
	if len(specs)+len(gone) == 0 {
		table, history := segment.Tables(id)
		return p.Store.Declare(ctx, table, history)
	}
	p.phase("Computing segments")
	if p.Forced.Type == "segment" {
		p.forced(p.Forced)
	}
	env := segment.Env{Store: p.Store, AsOf: p.AsOf, Touched: warehouse.Touched{All: true}}
	all := segment.Specs{Identity: id, Segments: specs, Gone: gone}
	results, ds, err := segment.Compute(ctx, env, all)
	if err != nil {
		return p.segmentsFailed(ctx, env, all, steps, err)
	}
	if p.diags = append(p.diags, ds...); ds.HasErrors() {
		return nil
	}
	for i, r := range results {
		if r.Spec.Segment == nil {
			p.got.Segments["segment."+gone[i-len(specs)]] = r
			continue
		}
		address := r.Spec.Segment.Addr.String()
		p.got.Segments[address] = r
		step := steps[address]
		step.Counts = Of("members", r.Members, "entered", r.Entered, "left", r.Left)
		p.changed[address] = r.Changed()
		p.judge(&step.Head, r.Verdicts)
		causes := p.causes(p.segmentReads(r.Spec.Segment)...)
		if r.Changed() || step.Blocked() {
			because(&step.Head, Change, causes, p.moved(address))
			step.Category = membership(r)
		} else if step.Action != None {
			step.CausedBy = causes
		}
	}
	return nil
}

// segmentsFailed blames the segment that fails. One scan decides all of an identity: the others cannot be carried out.
func (p *planner) segmentsFailed(ctx context.Context, env segment.Env, specs segment.Specs, steps map[string]*SegmentStep, err error) error {
	guilty := ""
	if warehouse.IsReason(err, warehouse.BadValue) {
		if s := segment.Guilty(ctx, env, specs); s != nil {
			guilty = s.Segment.Addr.String()
			p.guilty = blamed(s.Segment.Block, s.Segment.Ranges, "where")
			defer func() { p.guilty = nil }()
		}
	}
	for _, s := range specs.Segments {
		address := s.Segment.Addr.String()
		head := &steps[address].Head
		if guilty != "" && address != guilty && p.Tolerant {
			p.unknown[address], head.Skipped = true, guilty+" could not be computed, and one scan decides them all"
			p.stopped[address] = head.Skipped
			continue
		}
		if left := p.tolerate(ctx, head, err); left != nil {
			if p.guilty != nil { // passed on: whoever tells it blames this block
				p.current = p.guilty
			}
			return left
		}
	}
	return nil
}

// blamed is a block to blame, at the argument that has the expression.
func blamed(b config.Block, ranges map[string]diag.Range, arguments ...string) *Head {
	h := &Head{Address: b.Addr.String(), Range: &b.Range}
	for _, name := range arguments {
		if r, ok := ranges[name]; ok {
			h.Range = &r
			break
		}
	}
	return h
}

// membership is how far a change of members reaches.
func membership(r *segment.Result) Category {
	if r.Left > 0 {
		return Breaking
	}
	return Additive
}
