package engine

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/ingest"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Plan computes what apply would do, and saves it if asked to.
func (p *Project) Plan(ctx context.Context, o PlanOptions) (*Plan, diag.Diagnostics) {
	defer phase(o.Listener, PhaseDone)
	phase(o.Listener, "Planning")
	ds := p.prepare(ctx)
	ds = append(ds, p.writable()...)
	if o.Out != "" {
		ds = append(ds, p.checkOut(o.Out)...)
	}
	if ds.HasErrors() {
		return nil, ds
	}
	release, err := p.lock(ctx, state.Shared)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer release()
	s, err := p.session(ctx)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer s.close()
	ds = append(ds, p.gone(s)...)
	made, got, more := p.make(ctx, s, making{refresh: o.Refresh, target: slices.Sorted(slices.Values(o.Target)), listener: o.Listener, digest: true})
	ds = append(ds, more...)
	if made == nil {
		return nil, ds
	}
	defer got.Close()
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
	digest     bool                 // say which rows each load brings
	forced     addr.Address         // computed whether it has a reason to or not
	at         func(address string) // hears which block is computed
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
	if ds = append(append(ds, more...), p.checkAllow(m.allow)...); ds.HasErrors() {
		return nil, nil, ds
	}
	refresh := m.refresh
	if refresh == "" {
		refresh = plan.RefreshAuto
	}
	return plan.Make(ctx, plan.Deps{
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
		Parallel: p.parallelism(), Tolerant: m.tolerant, Forced: m.forced, At: m.at, Digest: m.digest || m.saved != nil, Target: m.target,
	})
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

// allowed is the function of --allow: "guard:sync.vips" lets any guard of that block through, "resend:sync.vips" its
// unknown records.
func allowed(list []string) func(kind, address string) bool {
	set := map[string]bool{}
	for _, a := range list {
		set[a] = true
	}
	return func(kind, address string) bool {
		switch kind {
		case "resend", "check", "policy":
		default:
			kind = "guard"
		}
		return set[kind+":"+address]
	}
}

// checkAllow refuses --allow for what does not exist: in an emergency a slip must not pass for a yes.
func (p *Project) checkAllow(list []string) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, text := range list {
		kind, address, ok := strings.Cut(text, ":")
		switch {
		case kind == "check" || kind == "policy":
			ds = append(ds, p.checkGate(kind, address)...)
		case !ok || (kind != "guard" && kind != "resend"):
			ds = append(ds, diag.NewError("cli.allow", "Nothing to allow", fmt.Sprintf("--allow takes guard:ADDRESS, resend:ADDRESS, check:NAME or policy:NAME, as in guard:sync.vips, not %q.", text), nil))
		case !slices.Contains(p.names(), address):
			ds = append(ds, diag.NewError("cli.allow", "No such block", fmt.Sprintf("--allow names %s, and the project has no such block.%s", address, diag.Suggest(address, p.names())), nil))
		}
	}
	return ds
}

// addresses are those of all blocks, sources included.
func (p *Project) addresses() []addr.Address {
	var out []addr.Address
	for _, s := range p.config.Sources {
		out = append(out, s.Addr)
	}
	for _, b := range plan.Blocks(p.config) {
		out = append(out, b.Addr)
	}
	return out
}

func (p *Project) names() []string {
	var out []string
	for _, a := range p.addresses() {
		out = append(out, a.String())
	}
	return out
}

// chosen is the function of --select or --target; nil: everything.
func (p *Project) chosen(m making) (func(addr.Address) bool, diag.Diagnostics) {
	if len(m.target) > 0 {
		return p.targets(m.target)
	}
	return p.selection(m.selected)
}

// selection is the function of --select.
func (p *Project) selection(addresses []string) (func(addr.Address) bool, diag.Diagnostics) {
	if len(addresses) == 0 {
		return nil, nil
	}
	var wanted []addr.Address
	for _, text := range addresses {
		a, err := addr.Parse(text)
		if err != nil {
			return nil, one(diag.NewError("cli.select", "Not an address", sentence(err.Error()), nil))
		}
		if !slices.ContainsFunc(p.addresses(), func(known addr.Address) bool { return known == a }) {
			return nil, one(diag.NewError("cli.select", "No such block", fmt.Sprintf("--select names %s, and the project has no such block.%s", text, diag.Suggest(text, p.names())), nil))
		}
		wanted = append(wanted, a)
	}
	return func(a addr.Address) bool {
		for _, w := range wanted {
			if a == w || a.Parent() == w {
				return true
			}
		}
		return false
	}, nil
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// checkOut looks at the place of a plan file, before the work: nothing but a plan is ever written over.
func (p *Project) checkOut(out string) diag.Diagnostics {
	path := p.path(out)
	info, err := os.Stat(path)
	switch {
	case err == nil && info.IsDir():
		return one(diag.NewError("plan.out", "The plan cannot be saved", out+" is a folder. Name a file: cdp plan --out "+filepath.Join(out, "change.plan"), nil))
	case err == nil && (!info.Mode().IsRegular() || (info.Size() > 0 && !plan.IsPlan(path))):
		return one(diag.NewError("plan.out", "The plan cannot be saved", out+" is there and is not a plan of cdp: it would be lost. Name another file, or remove this one first.", nil))
	}
	if _, err := os.Stat(filepath.Dir(path)); err != nil && filepath.Dir(path) != p.private() {
		return one(diag.NewError("plan.out", "The plan cannot be saved", "There is no folder "+filepath.Dir(out)+". Make it first, or name another file.", nil))
	}
	return nil
}

// save writes the plan file. Its path is relative to the project.
func (p *Project) save(ctx context.Context, s *session, made *Plan, got *plan.Computed, out string) diag.Diagnostics {
	path := p.path(out)
	key, err := plan.KeyFor(p.environment("CDP_PLAN_KEY"), p.dir)
	if err == nil {
		made.Made = p.stamp(ctx)
		err = p.keep(ctx, s, made, got, key)
	}
	if err == nil {
		err = plan.Write(path, made, key)
	}
	return p.Explain(err)
}

func (p *Project) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(p.dir, name)
}

func (p *Project) environment(name string) string {
	for _, e := range p.opts.Environ {
		if value, ok := strings.CutPrefix(e, name+"="); ok {
			return value
		}
	}
	return ""
}

// ReadPlan reads a plan file to show it: no warehouse needed. Its seal is checked where the key is at hand: in CDP_PLAN_KEY,
// or in the project of the folder that the plan lies in or that cdp was called for. sealed is false if no key is there.
func ReadPlan(path, fromEnvironment, dir string) (made *Plan, sealed bool, ds diag.Diagnostics) {
	key := plan.KeyAt(fromEnvironment, filepath.Dir(path), dir)
	made, err := plan.Read(path, key)
	if errors.Is(err, plan.ErrForeignKey) && fromEnvironment == "" {
		key = nil // another project's plan, looked at from here
		made, err = plan.Read(path, nil)
	}
	if err != nil {
		return nil, false, planProblem(path, err)
	}
	return made, key != nil, nil
}

func planProblem(path string, err error) diag.Diagnostics {
	name := filepath.Base(path)
	switch {
	case errors.Is(err, plan.ErrNewer):
		return one(diag.NewError("plan.newer", "The plan was made by a newer cdp", name+" has a format this cdp does not know. Update cdp, or plan anew.", nil))
	case errors.Is(err, plan.ErrForeignKey):
		return one(diag.NewError("plan.foreign", "The plan was sealed elsewhere", name+" was sealed with a key that is not here. Set CDP_PLAN_KEY to the same value on both machines, or plan anew.", nil))
	case errors.Is(err, plan.ErrDamaged):
		return one(diag.NewError("plan.damaged", "The plan is damaged", path+" is not a plan of cdp, or not whole, or was edited since. Plan anew: cdp plan --out FILE.", nil))
	case errors.Is(err, fs.ErrNotExist):
		return one(diag.NewError("plan.missing", "There is no such plan", "No file "+path+". Make one with: cdp plan --out FILE.", nil))
	}
	var perr *os.PathError
	if errors.As(err, &perr) {
		return one(diag.NewError("plan.unreadable", "The plan cannot be read", name+": "+perr.Err.Error()+".", nil))
	}
	return one(diag.NewError("plan.unreadable", "The plan cannot be read", name+" cannot be read.", nil))
}
