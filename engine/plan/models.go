package plan

import (
	"context"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/model"
)

// models rebuilds models whose inputs or definition changed, each after those it reads.
func (p *planner) models(ctx context.Context) error {
	for _, m := range modelsInOrder(p.Config) {
		if p.diags = append(p.diags, p.compiler.model(ctx, m)...); p.diags.HasErrors() {
			return nil
		}
		if err := p.modelStep(ctx, m); err != nil {
			return err
		}
		if err := p.computed(ctx, m.Addr.String()); err != nil || p.diags.HasErrors() {
			return err
		}
	}
	return nil
}

func (p *planner) modelStep(ctx context.Context, m *config.Model) error {
	address := m.Addr.String()
	spec := p.out.Models[address]
	step := &ModelStep{Head: p.head(&m.Block, spec.Fingerprint), Materialize: spec.Materialize}
	p.plan.Steps = append(p.plan.Steps, step)
	p.current = &step.Head
	var reads []string
	for _, r := range m.DependsOn {
		reads = append(reads, r.Addr.String())
		p.unknown[address] = p.unknown[address] || p.unknown[r.Addr.String()]
	}
	p.inherit(&step.Head, reads...)
	if p.unknown[address] {
		step.Counts = Unknown("rows", "inserted", "deleted")
		return nil
	}
	causes := p.causes(reads...)
	clock := spec.Clock && p.moved(address)
	due := p.forced(m.Addr) || (step.Due() || len(causes) > 0 || clock) && p.selected(m.Addr) || (spec.View() && p.relocated(append(reads, address)...))
	env := model.Env{Store: p.Store, AsOf: p.AsOf}
	if !due {
		if err := model.Declare(ctx, env, spec); err != nil {
			return p.tolerate(ctx, &step.Head, err)
		}
		step.Counts = Counts{}
		return nil
	}
	result, ds, err := model.Compute(ctx, env, spec)
	if err != nil {
		return p.tolerate(ctx, &step.Head, err)
	}
	if p.diags = append(p.diags, ds...); ds.HasErrors() {
		return nil
	}
	p.got.Models[address] = result
	p.changed[address] = result.Changed || (spec.View() && len(causes) > 0) || step.Due()
	step.Counts = Of("rows", result.Rows, "inserted", result.Inserted, "deleted", result.Deleted)
	if p.changed[address] {
		because(&step.Head, Change, causes, clock)
	}
	return nil
}
