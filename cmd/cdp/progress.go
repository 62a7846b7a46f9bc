package main

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
)

// listener shows progress on stderr while the engine works; events, if any, hear of it too.
func (a *app) listener(events *render.Events) engine.Listener {
	bars := a.bars.Load()
	if bars == nil || events != nil { // two would draw over each other
		bars = render.NewProgress(a.stderr, render.StyleOf(a.stderr, a.noColor).Color, events)
		a.bars.Store(bars)
	}
	return stopping{bars}
}

// remark tells something while the engine works: below what is drawn, if anything is.
func (a *app) remark(text string) {
	if bars := a.bars.Load(); bars == nil || !bars.Remark(text) {
		fmt.Fprintln(a.stderr, text)
	}
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
