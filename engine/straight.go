package engine

import (
	"context"
	"slices"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// straight loads the streams of a run whose tables are still empty: their rows need no comparison, so they go straight into
// the warehouse inside the publish transaction instead of through scratch. A stream that could not be loaded so is left to
// the plan, which says why.
func (p *Project) straight(ctx context.Context, s *session, run state.Run, m *making) diag.Diagnostics {
	if run.Command != "run" || !slices.ContainsFunc(p.streamTables(), func(t string) bool { return !s.state.Tables[t] }) {
		return nil
	}
	compiled, ds := plan.Check(ctx, p.knownOf(s.state))
	selected, more := p.selection(m.selected)
	if ds.HasErrors() || more.HasErrors() {
		return nil // the plan reports it
	}
	var todo []*ingest.Spec
	for _, source := range p.config.Sources {
		for _, stream := range source.Streams {
			spec := compiled.Streams[stream.Addr.String()]
			if (selected == nil || selected(stream.Addr)) && ingest.Straight(s.state, spec) {
				todo = append(todo, spec)
			}
		}
	}
	if len(todo) == 0 {
		return nil
	}
	s.promoted = true
	if err := s.store.Promote(ctx); err != nil {
		return p.Explain(err)
	}
	if err := s.store.Publish(ctx, warehouse.Publication{Deltas: s.state.RunStarted(run)}); err != nil {
		return p.Explain(err)
	}
	m.loaded = map[string]*ingest.Result{}
	for _, spec := range todo {
		env, ds := p.ingestEnv(ctx, s, spec, *m)
		if ds.HasErrors() {
			continue
		}
		if result, ds := ingest.Direct(ctx, env, run, spec); result != nil && !ds.HasErrors() {
			m.loaded[spec.Address] = result
		}
	}
	return nil
}

// streamTables are the raw tables of all streams.
func (p *Project) streamTables() []string {
	var out []string
	for _, source := range p.config.Sources {
		for _, stream := range source.Streams {
			schemaName, name, _ := stream.Addr.Relation()
			out = append(out, schemaName+"."+name)
		}
	}
	return out
}
