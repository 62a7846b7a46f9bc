package engine

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
)

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
// or in the project of the folder that the plan lies in or that cdp was called for. sealed is false if no key is there. The
// warnings are those of planning that follow from the file.
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
	return made, key != nil, made.Warnings()
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
	if info, serr := os.Stat(path); serr == nil && info.IsDir() {
		return one(diag.NewError("plan.unreadable", "The plan cannot be read", path+" is a folder. Name the file that cdp plan --out made.", nil))
	}
	if errors.As(err, &perr) {
		return one(diag.NewError("plan.unreadable", "The plan cannot be read", name+": "+perr.Err.Error()+".", nil))
	}
	return one(diag.NewError("plan.unreadable", "The plan cannot be read", name+" cannot be read.", nil))
}
