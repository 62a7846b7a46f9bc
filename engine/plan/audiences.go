package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// segments recomputes the segments of each identity in one scan, if one of them has a reason to move.
func (p *planner) segments(ctx context.Context) error {
	for _, id := range p.Config.Identities {
		var specs []*segment.Spec
		steps := map[string]*SegmentStep{}
		due := false
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
			due = due || p.Forced == s.Addr || step.Due() || len(p.causes(id.Addr.String())) > 0 || (spec.Clock && p.moved(s.Addr.String()))
		}
		gone := p.goneSegments(id)
		if err := p.segmentSteps(ctx, id, specs, steps, gone, (due || len(gone) > 0) && p.selected(id.Addr)); err != nil {
			return err
		}
	}
	return nil
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

func (p *planner) segmentSteps(ctx context.Context, id *config.Identity, specs []*segment.Spec, steps map[string]*SegmentStep, gone []string, due bool) error {
	if p.unknown[id.Addr.String()] {
		for address, step := range steps {
			p.unknown[address] = true
			step.Counts = Unknown("members", "entered", "left")
		}
		return nil
	}
	if !due {
		table, history := segment.Tables(id)
		for _, step := range steps {
			step.Counts = Counts{}
		}
		return p.Store.Declare(ctx, table, history)
	}
	p.phase("Computing segments")
	if p.Forced.Type == "segment" {
		p.forced(p.Forced)
	}
	env := segment.Env{Store: p.Store, AsOf: p.AsOf, Touched: warehouse.Touched{All: true}}
	results, err := segment.Compute(ctx, env, id, specs, gone)
	if err != nil {
		return p.segmentsFailed(ctx, env, id, specs, steps, err)
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
func (p *planner) segmentsFailed(ctx context.Context, env segment.Env, id *config.Identity, specs []*segment.Spec, steps map[string]*SegmentStep, err error) error {
	guilty := ""
	if warehouse.IsReason(err, warehouse.BadValue) {
		if s := segment.Guilty(ctx, env, id, specs); s != nil {
			guilty = s.Segment.Addr.String()
			p.guilty = blamed(s.Segment.Block, s.Segment.Ranges, "where")
			defer func() { p.guilty = nil }()
		}
	}
	for _, s := range specs {
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

// destinations notes destinations that are new or changed: nothing is sent for them alone.
func (p *planner) destinations(context.Context) error {
	for _, d := range p.Config.Destinations {
		step := &DestinationStep{Head: p.head(&d.Block, d.Definition)}
		step.Counts = Counts{}
		p.plan.Steps = append(p.plan.Steps, step)
	}
	return nil
}

// syncs compares what each tool should hold with what it is known to hold.
func (p *planner) syncs(ctx context.Context) error {
	for _, s := range p.Config.Syncs {
		if p.diags = append(p.diags, p.compiler.sync(ctx, s)...); p.diags.HasErrors() {
			return nil
		}
		if err := p.syncStep(ctx, s); err != nil {
			return fmt.Errorf("comparing %s: %w", s.Addr, err)
		}
	}
	return nil
}

func (p *planner) syncStep(ctx context.Context, s *config.Sync) error {
	address := s.Addr.String()
	spec := p.out.Syncs[address]
	step := &SyncStep{Head: p.head(&s.Block, spec.Fingerprint), Destination: s.Destination.Addr.String(), Object: s.Object}
	p.plan.Steps = append(p.plan.Steps, step)
	p.current = &step.Head
	reads := p.syncReads(s)
	p.inherit(&step.Head, reads...)
	for _, a := range reads {
		if p.unknown[a] {
			p.unknown[address] = true
			step.Counts = Unknown("add", "update", "remove", "unchanged", "invalid", "held")
			return nil
		}
	}
	causes := p.causes(reads...)
	if s.OnConflict == "newest" && p.restamped(s.Identity) && !slices.Contains(causes, s.Identity.String()) {
		causes = append(causes, s.Identity.String()) // no profile differs, but another one may be the newest
	}
	clock := spec.Clock && p.moved(address)
	waiting, err := activation.Wait(ctx, p.Store, spec.Name)
	if err != nil {
		return err
	}
	was := p.formerPlace(s)
	due := p.forced(s.Addr) || was != "" || step.Due() || len(causes) > 0 || clock || spec.EachRun() || waiting.Any(s.Retry)
	if !due || (!p.selected(s.Addr) && p.Forced != s.Addr) {
		step.Counts = Counts{}
		return nil
	}
	if was != "" {
		spec.Moved = true
		step.Notes = append(step.Notes, was)
	}
	if id := identityOf(p.Config, s.Identity); id != nil {
		if err := p.Store.Declare(ctx, identity.Tables(id).Redirects, identity.Tables(id).Identifiers); err != nil {
			return err
		}
	}
	p.phase("Comparing with the tools")
	result, ds, err := activation.Compute(ctx, activation.Env{Store: p.Store, AsOf: p.AsOf, Touched: warehouse.Touched{All: true}, Readback: p.readback(s)}, spec)
	if err != nil {
		return p.tolerate(ctx, &step.Head, err)
	}
	if p.diags = append(p.diags, ds...); ds.HasErrors() {
		return nil
	}
	p.got.Syncs[address] = result
	p.tell(step, result, causes, clock)
	return nil
}

// restamped reports whether values of an identity's profiles come from other records or times than before.
func (p *planner) restamped(of addr.Address) bool {
	r := p.got.Profiles[of.String()]
	return r != nil && r.Sources > 0
}

// readback asks the destination of a sync what it has.
func (p *planner) readback(s *config.Sync) func(context.Context, wire.ReadbackRequest, func(wire.ReadbackRecord) error) error {
	for _, d := range p.Config.Destinations {
		if d.Addr == s.Destination.Addr && p.Readback != nil {
			return func(ctx context.Context, req wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error {
				req.Call = d.Call
				return p.Readback(ctx, d, req, yield)
			}
		}
	}
	return nil
}

// tell fills the step of a sync from what was computed.
func (p *planner) tell(step *SyncStep, r *activation.Result, causes []string, clock bool) {
	n := r.Counts
	step.Counts = Of("add", n.Add, "update", n.Update, "remove", n.Remove, "unchanged", n.Unchanged, "invalid", n.Invalid, "held", n.Held)
	if n.Rekeyed > 0 { // of the updates; each takes two operations
		step.Counts = append(step.Counts, Of("rekeyed", n.Rekeyed)...)
	}
	step.Operations, step.Requests, step.Digest = r.Operations(), r.Requests, r.Digest
	for _, i := range r.Invalid {
		step.Notes = append(step.Notes, fmt.Sprintf("%d invalid: %s", i.Rows, i.Reason))
	}
	if r.Adopted > 0 {
		step.Notes = append(step.Notes, fmt.Sprintf("%d adopted: the tool has them already", r.Adopted))
	}
	if r.Stuck > 0 {
		step.Notes = append(step.Notes, fmt.Sprintf("%d unknown: neither delivered nor refused. They are sent again only with --allow resend:%s", r.Stuck, step.Address))
	}
	p.judge(&step.Head, r.Verdicts)
	if r.Changed() || step.Blocked() {
		because(&step.Head, Sync, causes, clock)
		switch {
		case n.Remove > 0:
			step.Category = Breaking
		case n.Update > 0:
			step.Category = NonBreaking
		default:
			step.Category = Additive
		}
	}
}

// syncReads are the blocks a sync takes rows and columns from.
func (p *planner) syncReads(s *config.Sync) []string {
	reads := []string{s.From.Addr.String()}
	if s.Identity != (addr.Address{}) && s.Identity != s.From.Addr {
		reads = append(reads, s.Identity.String())
	}
	if s.Holdouts != "include" {
		for _, a := range s.Includes {
			reads = append(reads, a.String()) // who is held out of them
		}
	}
	return reads
}

// formerPlace says where a sync's records lie if its code now names another destination or object; empty: in the same.
func (p *planner) formerPlace(s *config.Sync) string {
	applied, known := p.State.Applied[s.Addr.String()]
	if !known {
		return ""
	}
	destination, object := referenceOf(applied.Definition, "destination"), definitionOf(applied.Definition, "object")
	before, now := definitionOf(applied.Definition, "_place"), definitionOf(s.Definition, "_place")
	moved := before != "" && now != "" && before != now
	if destination == s.Destination.Addr.String() && object == s.Object {
		if !moved {
			return ""
		}
		return fmt.Sprintf("%s of %s stay where %s was before; the new place gets all rows", count(p.Held[s.Addr.String()], "record"), object, destination)
	}
	return fmt.Sprintf("%s in %s %s, where the sync went before; the new place gets all rows", count(p.Held[s.Addr.String()], "record")+verb(p.Held[s.Addr.String()], " stay"), destination, object)
}
