package segment

import (
	"context"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Guilty finds the segment whose condition fails on the data, after the one scan that decides them all has failed, by
// trying each alone. Nil: none fails alone.
func Guilty(ctx context.Context, env Env, specs Specs) *Spec {
	c := &computation{ctx: ctx, env: env, id: specs.Identity}
	for _, s := range specs.Segments {
		if s.Where.Value == "" {
			continue
		}
		alone := [][]layered{{{Column: s.Column, Where: s.Where}}}
		err := c.run("membership", map[string]any{"Membership": c.work("trial"), "Names": []string{s.Column}, "Layers": alone})
		if warehouse.IsReason(err, warehouse.BadValue) {
			return s
		}
	}
	return nil
}
