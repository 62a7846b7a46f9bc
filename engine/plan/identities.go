package plan

import (
	"context"
	"fmt"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// identities resolves identities and refreshes profiles, with a step for each identity and one for each trait.
func (p *planner) identities(ctx context.Context) error {
	for _, id := range p.Config.Identities {
		if p.diags = append(p.diags, p.compiler.identity(ctx, id)...); p.diags.HasErrors() {
			return nil
		}
		if err := p.identityStep(ctx, id); err != nil || p.diags.HasErrors() {
			return err
		}
		if err := p.computed(ctx, id.Addr.String()); err != nil || p.diags.HasErrors() {
			return err
		}
	}
	for _, t := range p.Config.Traits {
		step := &TraitStep{Head: p.head(&t.Block, t.Definition)}
		step.Counts = Counts{}
		p.inherit(&step.Head, t.Of.Addr.String())
		p.plan.Steps = append(p.plan.Steps, step)
	}
	return nil
}

func (p *planner) identityStep(ctx context.Context, id *config.Identity) error {
	address := id.Addr.String()
	spec, prof := p.out.Identities[address], p.out.Profiles[address]
	step := &IdentityStep{Head: p.head(&id.Block, spec.Fingerprint+prof.Fingerprint)}
	p.plan.Steps = append(p.plan.Steps, step)
	p.current = &step.Head
	var reads []string
	for _, in := range id.Inputs {
		reads = append(reads, in.Stream.Addr.String())
		p.unknown[address] = p.unknown[address] || p.unknown[in.Stream.Addr.String()]
	}
	p.inherit(&step.Head, reads...)
	if p.unknown[address] {
		step.Counts = Unknown("profiles", "created", "merged", "split", "retired", "moved")
		return nil
	}
	causes := p.causes(reads...)
	resolve, clock := p.resolves(address, spec, causes)
	refresh := resolve || step.Due() || (prof.Clock && p.moved(address))
	if !p.selected(id.Addr) {
		resolve, refresh = false, false
	}
	if p.forced(id.Addr) {
		resolve, refresh = true, true
	}
	for _, t := range p.Config.Traits {
		refresh = refresh || (t.Of.Addr == id.Addr && p.Forced == t.Addr)
	}
	if !refresh {
		return p.untouched(ctx, id, step)
	}
	p.phase("Resolving identities")
	if err := p.resolve(ctx, address, step, resolve); err != nil || p.diags.HasErrors() {
		return p.tolerate(ctx, &step.Head, err)
	}
	p.phase("Computing profiles")
	env := profile.Env{Store: p.Store, AsOf: p.AsOf, Touched: warehouse.Touched{All: true}, Rebuild: p.rebuild(prof)}
	result, ds, err := profile.Compute(ctx, env, prof)
	if err != nil {
		return p.profilesFailed(ctx, env, prof, &step.Head, err)
	}
	if p.diags = append(p.diags, ds...); ds.HasErrors() {
		return nil
	}
	p.got.Profiles[address] = result
	r := p.got.Identities[address]
	p.changed[address] = result.Changed > 0 || (r != nil && r.Changed())
	if p.changed[address] {
		because(&step.Head, Change, causes, clock)
	} else if step.Action != None {
		step.CausedBy = causes
	}
	return nil
}

// profilesFailed ends an identity whose profiles cannot be computed, and blames the trait if it is one.
func (p *planner) profilesFailed(ctx context.Context, env profile.Env, prof *profile.Spec, h *Head, err error) error {
	if warehouse.IsReason(err, warehouse.BadValue) {
		if c := profile.Guilty(ctx, env, prof); c != nil {
			for _, t := range p.Config.Traits {
				if t.Addr.String() == c.Address {
					p.guilty = blamed(t.Block, t.Ranges, "value", "sql")
					defer func() { p.guilty = nil }()
				}
			}
		}
	}
	left := p.tolerate(ctx, h, err)
	if left != nil && p.guilty != nil { // passed on: whoever tells it blames this block
		p.current = p.guilty
	}
	return left
}

// resolves reports whether who is who must be computed anew, and whether only the clock is the reason.
func (p *planner) resolves(address string, spec *identity.Spec, causes []string) (yes, clock bool) {
	applied, known := p.State.Applied[address]
	if !known || len(causes) > 0 || len(applied.Fingerprint) < len(spec.Fingerprint) || applied.Fingerprint[:len(spec.Fingerprint)] != spec.Fingerprint {
		return true, false
	}
	clock = p.moved(address)
	return spec.Clock && clock, clock
}

// resolve computes who is who, or where that did not change, only the records that profiles are made from.
func (p *planner) resolve(ctx context.Context, address string, step *IdentityStep, all bool) error {
	spec := p.out.Identities[address]
	env := identity.Env{Store: p.Store, AsOf: p.AsOf, Touched: warehouse.Touched{All: true}}
	if !all {
		if err := p.same(ctx, address, step); err != nil {
			return err
		}
		return identity.Records(ctx, env, spec)
	}
	result, ds, err := identity.Compute(ctx, env, spec)
	if p.diags = append(p.diags, ds...); err != nil || ds.HasErrors() {
		return err
	}
	p.got.Identities[address] = result
	n := result.Counts
	step.Counts = Of("profiles", n.Profiles, "created", max(n.Created, n.Created+n.Split-n.Resurrected), "merged", n.Merged, "split", n.Split, "retired", n.Retired, "moved", n.Moved)
	step.Notes = largest(result.Largest, n)
	if step.Action != Create && n.Merged+n.Split+n.Moved > 0 {
		step.Category = IdentityShift
	}
	p.judge(&step.Head, result.Verdicts)
	return nil
}

// untouched declares the tables of an identity that need not be computed.
func (p *planner) untouched(ctx context.Context, id *config.Identity, step *IdentityStep) error {
	prof := p.out.Profiles[id.Addr.String()]
	if err := p.same(ctx, id.Addr.String(), step); err != nil {
		return err
	}
	return p.Store.Declare(ctx, prof.Table, prof.Provenance)
}

// same counts the customers of an identity in which nobody comes, goes or becomes somebody else.
func (p *planner) same(ctx context.Context, address string, step *IdentityStep) error {
	table := p.out.Profiles[address].Table
	if err := p.Store.Declare(ctx, table); err != nil {
		return err
	}
	profiles, err := p.State.Rows(ctx, p.Store, table.String())
	step.Counts = Of("profiles", profiles, "created", int64(0), "merged", int64(0), "split", int64(0), "retired", int64(0), "moved", int64(0))
	return err
}

// rebuild reports whether the profiles' table has other columns than it should: it is written anew then.
func (p *planner) rebuild(prof *profile.Spec) bool {
	have := p.State.Columns[prof.Table.String()]
	if len(have) == 0 {
		return false
	}
	if len(have) != len(prof.Table.Columns) {
		return true
	}
	for i, c := range prof.Table.Columns {
		if have[i].Name != c.Name || have[i].Type != c.Type {
			return true
		}
	}
	return false
}

// largest says of the largest merges and splits why they happen.
func largest(changes []identity.Change, n identity.Counts) []string {
	var out []string
	more := map[string]int64{"merge": n.Merged, "split": n.Split}
	for _, c := range changes {
		more[c.Kind] -= c.Customers - 1
		out = append(out, fmt.Sprintf("%s of %s, %s: %s", c.Kind, count(c.Customers, "customer"), count(c.Records, "record"), c.Reason))
	}
	if n := more["merge"]; n > 0 {
		out = append(out, count(n, "more customer")+verb(n, " go")+" into others, in smaller merges")
	}
	if n := more["split"]; n > 0 {
		out = append(out, count(n, "more customer")+verb(n, " come")+" off others, in smaller splits")
	}
	return out
}
