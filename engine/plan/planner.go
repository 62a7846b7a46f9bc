package plan

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
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
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Ways of refreshing: what is extracted while planning.
const (
	RefreshAuto = "auto" // streams never loaded, or whose definition changed
	RefreshAll  = "all"  // whatever is new
	RefreshNone = "none" // nothing
)

// Deps are what planning works with.
type Deps struct {
	Known
	Store    warehouse.Store
	State    *state.State
	AsOf     time.Time
	Refresh  string
	Selected func(addr.Address) bool                                                      // nil: everything
	Load     func(ctx context.Context, s *ingest.Spec) (*ingest.Result, diag.Diagnostics) // reads a stream into scratch
	// Readback asks a destination what it has, for syncs that adopt it.
	Readback   func(ctx context.Context, d *config.Destination, req wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error
	Loaded     map[string]*ingest.Result       // streams that were loaded and published already
	Allow      func(name, address string) bool // guards let through by name
	Phase      func(name string)
	Parallel   int
	Tolerant   bool                 // a stream that cannot be loaded stops only what follows it (run), not the plan
	Forced     addr.Address         // computed whether it has a reason to or not; zero: none
	At         func(address string) // hears which block is computed; may be nil
	Held       map[string]int64     // records each sync holds in its tool, by address
	Connectors map[string]string    // digest of each connector that is no part of cdp, by name
	Target     []string             // blocks that are not selected are no part of the plan, whatever their definition says; nil: all are
	Digest     bool                 // say by digest which rows each load brings: for plans that are looked at before they are carried out
	// Farewells are syncs that are no longer declared and are to take out what they put into their tools, by address.
	Farewells map[string]*activation.Spec
	Moves     *Moves // blocks that have other names than when they were applied; State knows the new ones
}

// Computed is what the compute halves left in scratch, by address: what apply publishes.
type Computed struct {
	Compiled   *Compiled
	Streams    map[string]*ingest.Result
	Models     map[string]*model.Result
	Identities map[string]*identity.Result
	Profiles   map[string]*profile.Result // by identity
	Segments   map[string]*segment.Result
	Syncs      map[string]*activation.Result
	Failed     map[string]diag.Diagnostics // nodes that could not be computed
}

// Close ends the readings that were not published.
func (c *Computed) Close() {
	if c == nil {
		return
	}
	for _, r := range c.Streams {
		_ = r.Close()
	}
}

type planner struct {
	Deps
	*compiler
	plan    *Plan
	got     *Computed
	diags   diag.Diagnostics
	changed map[string]bool   // what readers of the block see changes
	unknown map[string]bool   // the block's data is not known: nothing is loaded
	stopped map[string]string // the block can't be carried out: why
	done    map[string]bool   // the block's rows are those the plan leaves
	checked map[string]bool   // the check was answered
	current *Head             // the step being computed, to blame
	guilty  *Head             // the block that was found to fail, where a step computes several; nil: the step itself
}

// Make computes a plan. On errors the plan is nil. The caller closes Computed.
func Make(ctx context.Context, d Deps) (*Plan, *Computed, diag.Diagnostics) {
	p := &planner{Deps: d, compiler: newCompiler(d.Known), changed: map[string]bool{}, unknown: map[string]bool{}, stopped: map[string]string{}, done: map[string]bool{}, checked: map[string]bool{}}
	p.got = &Computed{
		Compiled: p.out, Streams: map[string]*ingest.Result{}, Models: map[string]*model.Result{}, Identities: map[string]*identity.Result{},
		Profiles: map[string]*profile.Result{}, Segments: map[string]*segment.Result{}, Syncs: map[string]*activation.Result{},
		Failed: map[string]diag.Diagnostics{},
	}
	p.plan = &Plan{ConfigDigest: d.Config.Digest(), AsOf: d.AsOf, Refresh: d.Refresh, Target: d.Target, Pins: pins(d.State, d.Connectors), Terms: TermsOf(d.Config.Settings.Plan)}
	if given := d.Config.Given; len(given.Values)+len(given.Secrets) > 0 {
		p.plan.Variables = &given
	}
	for _, stage := range []func(context.Context) error{p.streams, p.models, p.identities, p.segments, p.destinations, p.syncs} {
		if err := stage(ctx); err != nil {
			p.got.Close()
			return nil, nil, append(p.diags, p.failure(ctx, err))
		}
		if p.diags.HasErrors() {
			p.got.Close()
			return nil, nil, p.diags
		}
	}
	var err error
	if len(p.Target) > 0 {
		p.plan.Steps = slices.DeleteFunc(p.plan.Steps, func(s Step) bool {
			a, err := addr.Parse(s.Base().Address)
			return err != nil || !p.selected(a)
		})
	} else {
		err = p.removals(ctx)
	}
	if err == nil {
		err = p.checks(ctx, true)
	}
	if err != nil {
		p.got.Close()
		return nil, nil, append(p.diags, p.failure(ctx, err))
	}
	p.policies()
	p.diags = append(p.diags, p.plan.Warnings()...)
	if p.diags.HasErrors() {
		p.got.Close()
		return nil, nil, p.diags
	}
	if err := p.plan.Seal(); err != nil {
		return nil, nil, append(p.diags, p.failure(ctx, err))
	}
	return p.plan, p.got, p.diags
}

// tolerate takes an error of one block, where the plan is tolerant, as the end of that block and of what follows it: the
// others go on. What ends everything (an interruption, a full disk) is passed on.
func (p *planner) tolerate(ctx context.Context, h *Head, err error) error {
	if err == nil || !p.Tolerant || ctx.Err() != nil || warehouse.IsReason(err, warehouse.Disk) || warehouse.IsReason(err, warehouse.Memory) {
		return err
	}
	p.current = h
	p.fail(h, diag.Diagnostics{p.failure(ctx, err)})
	return nil
}

// fail ends one block.
func (p *planner) fail(h *Head, ds diag.Diagnostics) {
	p.got.Failed[h.Address] = ds
	p.unknown[h.Address] = true
	h.Skipped = h.Address + " could not be computed"
	p.stopped[h.Address] = h.Skipped
}

// failure turns an error of a computation into what a user can do about it.
func (p *planner) failure(ctx context.Context, err error) diag.Diagnostic {
	if ctx.Err() != nil {
		return diag.NewError("run.interrupted", "Interrupted", "Nothing was changed.", nil)
	}
	var mistake *identity.Mistake
	if errors.As(err, &mistake) {
		return mistake.Diagnostic
	}
	var unread *activation.ReadbackError
	if errors.As(err, &unread) && p.current != nil {
		return diag.NewError("activation.readback", "The tool could not be asked what it has", unread.Err.Error()+". Nothing was changed.", p.current.Range).About(p.current.Address)
	}
	summary, detail, ok := warehouse.Explain(err)
	switch {
	case warehouse.IsReason(err, warehouse.BadValue) && p.current != nil:
		blame := p.current
		if p.guilty != nil {
			blame = p.guilty
		}
		return diag.NewError("sql.value_failed", "Expression fails on the data", fmt.Sprintf(
			"An expression of %s cannot be computed for some row: %s. Where that may be, write try_cast(… as …): it gives null instead.",
			blame.Address, strings.TrimRight(detail, " .")), blame.Range).About(blame.Address)
	case ok && !warehouse.IsReason(err, warehouse.Mistake) && !warehouse.IsReason(err, warehouse.Internal):
		return diag.NewError("warehouse.failed", summary, detail, nil)
	}
	return diag.NewError("bug.plan", "Planning failed", err.Error()+". This is a bug in cdp.", nil)
}

func pins(s *state.State, connectors map[string]string) Pins {
	out := Pins{Workspace: s.UUID, Serial: s.Serial, Tables: maps.Clone(s.Serials), Connectors: connectors} // publishing moves the state's own
	for stream, c := range s.Cursors {
		if out.Cursors == nil {
			out.Cursors = map[string]string{}
		}
		sum := sha256.Sum256([]byte(c.Value + "\x1f" + string(c.State))) // a value may be personal
		out.Cursors[stream] = hex.EncodeToString(sum[:8])
	}
	if !s.Exists {
		out.Workspace = ""
	}
	return out
}

// selected reports whether a block is part of this plan at all.
func (p *planner) selected(a addr.Address) bool { return p.Selected == nil || p.Selected(a) }

// head begins a step: what the definition says against what is applied.
func (p *planner) head(b *config.Block, fingerprint string) Head {
	h := Head{Address: b.Addr.String(), Action: None, Range: &b.Range, Tags: b.Tags}
	applied, known := p.applied(b, fingerprint)
	switch {
	case !known:
		h.Action, h.Reason, h.Category = Create, ByDefinition, Additive
	case applied.Fingerprint != fingerprint || applied.Definition != b.Definition:
		h.Action, h.Reason, h.Category = Change, ByDefinition, NonBreaking
		h.Detail = difference(applied.Definition, b.Definition)
	}
	p.relocate(&h)
	return h
}

// moved reports whether the clock is another than at the block's last computation.
func (p *planner) moved(address string) bool {
	applied, known := p.State.Applied[address]
	return known && !applied.AsOf.Equal(p.AsOf)
}

// causes are the blocks it reads whose data changes, or has changed without everything having followed: the run that
// published it was killed, or blocked further down.
func (p *planner) causes(addresses ...string) []string {
	var out []string
	for _, a := range addresses {
		if (p.changed[a] || p.unfollowed(a)) && !slices.Contains(out, a) {
			out = append(out, a)
		}
	}
	slices.Sort(out)
	return out
}

// unfollowed reports whether a block's tables were published after the last time that all blocks were up to date.
func (p *planner) unfollowed(address string) bool {
	a, err := addr.Parse(address)
	if err != nil {
		return false
	}
	var tables []string
	switch a.Type {
	case "segment":
		if s := p.out.Segments[address]; s != nil {
			table, _ := segment.Tables(identityOf(p.Config, s.Segment.Of.Addr))
			tables = append(tables, table.String())
		}
	case "identity":
		if s := p.out.Profiles[address]; s != nil {
			tables = append(tables, s.Table.String(), identity.Tables(s.Identity).Members.String())
		}
	default:
		if schemaName, name, ok := a.Relation(); ok {
			tables = append(tables, schemaName+"."+name)
		}
		if m := p.out.Models[address]; m != nil { // a view moves with what it reads
			for _, r := range m.Reads {
				if p.unfollowed(r.String()) {
					return true
				}
			}
		}
	}
	return slices.ContainsFunc(tables, func(t string) bool { return p.State.Serials[t] > p.State.Settled })
}

// because gives a step that would do nothing on its own the reason to do something.
func because(h *Head, action Action, causes []string, clock bool) {
	if h.Action != None {
		h.CausedBy = causes
		return
	}
	h.Action, h.CausedBy = action, causes
	switch {
	case len(causes) > 0:
		h.Reason = ByUpstream
	case clock:
		h.Reason = ByClock
	default:
		h.Reason = ByData
	}
}

// judge lets verdicts through that the user allowed by name, and stops the block if one still stands in the way.
func (p *planner) judge(h *Head, verdicts []guard.Verdict) {
	for _, v := range verdicts {
		if v.Status == guard.Blocked && p.Allow != nil && p.Allow("guard", v.Address) {
			v = guard.Allow(v)
		}
		h.Guards = append(h.Guards, v)
	}
	if h.Blocked() {
		p.stopped[h.Address] = fmt.Sprintf("%s is blocked by a guard", h.Address)
	}
}

// inherit stops a step that follows one that is stopped.
func (p *planner) inherit(h *Head, reads ...string) {
	for _, a := range reads {
		if why, ok := p.stopped[a]; ok && h.Skipped == "" {
			h.Skipped = why
			p.stopped[h.Address] = why
		}
	}
}

// forced reports whether a block is computed in any case, after saying that it is its turn.
func (p *planner) forced(a addr.Address) bool {
	if p.At != nil {
		p.At(a.String())
	}
	return p.Forced == a
}

func (p *planner) phase(name string) {
	if p.Phase != nil {
		p.Phase(name)
	}
}
