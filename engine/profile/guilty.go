package profile

import (
	"context"
	"slices"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Guilty finds the trait that fails on the data, after a scan that computes many has failed, by trying each alone. It goes
// by the order of computing, so what a trait builds on is there. Nil: it is none of the traits.
func Guilty(ctx context.Context, env Env, spec *Spec) *Column {
	c := &computation{ctx: ctx, env: env, spec: spec, prefix: spec.Identity.Addr.Ident()}
	for _, s := range spec.Scans {
		for i := range s.Traits {
			alone := map[string]any{"Out": c.work("trial"), "Scan": c.scan("t", s, s.Traits[i:i+1])}
			if _, err := c.run("alone", alone); warehouse.IsReason(err, warehouse.BadValue) {
				return &s.Traits[i]
			}
		}
	}
	for depth, layer := range spec.Layers {
		for i := range layer {
			layers := append(slices.Clone(spec.Layers[:depth]), layer[i:i+1])
			columns := []schema.Column{{Name: spec.ID}, {Name: layer[i].Name, Type: layer[i].Type}}
			if _, err := c.assemble(c.work("trial"), columns, layers); warehouse.IsReason(err, warehouse.BadValue) {
				return &layer[i]
			}
		}
	}
	return nil
}
