package engine

import (
	"context"
	"slices"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Plan computes what apply would do, and saves it if asked to.
func (p *Project) Plan(ctx context.Context, o PlanOptions) (*Plan, diag.Diagnostics) {
	defer phase(o.Listener, PhaseDone)
	ds := p.prepare(ctx)
	ds = append(ds, p.writable()...)
	if o.Out != "" {
		ds = append(ds, p.checkOut(o.Out)...)
	}
	if ds.HasErrors() {
		return nil, ds
	}
	s, done, err := p.shared(ctx, p.session)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer done()
	phase(o.Listener, "Planning")
	ds = append(ds, p.gone(s.state)...)
	made, got, more := p.make(ctx, s, making{refresh: o.Refresh, target: slices.Sorted(slices.Values(o.Target)), listener: o.Listener, digest: true})
	ds = append(ds, more...)
	if made == nil {
		return nil, ds
	}
	defer got.Close()
	if o.Samples {
		ds = append(ds, p.samples(ctx, s, made, got)...)
	}
	if o.Out != "" {
		ds = append(ds, p.save(ctx, s, made, got, o.Out)...)
	}
	return made, ds
}

// making says how a plan is made.
type making struct {
	refresh    string
	allow      []string
	selected   []string
	target     []string
	tolerant   bool
	loaded     map[string]*ingest.Result
	listener   Listener
	saved      *saved // a saved plan that is to be carried out
	approvedBy string
	warned     func(diag.Diagnostics) // hears warnings before somebody is asked
	digest     bool                   // say which rows each load brings
	forced     addr.Address           // computed whether it has a reason to or not
	at         func(address string)   // hears which block is computed
}

// make checks the whole project with what is known, then plans.
func (p *Project) make(ctx context.Context, s *session, m making) (*Plan, *plan.Computed, diag.Diagnostics) {
	if ds := p.relocate(ctx, s); ds.HasErrors() {
		return nil, nil, ds
	}
	known := p.knownOf(s.state)
	if _, ds := plan.Check(ctx, known); ds.HasErrors() {
		return nil, nil, ds
	}
	farewells, ds := p.farewells(ctx, s)
	if ds.HasErrors() {
		return nil, nil, ds
	}
	held, err := s.held(ctx)
	if err != nil {
		return nil, nil, p.Explain(err)
	}
	selected, more := p.chosen(m)
	ds = append(append(ds, more...), p.checkAllow(m.allow)...)
	if ds = append(ds, movedBeside(m, s.moves, selected)...); ds.HasErrors() {
		return nil, nil, ds
	}
	refresh := m.refresh
	if refresh == "" {
		refresh = plan.RefreshAuto
	}
	made, got, more := plan.Make(ctx, plan.Deps{
		Known: known, Store: s.store, State: s.state, Moves: s.moves, Farewells: farewells, AsOf: p.opts.AsOf, Refresh: refresh, Selected: selected, Held: held,
		Load: func(ctx context.Context, spec *ingest.Spec) (*ingest.Result, diag.Diagnostics) {
			return p.load(ctx, s, spec, m)
		},
		Readback: func(ctx context.Context, d *config.Destination, req wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error {
			c, err := p.pool.lease(ctx, d.Connector, d.Addr)
			if err != nil {
				return err
			}
			return c.Readback(ctx, req, yield)
		},
		Loaded:   m.loaded,
		Allow:    allowed(m.allow),
		Phase:    func(name string) { phase(m.listener, name) },
		Parallel: p.parallelism(), Tolerant: m.tolerant, Forced: m.forced, At: m.at, Digest: m.digest || m.saved != nil, Target: m.target, Connectors: p.ownDigests(m),
	})
	return made, got, append(ds, more...)
}

func phase(l Listener, name string) {
	if l != nil {
		l.Phase(name)
	}
}

// load reads one stream into scratch.
func (p *Project) load(ctx context.Context, s *session, spec *ingest.Spec, m making) (*ingest.Result, diag.Diagnostics) {
	if m.saved != nil {
		if r, read, err := m.saved.loads.load(ctx, s, spec); err != nil || !read {
			return r, p.Explain(err)
		}
	}
	env, ds := p.ingestEnv(ctx, s, spec, m)
	if ds.HasErrors() {
		return nil, ds
	}
	return ingest.Compute(ctx, env, spec)
}

func (p *Project) ingestEnv(ctx context.Context, s *session, spec *ingest.Spec, m making) (ingest.Env, diag.Diagnostics) {
	source := spec.Addr.Parent()
	connector := ""
	var at *diag.Range
	for _, one := range p.config.Sources {
		if one.Addr == source {
			connector, at = one.Connector, &one.ConnectorRange
		}
	}
	c, err := p.pool.get(ctx, connector)
	if err != nil {
		return ingest.Env{}, one(died("The connector could not be started", connector, err, at))
	}
	return ingest.Env{
		Store: s.store, State: s.state, Connector: c, AsOf: p.opts.AsOf, Allow: allowed(m.allow),
		ArgRange: func(a addr.Address, path []string) *diag.Range {
			if r, ok := p.config.ArgRange(a.String(), path); ok {
				return &r
			}
			return nil
		},
		Progress: func(address string, w wire.Progress) {
			if m.listener != nil {
				m.listener.Progress(address, w.Done, w.Total, w.Unit)
			}
		},
	}, nil
}
