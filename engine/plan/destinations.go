package plan

import (
	"context"
)

// destinations notes destinations that are new or changed: nothing is sent for them alone.
func (p *planner) destinations(context.Context) error {
	for _, d := range p.Config.Destinations {
		step := &DestinationStep{Head: p.head(&d.Block, d.Definition)}
		step.Counts = Counts{}
		p.plan.Steps = append(p.plan.Steps, step)
	}
	return nil
}
