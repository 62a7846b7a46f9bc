package plan

import (
	"context"
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/wire"
)

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
			if step.Skipped == "" && p.selected(s.Addr) {
				p.judge(&step.Head, activation.Unforeseen(spec, p.Held[address], a))
			}
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
