package engine

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/host"
)

// change is what apply and run share: lock, recover, plan, decide, publish, deliver.
func (p *Project) change(ctx context.Context, command string, m making, decide func(*Plan, *session) (bool, diag.Diagnostics)) (*Outcome, diag.Diagnostics) {
	ds := p.prepare(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	if ds = append(ds, p.writable()...); ds.HasErrors() {
		return nil, ds
	}
	release, err := p.lock(ctx, state.Exclusive)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer release()
	phase(m.listener, "Planning")
	run := state.Run{ID: state.NewID(), Command: command, AsOf: p.opts.AsOf, StartedAt: time.Now().UTC().Truncate(time.Microsecond), ConfigDigest: p.config.Digest(), Allowed: m.allow, ApprovedBy: m.approvedBy}
	begun := func(more diag.Diagnostics) diag.Diagnostics {
		if ctx.Err() == nil {
			return append(ds, more...)
		}
		return interrupted(loadedAlready(m.loaded)) // whatever broke off, that is why
	}
	s, more := p.begin(ctx, run, &m)
	if more.HasErrors() {
		return nil, begun(more)
	}
	defer s.close()
	ds = append(ds, more...)
	made, got, more := p.make(ctx, s, m)
	if made == nil {
		return nil, begun(more)
	}
	ds = append(ds, more...)
	defer got.Close()
	run.PlanID, run.Overridden = made.ID, made.Overrides()
	ds = m.warn(ds, made)
	proceed, more := decide(made, s)
	ds = append(ds, more...)
	if ctx.Err() != nil && more.HasErrors() {
		return nil, begun(more)
	}
	if more.HasErrors() {
		return &Outcome{Plan: made, ExitCode: ExitCode(more, ExitError)}, ds
	}
	if !proceed {
		ds = append(ds, p.stopped(ctx, s, run)...)
		return &Outcome{Plan: made, ExitCode: ExitBlocked}, blockedBy(ds, made)
	}
	if made.Changes() {
		phase(m.listener, "Publishing")
	}
	out, more := p.carry(ctx, s, run, made, got, m)
	if ds = append(ds, more...); out != nil && out.ExitCode == ExitBlocked {
		ds = blockedBy(ds, made)
	}
	return out, ds
}

// begin opens a session that a change can be planned in, after all that comes before planning. What needs the warehouse for
// writing ends computing in a session: another one follows.
func (p *Project) begin(ctx context.Context, run state.Run, m *making) (*session, diag.Diagnostics) {
	s, err := p.session(ctx)
	if err != nil {
		return nil, p.Explain(err)
	}
	ds := p.gone(s.state)
	for _, step := range []func(context.Context, *session, state.Run, *making) diag.Diagnostics{p.recover, p.unused, p.inForce, p.straight} {
		ds = append(ds, step(ctx, s, run, m)...)
		if !ds.HasErrors() && !s.promoted {
			continue
		}
		s.close()
		if ds.HasErrors() {
			return nil, ds
		}
		if s, err = p.session(ctx); err != nil {
			return nil, append(ds, p.Explain(err)...)
		}
	}
	return s, ds
}

// warn tells the warnings before somebody is asked: an answer takes them into account. It returns what is left to tell. Of a plan
// that a guard blocks nothing is asked.
func (m making) warn(ds diag.Diagnostics, made *Plan) diag.Diagnostics {
	if m.warned == nil || !made.Changes() || made.Totals().Blocked > 0 {
		return ds
	}
	var now, later diag.Diagnostics
	for _, d := range ds {
		if d.Severity == diag.Warning {
			now = append(now, d)
		} else {
			later = append(later, d)
		}
	}
	m.warned(now)
	return later
}

// stopped records a run that a policy ended before anything was done: on a schedule, nobody else sees it.
func (p *Project) stopped(ctx context.Context, s *session, run state.Run) diag.Diagnostics {
	if run.Command != "run" {
		return nil
	}
	if err := s.store.Promote(ctx); err != nil {
		return p.Explain(err)
	}
	deltas := s.state.RunEnded(run, ended(ExitBlocked), ExitBlocked, time.Now().UTC())
	return p.Explain(s.store.Publish(ctx, warehouse.Publication{Deltas: deltas}))
}

// carry publishes and delivers, with the run's record around it.
func (p *Project) carry(ctx context.Context, s *session, run state.Run, made *Plan, got *plan.Computed, m making) (*Outcome, diag.Diagnostics) {
	if err := s.store.Promote(ctx); err != nil {
		return nil, p.Explain(err)
	}
	deltas := s.state.RunStarted(run)
	if v := m.saved; v != nil {
		run.PlanID, v.use.RunID, v.use.BegunAt, v.use.Drift = v.ID, run.ID, run.StartedAt, v.driftText()
		deltas = append(s.state.RunStarted(run), s.state.UsePlan(v.use)...)
	}
	if err := s.store.Publish(ctx, warehouse.Publication{Deltas: deltas}); err != nil {
		return nil, p.Explain(err)
	}
	selected, _ := p.chosen(m) // make has looked at it
	report, ds := apply.Carry(ctx, apply.Deps{
		Config: p.config, Store: s.store, State: s.state, Run: run,
		Phase:   func(name string) { phase(m.listener, name) },
		Journal: p.journal(s.state), Selected: selected, InForce: p.wayBack(run), Moves: s.moves,
		Deliver: func(ctx context.Context, journal *activation.Journal, due []activation.Delivery) ([]*activation.Report, error) {
			return p.deliver(ctx, s, run, journal, due, m)
		},
	}, made, got)
	for _, failed := range got.Failed {
		ds = append(ds, failed...)
	}
	report.Seconds = (time.Since(p.opts.Began) - p.asked).Seconds() // planning and loading are what takes time
	out := &Outcome{Plan: made, Report: report}
	out.ExitCode = exitCode(ctx, report, made, ds)
	if ctx.Err() != nil {
		ds = append(ds, interrupted(soFar(report, made))...)
	}
	// The record of how it ended is written even when the run was interrupted.
	end := context.WithoutCancel(ctx)
	deltas = s.state.RunEnded(run, ended(out.ExitCode), out.ExitCode, time.Now().UTC())
	over := m.saved != nil && (out.ExitCode == ExitOK || out.ExitCode == ExitRejected)
	if over {
		m.saved.use.DoneAt = time.Now().UTC()
		deltas = append(deltas, s.state.UsePlan(m.saved.use)...)
	}
	if err := s.store.Publish(end, warehouse.Publication{Deltas: deltas}); err != nil {
		return out, append(ds, p.Explain(err)...)
	}
	if over && m.saved.loads.dir != "" {
		_ = os.RemoveAll(m.saved.loads.dir) // nobody needs them any more; what can't be removed now is pruned later
	}
	return out, ds
}

// recover brings what a delivery that was killed left behind into the ledger, before anything is planned on it.
func (p *Project) recover(ctx context.Context, s *session, run state.Run, _ *making) diag.Diagnostics {
	if !s.state.Exists {
		return nil
	}
	due, err := activation.NeedsRecovery(ctx, s.store, p.journal(s.state))
	if err != nil || !due {
		return p.Explain(err)
	}
	s.promoted = true
	found, err := activation.Recover(ctx, s.store, s.state, run, p.journal(s.state))
	if err != nil {
		return p.Explain(err)
	}
	return found.Diagnostics
}

// journal is where the journals of this warehouse are.
func (p *Project) journal(st *state.State) activation.JournalPlace {
	return activation.PlaceOf(p.config.Settings.Warehouse.Abs, st.UUID)
}

// writable tells early that there cannot be a warehouse where the code says.
func (p *Project) writable() diag.Diagnostics {
	w := p.config.Settings.Warehouse
	if f, err := os.Stat(w.Abs); err == nil && f.IsDir() {
		return one(diag.NewError("warehouse.path", "The warehouse cannot be there", w.Path+" is a folder. A warehouse is a file: path = \""+filepath.Join(w.Path, "warehouse.duckdb")+"\".", &w.Range))
	}
	if _, err := os.Stat(filepath.Dir(w.Abs)); err != nil {
		return one(diag.NewError("warehouse.path", "The warehouse cannot be there", "There is no folder "+filepath.Dir(w.Path)+". Make it first, or choose another path.", &w.Range))
	}
	return nil
}

// deliver sends what is due, each destination through a process of its own.
func (p *Project) deliver(ctx context.Context, s *session, run state.Run, journal *activation.Journal, due []activation.Delivery, m making) ([]*activation.Report, error) {
	resend := map[string]bool{}
	for _, sync := range p.config.Syncs {
		resend[sync.Addr.String()] = allowed(m.allow)("resend", sync.Addr.String())
	}
	return activation.Deliver(ctx, &activation.DeliverEnv{
		Store: s.store, State: s.state, Run: run, Journal: journal, Resend: resend,
		Connect: func(ctx context.Context, d *config.Destination) (host.Connector, error) {
			return p.pool.lease(ctx, d.Connector, d.Addr)
		},
		Progress: func(g activation.Progress) {
			if m.listener != nil {
				m.listener.Progress(g.Address, g.Done, g.Total, "records")
			}
		},
	}, due)
}
