package engine

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/host"
)

func (p *Project) parallelism() int {
	if p.opts.Parallelism > 0 {
		return p.opts.Parallelism
	}
	if p.config.Settings.Parallelism > 0 {
		return p.config.Settings.Parallelism
	}
	return runtime.NumCPU()
}

// Apply carries out a saved plan, or plans everything anew, asks, and carries that out. Nothing is done if a guard that
// nobody let through stands in the way.
func (p *Project) Apply(ctx context.Context, o ApplyOptions) (*Outcome, diag.Diagnostics) {
	defer phase(o.Listener, PhaseDone)
	var approved *Plan
	if o.File != "" {
		var ds diag.Diagnostics
		if approved, ds = p.readApproved(o.File); ds.HasErrors() {
			return nil, ds
		}
	}
	m := making{refresh: plan.RefreshAll, allow: o.Allow, listener: o.Listener}
	if approved != nil {
		m.refresh = approved.Refresh
		p.opts.AsOf = approved.AsOf
	}
	m.approved = approved
	return p.change(ctx, "apply", m, func(made *Plan, got *plan.Computed) (bool, diag.Diagnostics) {
		if approved != nil && made.ID != approved.ID {
			return false, one(diag.NewError("plan.stale", "The plan no longer fits", p.whatMoved(approved, made), nil))
		}
		phase(o.Listener, PhaseDone)
		if !o.Approve(made) {
			return false, one(diag.NewError("apply.declined", "Nothing was done", "The plan was not approved.", nil))
		}
		return made.Totals().Blocked == 0, nil
	})
}

func (p *Project) readApproved(file string) (*Plan, diag.Diagnostics) {
	path := p.path(file)
	key, err := plan.KeyFor(p.environment("CDP_PLAN_KEY"), p.dir)
	if err != nil {
		return nil, p.Explain(err)
	}
	made, err := plan.Read(path, key)
	if err != nil {
		return nil, planProblem(path, err)
	}
	return made, nil
}

// whatMoved says in which way a plan made now differs from an approved one.
func (p *Project) whatMoved(approved, now *Plan) string {
	switch {
	case approved.ConfigDigest != now.ConfigDigest:
		return "The config is another than the one that was planned. Plan anew: cdp plan --out FILE."
	case approved.Pins.Workspace != now.Pins.Workspace:
		return "The plan was made for another warehouse. Plan anew: cdp plan --out FILE."
	}
	text := ""
	for _, s := range approved.Steps {
		h := s.Base()
		other := now.Step(h.Address)
		if other == nil {
			text += fmt.Sprintf(" %s is gone.", h.Address)
			continue
		}
		for _, c := range h.Counts {
			if n, known := other.Base().Counts.Get(c.Name); known && c.Known && n != c.N {
				text += fmt.Sprintf(" %s %s: approved %d, now %d.", h.Address, c.Name, c.N, n)
			}
		}
	}
	if text == "" {
		text = " Data that the plan was computed from has been loaded or published since."
	}
	return "What was approved is not what would happen now:" + text + " Plan anew: cdp plan --out FILE."
}

// Run is the cadence of the applied config: nothing is asked, and what a guard blocks stops only what follows it.
func (p *Project) Run(ctx context.Context, o RunOptions) (*Outcome, diag.Diagnostics) {
	defer phase(o.Listener, PhaseDone)
	m := making{refresh: plan.RefreshAll, allow: o.Allow, selected: o.Select, tolerant: true, listener: o.Listener}
	return p.change(ctx, "run", m, func(made *Plan, _ *plan.Computed) (bool, diag.Diagnostics) { return !made.Stopped(), nil })
}

// change is what apply and run share: lock, recover, plan, decide, publish, deliver.
func (p *Project) change(ctx context.Context, command string, m making, decide func(*Plan, *plan.Computed) (bool, diag.Diagnostics)) (*Outcome, diag.Diagnostics) {
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
	run := state.Run{ID: state.NewID(), Command: command, AsOf: p.opts.AsOf, StartedAt: time.Now().UTC().Truncate(time.Microsecond), ConfigDigest: p.config.Digest()}
	s, err := p.session(ctx)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer func() { s.close() }()
	// Both need the warehouse for writing, which ends computing in a session: another one follows.
	for _, before := range []func(context.Context, *session, state.Run, *making) diag.Diagnostics{p.recover, p.unused, p.inForce, p.straight} {
		if ds = append(ds, before(ctx, s, run, &m)...); ds.HasErrors() {
			return nil, ds
		}
		if !s.promoted {
			continue
		}
		s.close()
		if s, err = p.session(ctx); err != nil {
			s = &session{}
			return nil, append(ds, p.Explain(err)...)
		}
	}
	made, got, more := p.make(ctx, s, m)
	ds = append(ds, more...)
	if made == nil {
		return nil, ds
	}
	defer got.Close()
	run.PlanID = made.ID
	proceed, more := decide(made, got)
	ds = append(ds, more...)
	if more.HasErrors() {
		return &Outcome{Plan: made, ExitCode: ExitCode(more, ExitError)}, ds
	}
	if !proceed {
		return &Outcome{Plan: made, ExitCode: ExitBlocked}, append(ds, blockedBy(made)...)
	}
	phase(m.listener, "Publishing")
	out, more := p.carry(ctx, s, run, made, got, m)
	return out, append(ds, more...)
}

// carry publishes and delivers, with the run's record around it.
func (p *Project) carry(ctx context.Context, s *session, run state.Run, made *Plan, got *plan.Computed, m making) (*Outcome, diag.Diagnostics) {
	if err := s.store.Promote(ctx); err != nil {
		return nil, p.Explain(err)
	}
	deltas := s.state.RunStarted(run)
	if m.approved != nil {
		deltas = append(deltas, s.state.Consume(run, m.approved.ID, m.approved.Pins.Serial)...)
	}
	if err := s.store.Publish(ctx, warehouse.Publication{Deltas: deltas}); err != nil {
		return nil, p.Explain(err)
	}
	selected, _ := p.selection(m.selected) // make has looked at it
	report, ds := apply.Carry(ctx, apply.Deps{
		Config: p.config, Store: s.store, State: s.state, Run: run,
		Phase:   func(name string) { phase(m.listener, name) },
		Journal: p.journal(s.state), Selected: selected, Moves: s.moves,
		Deliver: func(ctx context.Context, journal *activation.Journal, due []activation.Delivery) ([]*activation.Report, error) {
			return p.deliver(ctx, s, run, journal, due, m)
		},
	}, made, got)
	for _, failed := range got.Failed {
		ds = append(ds, failed...)
	}
	out := &Outcome{Plan: made, Report: report}
	out.ExitCode = exitCode(ctx, report, made, ds)
	if out.ExitCode == ExitBlocked {
		ds = append(ds, blockedBy(made)...)
	}
	// The record of how it ended is written even when the run was interrupted.
	end := context.WithoutCancel(ctx)
	if err := s.store.Publish(end, warehouse.Publication{Deltas: s.state.RunEnded(run, ended(out.ExitCode), out.ExitCode, time.Now().UTC())}); err != nil {
		ds = append(ds, p.Explain(err)...)
	}
	return out, ds
}

// exitCode is the first that applies: interrupted, error, blocked, partial, rejects.
func exitCode(ctx context.Context, r *apply.Report, made *Plan, ds diag.Diagnostics) int {
	switch {
	case ctx.Err() != nil:
		return ExitInterrupted
	case ds.HasErrors() && ExitCode(ds, ExitError) == ExitError:
		return ExitError
	case made.Totals().Blocked > 0 || r.Worst(apply.Blocked):
		return ExitBlocked
	case r.Worst(apply.Partial, apply.Failed):
		return ExitPartial
	case r.Rejected:
		return ExitRejected
	}
	return ExitOK
}

func ended(code int) string {
	switch code {
	case ExitOK, ExitRejected:
		return "done"
	case ExitBlocked:
		return "blocked"
	case ExitPartial:
		return "partial"
	case ExitInterrupted:
		return "interrupted"
	}
	return "failed"
}

// blockedBy says which guards stand in the way, and how to let each through.
func blockedBy(made *Plan) diag.Diagnostics {
	ds := closedGates(made)
	for _, s := range made.Steps {
		h := s.Base()
		for _, v := range h.Guards {
			if v.Status != guard.Blocked {
				continue
			}
			detail := fmt.Sprintf("Guard %s of %s: %d of %d, limit %g.", v.Name, v.Address, v.Rows, v.Of, v.Limit)
			if v.Detail != "" {
				detail = fmt.Sprintf("Guard %s of %s: %s.", v.Name, v.Address, v.Detail)
			}
			ds = append(ds, diag.NewError("guard.blocked", "A guard stands in the way", detail+" If this is right, let it through once with --allow guard:"+v.Address+".", h.Range).About(v.Address))
		}
	}
	return ds
}

// inForce refuses to run config that was not applied.
func (p *Project) inForce(_ context.Context, s *session, run state.Run, _ *making) diag.Diagnostics {
	if run.Command != "run" {
		return nil
	}
	differs := plan.Unapplied(p.config, s.state)
	if len(differs) == 0 {
		return nil
	}
	list := ""
	for i, a := range differs {
		if i == 5 {
			list += fmt.Sprintf(" and %d more", len(differs)-i)
			break
		}
		if i > 0 {
			list += ", "
		}
		list += a
	}
	return one(diag.NewError("run.not_applied", "The config was not applied yet",
		"run carries out what was applied, and the code says something else: "+list+". Look at it with `cdp plan`, then `cdp apply`.", nil))
}

// unused refuses a saved plan that was carried out already: a plan is used once.
func (p *Project) unused(_ context.Context, s *session, _ state.Run, m *making) diag.Diagnostics {
	if m.approved == nil {
		return nil
	}
	if serial, used := s.state.Consumed[m.approved.ID]; used && serial == m.approved.Pins.Serial {
		return one(diag.NewError("plan.consumed", "The plan was used already", "This plan was already applied, and a plan is used once. Plan anew: cdp plan --out FILE.", nil))
	}
	return nil
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
