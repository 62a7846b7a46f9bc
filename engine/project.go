package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Project is an opened folder. Close it.
type Project struct {
	dir    string
	opts   Options
	config *config.Config
	pool   *pool
	an     warehouse.Analyzer

	asked time.Duration // how long a person took to answer: no part of how long a command took

	streams map[string]schema.Stream  // what connectors say of streams, by address
	objects map[string]*schema.Object // what connectors say of objects, by sync
}

// Open reads a folder's HCL. The project is usable for Files even when there are errors; those of all later checks are
// among them then, so that one run tells of every mistake.
func Open(ctx context.Context, dir string, opts Options) (*Project, diag.Diagnostics) {
	if opts.Began.IsZero() {
		opts.Began = time.Now()
	}
	p := &Project{dir: dir, opts: opts, streams: map[string]schema.Stream{}, objects: map[string]*schema.Object{}}
	c, ds := config.Load(ctx, dir, config.LoadOptions{Vars: opts.Vars, VarFiles: opts.VarFiles, Kept: p.kept(), Files: opts.Files, Folder: opts.Folder, Environ: opts.Environ, KnownConnectors: p.known(), Secretless: opts.Secretless, Version: release(opts.Version)})
	p.config = c
	if c != nil {
		p.dir = c.Dir
	}
	if !p.config.Usable() {
		return p, ds
	}
	p.sweep()
	p.pool = newPool(p)
	if ds.HasErrors() {
		ds = append(ds, p.Validate(ctx)...).Sort()
		p.Close()
	}
	if ctx.Err() != nil && ds.HasErrors() {
		return p, interrupted("") // what was stopped has no mistakes to tell
	}
	return p, ds
}

// kept are the variables that a saved plan brings. Whether the plan is one, and whole, is told when it is read to be
// carried out.
func (p *Project) kept() config.Kept {
	if p.opts.Kept != nil {
		return *p.opts.Kept
	}
	if p.opts.PlanFile == "" {
		return config.Kept{}
	}
	made, err := plan.Read(p.path(p.opts.PlanFile), nil)
	if err != nil || made.Variables == nil {
		return config.Kept{}
	}
	return *made.Variables
}

func (p *Project) known() []string { return slices.Sorted(maps.Keys(p.opts.Builtins)) }

// Files are the project's sources by name, for carets.
func (p *Project) Files() map[string][]byte {
	if p == nil || p.config == nil {
		return nil
	}
	return p.config.Files
}

// Close ends connector processes.
func (p *Project) Close() {
	if p.pool != nil {
		p.pool.close()
	}
	if p.an != nil {
		_ = p.an.Close()
	}
}

// declared counts what the project declares, by kind of block.
func (p *Project) declared() []tally {
	c := p.config
	streams := 0
	for _, s := range c.Sources {
		streams += len(s.Streams)
	}
	return []tally{{len(c.Sources), "source"}, {streams, "stream"}, {len(c.Models), "model"}, {len(c.Identities), "identity"}, {len(c.Traits), "trait"},
		{len(c.Segments), "segment"}, {len(c.Destinations), "destination"}, {len(c.Syncs), "sync"}}
}

type tally struct {
	n    int
	name string
}

// Describe counts what the project declares, for people.
func (p *Project) Describe() string {
	var parts []string
	for _, one := range p.declared() {
		if one.n > 0 {
			parts = append(parts, plural(one.n, one.name))
		}
	}
	return strings.Join(parts, ", ")
}

// Count counts what the project declares, by kind of block.
func (p *Project) Count() map[string]int {
	out := map[string]int{}
	for _, one := range p.declared() {
		out[one.name] = one.n
	}
	return out
}

func plural(n int, one string) string {
	many := one + "s"
	switch {
	case n == 1:
		many = one
	case strings.HasSuffix(one, "y"):
		many = strings.TrimSuffix(one, "y") + "ies"
	case one == "sync":
		many = "syncs"
	}
	return fmt.Sprintf("%d %s", n, many)
}

// private is the project's folder for what is ours alone.
func (p *Project) private() string { return filepath.Join(p.dir, ".cdp") }

// Explain turns an error of a library into diagnostics.
func (p *Project) Explain(err error) diag.Diagnostics {
	if err == nil {
		return nil
	}
	p.opts.Log.Debug("a command ended", "error", err.Error())
	var locked *state.LockedError
	var newer *state.NewerFormatError
	var barred *barredLock
	var path *os.PathError
	switch summary, detail, ok := warehouse.Explain(err); {
	case errors.As(err, &locked):
		return one(diag.NewError(codeLocked, "The warehouse is in use", locked.Error()+". Run this again once it has ended, or let it wait: --lock-timeout 5m.", nil))
	case errors.As(err, &barred):
		return one(diag.NewError("state.lock_barred", "The warehouse's lock may not be used", barred.Error()+" Run this as whoever runs cdp here; or, as they, let others read with: chmod a+r "+barred.path, nil))
	case errors.As(err, &newer):
		return one(diag.NewError("state.newer", "The warehouse was written by a newer cdp", newer.Error()+". Update cdp.", &p.config.Settings.Warehouse.Range))
	case ok:
		at := p.config.Settings.Warehouse.Range
		return one(diag.NewError("warehouse.failed", summary, detail, &at))
	case errors.Is(err, context.Canceled):
		return interrupted("")
	case errors.As(err, &path) && unwritable(err) && (p.inside(path.Path)):
		return one(diag.NewError("project.read_only", "The project's folder cannot be written", fmt.Sprintf(
			"cdp keeps its lock and a folder .cdp for scratch beside the project, and writing %s failed: %s. Run it as someone who may write in %s, or copy the project to a folder of your own. To look at what is there (query, status, show, explain, graph), no such right is needed.",
			path.Path, path.Err, p.dir), nil))
	case errors.As(err, &path):
		return one(diag.NewError("file.failed", "A file could not be used", fmt.Sprintf("%s: %s.", path.Path, path.Err), nil))
	}
	return one(diag.NewError("bug.engine", "Something went wrong", err.Error()+". This is a bug in cdp.", nil))
}

// interrupted is what a command says that a signal ended. kept says what was done before; empty: nothing was.
func interrupted(kept string) diag.Diagnostics {
	if kept == "" {
		kept = "Nothing was changed."
	}
	return one(diag.NewError("run.interrupted", "Interrupted", kept, nil))
}

func one(d diag.Diagnostic) diag.Diagnostics { return diag.Diagnostics{d} }

// session opens the warehouse read-only with a scratch database of its own, and reads its state. Close the session.
func (p *Project) session(ctx context.Context) (*session, error) {
	dir, err := p.scratch()
	if err != nil {
		return nil, err
	}
	return p.sessionIn(ctx, dir)
}

// look is a session for those who only look: where the project's folder cannot be written, scratch lies elsewhere.
func (p *Project) look(ctx context.Context) (*session, error) {
	dir, err := p.scratchToLook()
	if err != nil {
		return nil, err
	}
	phase(p.opts.Listener, "Reading the warehouse")
	s, err := p.sessionIn(ctx, dir)
	if err != nil {
		phase(p.opts.Listener, PhaseDone)
		return nil, err
	}
	s.listener = p.opts.Listener
	return s, nil
}

// shared opens a session, by session or look, under the lock that all share who change nothing. The function it returns ends
// both.
func (p *Project) shared(ctx context.Context, open func(context.Context) (*session, error)) (*session, func(), error) {
	release, err := p.lock(ctx, state.Shared)
	if err != nil {
		return nil, nil, err
	}
	s, err := open(ctx)
	if err != nil {
		release()
		return nil, nil, err
	}
	return s, func() { s.close(); release() }, nil
}

func (p *Project) sessionIn(ctx context.Context, dir string) (*session, error) {
	var err error
	s := &session{dir: dir}
	if s.alive, err = hold(s.dir); err != nil {
		s.close()
		return nil, err
	}
	s.store, err = duckdb.Open(ctx, duckdb.Options{
		// Scratch is in memory and spills: a scratch file would be compressed, which costs more than all of computing.
		Path: p.config.Settings.Warehouse.Abs, TempDir: filepath.Join(dir, "tmp"), Threads: p.parallelism(),
	})
	if err != nil {
		s.close()
		return nil, err
	}
	if s.state, err = state.Load(ctx, s.store); err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// session is one command's view of the warehouse.
type session struct {
	dir   string
	store warehouse.Store
	state *state.State
	alive *os.File

	listener Listener // not nil: it was told that the warehouse is being read
	moves    *plan.Moves
	promoted bool // it has been used for writing: nothing can be computed in it any more
}

func (s *session) close() {
	phase(s.listener, PhaseDone)
	if s.store != nil {
		_ = s.store.Close()
	}
	if s.alive != nil {
		_ = s.alive.Close()
	}
	if s.dir != "" {
		_ = os.RemoveAll(s.dir)
	}
}

// held counts the records each tool is known to hold, by address of the sync.
func (s *session) held(ctx context.Context) (map[string]int64, error) {
	out := map[string]int64{}
	err := statements.Each(ctx, s.store, "held", map[string]any{"Ledger": state.Ledger.Was()}, func(r warehouse.Row) error {
		out["sync."+warehouse.Text(r[0])], _ = warehouse.Int(r[1])
		return nil
	})
	return out, err
}

// knownOf is what can be known offline of a project.
func (p *Project) knownOf(s *state.State) plan.Known {
	k := plan.Known{Config: p.config, Analyzer: p.an, Streams: p.streams, Objects: p.objects, Columns: map[string][]schema.Column{}}
	if s != nil {
		for address, c := range s.Cursors {
			k.Columns[address] = c.Columns
		}
	}
	return k
}

// release is the version without what a build adds to it: required_version compares releases.
func release(version string) string {
	for i, r := range version {
		if r != '.' && (r < '0' || r > '9') {
			return version[:i]
		}
	}
	return version
}

func (p *Project) parallelism() int {
	if p.opts.Parallelism > 0 {
		return p.opts.Parallelism
	}
	if p.config.Settings.Parallelism > 0 {
		return p.config.Settings.Parallelism
	}
	return runtime.NumCPU()
}
