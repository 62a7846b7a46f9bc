package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newStatus(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "status",
		Short:   "What is applied, last runs, freshness, sizes, failures, rejects waiting",
		Example: "  cdp status",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			p, err := a.look()
			if err != nil {
				return err
			}
			defer p.Close()
			s, ds := p.Status(a.ctx)
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			if a.json {
				a.events.Emit(s)
			} else {
				render.Status(a.stdout, render.StyleOf(a.stdout, a.noColor), s)
			}
			return a.end(nil, 0)
		},
	}
}
