package apply

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/model"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Deps are what carrying out works with. Store has been promoted.
type Deps struct {
	Config  *config.Config
	Store   warehouse.Store
	State   *state.State
	Run     state.Run
	Journal activation.JournalPlace
	Moves   *plan.Moves // blocks that have other names than when they were applied
	// Selected reports which blocks were planned; nil: all.
	Selected func(addr.Address) bool
	Deliver  func(ctx context.Context, journal *activation.Journal, due []activation.Delivery) ([]*activation.Report, error)
	Phase    func(name string)
	InForce  []warehouse.Delta // to record once all blocks are in force
}

// Carry carries out a plan: every publish in the order of the chain, then the deliveries. Nodes that fail or are stopped
// leave their mark in the report; the diagnostics say why.
func Carry(ctx context.Context, d Deps, p *plan.Plan, got *plan.Computed) (*Report, diag.Diagnostics) {
	a := &applier{Deps: d, ctx: ctx, plan: p, got: got, report: &Report{Command: d.Run.Command, RunID: d.Run.ID}, failed: map[string]bool{}, blocks: byAddress(d.Config)}
	if err := a.relocate(); err != nil {
		a.fail(&plan.Head{Address: "moved", Action: plan.Move}, err)
		return a.report, a.diags
	}
	for _, step := range p.Steps {
		if ctx.Err() != nil {
			break
		}
		a.began = time.Now()
		if failed := got.Failed[step.Base().Address]; len(failed) > 0 {
			a.result(step.Base(), Failed, failed[0].Detail)
			continue
		}
		if why := step.Base().Skipped; why != "" {
			a.result(step.Base(), Skipped, why)
			continue
		}
		if step.Base().Blocked() {
			a.result(step.Base(), Blocked, inTheWay(step.Base()))
			continue
		}
		err := a.known(step)
		if err == nil {
			err = step.Visit(a)
		}
		if err != nil {
			a.fail(step.Base(), err)
		}
	}
	a.enforce()
	a.deliver()
	a.left()
	return a.report, a.diags
}

// applier is the visitor that publishes.
type applier struct {
	Deps
	ctx      context.Context
	plan     *plan.Plan
	got      *plan.Computed
	report   *Report
	diags    diag.Diagnostics
	began    time.Time
	blocks   map[string]*config.Block
	failed   map[string]bool // published nothing: what follows must not go on
	due      []activation.Delivery
	inForce  []state.Applied
	noLonger []string
	letGo    []string            // no longer in force either, but what they left stays
	leaving  map[string]bool     // syncs that are in force until what they put into their tools is out
	journal  *activation.Journal // opened with the first operations
}

func (a *applier) result(h *plan.Head, s Status, detail string) {
	if s == Done && h.Action == plan.None {
		return // nothing happened, nothing to tell
	}
	one := Result{Address: h.Address, Status: s, Counts: h.Counts, Seconds: time.Since(a.began).Seconds(), Detail: detail}
	if s != Done {
		a.failed[h.Address] = true
		one.Counts = plan.Counts{} // what was planned did not happen
	}
	a.report.Results = append(a.report.Results, one)
}

// fail records a publish that did not happen.
func (a *applier) fail(h *plan.Head, err error) {
	summary, detail, ok := warehouse.Explain(err)
	switch {
	case errors.Is(err, context.Canceled) || a.ctx.Err() != nil:
		a.result(h, Failed, "interrupted")
		return
	case !ok:
		summary, detail = "A step could not be carried out", err.Error()+". This is a bug in cdp."
	}
	a.diags = append(a.diags, diag.NewError("apply.failed", summary, detail, h.Range).About(h.Address))
	a.result(h, Failed, detail)
}

// trouble tells of what went wrong between the steps: it is no block's, so no block's result says it.
func (a *applier) trouble(err error) {
	if a.ctx.Err() != nil {
		return // the command says that it was interrupted
	}
	summary, detail, ok := warehouse.Explain(err)
	if !ok {
		summary, detail = "A step could not be carried out", err.Error()+". This is a bug in cdp."
	}
	a.diags = append(a.diags, diag.NewError("apply.failed", summary, detail, nil))
}

// inTheWay says which guards stop a step, and how to let them through.
func inTheWay(h *plan.Head) string {
	var names []string
	for _, v := range h.Guards {
		if v.Status == guard.Blocked && !slices.Contains(names, v.Name) {
			names = append(names, v.Name)
		}
	}
	return "guard " + strings.Join(names, ", ") + " stands in the way; let it through once with --allow guard:" + h.Address
}

// stopped reports whether something the step reads was not published, and says so.
func (a *applier) stopped(h *plan.Head, reads ...string) bool {
	for _, r := range reads {
		if a.failed[r] {
			a.result(h, Skipped, r+" was not carried out")
			return true
		}
	}
	return false
}

// done notes a block as in force.
func (a *applier) done(h *plan.Head, b *config.Block, fingerprint string) {
	a.result(h, Done, "")
	asOf := a.Run.AsOf
	if address, err := addr.Parse(h.Address); err == nil && a.Selected != nil && !a.Selected(address) {
		asOf = a.State.Applied[h.Address].AsOf // it was not computed at this clock
	}
	a.inForce = append(a.inForce, state.Applied{
		Address: h.Address, Fingerprint: fingerprint, Definition: b.Definition, ConfigDigest: a.plan.ConfigDigest,
		AppliedRun: a.Run.ID, AsOf: asOf, Salt: a.State.Applied[h.Address].Salt,
	})
}

// Stream publishes a load.
func (a *applier) Stream(s *plan.StreamStep) error {
	if r := a.got.Streams[s.Address]; r != nil {
		if err := ingest.Publish(a.ctx, a.Store, a.State, a.Run, r); err != nil {
			return err
		}
	}
	a.done(&s.Head, a.block(s.Address), a.got.Compiled.Streams[s.Address].Fingerprint)
	// A run shows no plan: that a column came or went has to be told here.
	if notes := slices.Concat(s.SchemaChanges, s.Rejects); len(notes) > 0 && len(a.report.Results) > 0 {
		last := &a.report.Results[len(a.report.Results)-1]
		last.Notes = notes
	}
	a.setAside(s)
	return nil
}

// setAside warns of records that a load could not take: few enough for the guard, and still not in the table.
func (a *applier) setAside(s *plan.StreamStep) {
	n := s.Counts.N("rejected")
	if n == 0 {
		return
	}
	source, stream := "", ""
	if address, err := addr.Parse(s.Address); err == nil {
		source, stream = address.Parent().Ident(), address.Member
	}
	a.diags = append(a.diags, diag.NewWarning("load.rejected", "Records were set aside", fmt.Sprintf(
		"%s: %d of %d records could not be loaded. The others are in; these are kept whole, with the reason: cdp query \"select position, reason, record from _cdp.rejects where source = '%s' and stream = '%s'\"",
		s.Address, n, s.Counts.N("extracted"), source, stream), s.Range).About(s.Address))
}

// Model publishes a model.
func (a *applier) Model(s *plan.ModelStep) error {
	if a.stopped(&s.Head, a.reads(s.Address)...) {
		return nil
	}
	if r := a.got.Models[s.Address]; r != nil {
		if err := model.Publish(a.ctx, a.Store, a.State, a.Run, r); err != nil {
			return err
		}
	}
	a.done(&s.Head, a.block(s.Address), a.got.Compiled.Models[s.Address].Fingerprint)
	return nil
}

// Identity publishes who is who, then the profiles.
func (a *applier) Identity(s *plan.IdentityStep) error {
	if a.stopped(&s.Head, a.reads(s.Address)...) {
		return nil
	}
	if r := a.got.Identities[s.Address]; r != nil {
		if err := identity.Publish(a.ctx, a.Store, a.State, a.Run, r); err != nil {
			return err
		}
	}
	if r := a.got.Profiles[s.Address]; r != nil {
		if err := profile.Publish(a.ctx, a.Store, a.State, a.Run, r); err != nil {
			return err
		}
	}
	c := a.got.Compiled
	if err := a.tables(c.Profiles[s.Address]); err != nil {
		return err
	}
	a.done(&s.Head, a.block(s.Address), c.Identities[s.Address].Fingerprint+c.Profiles[s.Address].Fingerprint)
	return nil
}

// tables makes those of an identity's tables that nothing was written to yet: all of them can be asked.
func (a *applier) tables(p *profile.Spec) error {
	segments, history := segment.Tables(p.Identity)
	var missing []warehouse.Delta
	for _, t := range []warehouse.Table{p.Table, p.Provenance, segments, history} {
		if _, there := a.State.Tables[t.String()]; !there {
			missing = append(missing, warehouse.Delta{Table: t})
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return a.Store.Publish(a.ctx, warehouse.Publication{Deltas: missing})
}

// Trait is in force once its identity's profiles are published.
func (a *applier) Trait(s *plan.TraitStep) error {
	if a.stopped(&s.Head, a.reads(s.Address)...) {
		return nil
	}
	b := a.block(s.Address)
	a.done(&s.Head, b, b.Definition)
	return nil
}

// Segment publishes who entered and left.
func (a *applier) Segment(s *plan.SegmentStep) error {
	if a.stopped(&s.Head, a.reads(s.Address)...) {
		return nil
	}
	if r := a.got.Segments[s.Address]; r != nil {
		if err := segment.Publish(a.ctx, a.Store, a.State, a.Run, r); err != nil {
			return err
		}
	}
	a.done(&s.Head, a.block(s.Address), a.got.Compiled.Segments[s.Address].Fingerprint)
	return nil
}

// Destination is in force as it is.
func (a *applier) Destination(s *plan.DestinationStep) error {
	b := a.block(s.Address)
	a.done(&s.Head, b, b.Definition)
	return nil
}

// Sync puts the operations into the ledger as pending; they are delivered once everything is published.
func (a *applier) Sync(s *plan.SyncStep) error {
	if a.stopped(&s.Head, a.reads(s.Address)...) {
		return nil
	}
	spec := a.got.Compiled.Syncs[s.Address]
	if r := a.got.Syncs[s.Address]; r != nil && (r.Changed() || spec.Moved) {
		if err := a.enqueue(r); err != nil {
			return err
		}
	}
	h := s.Head
	h.Action = plan.None // its result is told once it was delivered
	a.done(&h, a.block(s.Address), spec.Fingerprint)
	return nil
}

// enqueue puts the operations of a sync into the ledger as pending, and notes that they are to be delivered.
func (a *applier) enqueue(r *activation.Result) error {
	if err := a.openJournal(); err != nil {
		return err
	}
	if err := activation.Publish(a.ctx, a.Store, a.State, a.Run, r, a.journal); err != nil {
		return err
	}
	a.due = append(a.due, activation.Delivery{Result: r, Destination: destination(a.Config, r.Spec.Sync)})
	return nil
}

// openJournal makes sure that the run has a journal before anything is pending.
func (a *applier) openJournal() error {
	if a.journal != nil {
		return nil
	}
	var err error
	a.journal, err = activation.OpenJournal(a.Journal, a.Run.ID)
	return err
}

// Removal takes a block out of force. A removed segment's members leave.
func (a *applier) Removal(s *plan.RemovalStep) error {
	if r := a.got.Segments[s.Address]; r != nil {
		if err := segment.Publish(a.ctx, a.Store, a.State, a.Run, r); err != nil {
			return err
		}
	}
	if s.Action == plan.None {
		return nil
	}
	if leaves, err := a.farewell(s); leaves || err != nil {
		return err
	}
	if err := a.drop(s); err != nil {
		return err
	}
	if s.Stays() {
		a.letGo = append(a.letGo, s.Address)
	} else {
		a.noLonger = append(a.noLonger, s.Address)
	}
	a.result(&s.Head, Done, "")
	return nil
}

// enforce records what is in force from now on, before anything is sent.
func (a *applier) enforce() {
	if len(a.inForce)+len(a.noLonger)+len(a.letGo) == 0 {
		return
	}
	deltas := append(a.State.SetApplied(a.changedOnly()...), a.State.RemoveApplied(a.noLonger...)...)
	deltas = append(deltas, a.State.Release(a.Run, a.letGo...)...)
	if a.Selected == nil && len(a.failed) == 0 && a.ctx.Err() == nil {
		if len(deltas) > 0 || a.Moves != nil {
			deltas = append(deltas, a.InForce...)
		}
		if len(a.plan.Left) == 0 { // else what is left would not know of what it has to follow
			deltas = append(deltas, a.State.Settle()...)
		}
	}
	if len(deltas) == 0 {
		return
	}
	// What was published is in force, even where the command was interrupted after it.
	if err := a.Store.Publish(context.WithoutCancel(a.ctx), warehouse.Publication{Deltas: deltas}); err != nil {
		a.trouble(fmt.Errorf("recording what is applied: %w", err))
	}
}

// changedOnly leaves out blocks that are in force exactly so already.
func (a *applier) changedOnly() []state.Applied {
	var out []state.Applied
	for _, b := range a.inForce {
		old, ok := a.State.Applied[b.Address]
		if ok && old.Fingerprint == b.Fingerprint && old.Definition == b.Definition && old.AsOf.Equal(b.AsOf) {
			continue
		}
		out = append(out, b)
	}
	return out
}
