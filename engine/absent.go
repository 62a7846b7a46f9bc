package engine

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/state"
)

// gone warns of a warehouse that was there: what it knew of the tools is lost, and all of it would be sent again.
func (p *Project) gone(st *state.State) diag.Diagnostics {
	return p.lost(st, p.config.Settings.Warehouse.Path)
}

// lost is gone with another name for the warehouse's file.
func (p *Project) lost(st *state.State, path string) diag.Diagnostics {
	journal := p.journal(st).Dir
	if _, err := os.Stat(journal); st.Exists || err != nil {
		return nil
	}
	return one(diag.NewWarning("state.warehouse_gone", "The warehouse is gone", fmt.Sprintf(
		"There is nothing in %s, but %s beside it shows that records were sent from here. Restore the warehouse from a backup; or go on without it: then everybody is new, and everything is sent again.",
		path, filepath.Base(journal)), &p.config.Settings.Warehouse.Range))
}

// absent tells of a warehouse that is asked for and is not there: as lost, where it is known to be, else as otherwise says.
func (p *Project) absent(otherwise diag.Diagnostic) diag.Diagnostics {
	ds := p.lost(&state.State{}, p.config.Settings.Warehouse.Abs)
	if len(ds) == 0 {
		return one(otherwise)
	}
	ds[0].Severity = diag.Error
	return ds
}

// traces are what lies about of a warehouse that is not there, or of work that began on it.
func (p *Project) traces() []string {
	var out []string
	path := p.config.Settings.Warehouse.Abs
	for _, beside := range []string{p.journal(&state.State{}).Dir, path + ".lock"} {
		if _, err := os.Stat(beside); err == nil {
			out = append(out, filepath.Base(beside))
		}
	}
	kept, _ := filepath.Glob(filepath.Join(p.plansDir(), "*", keptInfo)) // the pattern is well formed
	if len(kept) > 0 {
		out = append(out, fmt.Sprintf("%s with %s", filepath.Join(filepath.Base(p.private()), filepath.Base(p.plansDir())), plural(len(kept), "saved plan")))
	}
	return out
}
