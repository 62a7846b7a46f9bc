package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
)

// listener shows progress on stderr while the engine works; events, if any, hear of it too.
func (a *app) listener(events *render.Events) engine.Listener {
	return stopping{render.NewProgress(a.stderr, render.StyleOf(a.stderr, a.noColor).Color, events)}
}

// stopping is a listener whose lines vanish when the engine says it is done.
type stopping struct{ bars *render.Progress }

// Progress passes on how far a block is.
func (s stopping) Progress(address string, done, total int64, unit string) {
	s.bars.Progress(address, done, total, unit)
}

// Phase passes on what begins; the last phase takes the bars away.
func (s stopping) Phase(name string) {
	if name == engine.PhaseDone {
		s.bars.Stop()
		return
	}
	s.bars.Phase(name)
}
