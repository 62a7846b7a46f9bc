package main

import (
	"os"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
)

// listener shows progress on stderr while the engine works. JSON readers get progress events from apply and run.
func (a *app) listener(*engine.Project) engine.Listener {
	f, ok := a.stderr.(*os.File)
	a.bars = render.NewProgress(a.stderr, ok && render.IsTerminal(f) && !a.noColor, a.events)
	return stopping{a.bars}
}

// stopping is a listener whose bars vanish when the engine says it is done.
type stopping struct{ *render.Progress }

// Phase ends the bars at the phase of that name's end.
func (s stopping) Phase(name string) {
	if name == engine.PhaseDone {
		s.Stop()
		return
	}
	s.Progress.Phase(name)
}
