package apply

import (
	"context"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/plan"
)

// A step of a block that the config has not cannot come from a plan: it is told as a bug, and nothing is recorded for it.
func TestStepWithoutBlock(t *testing.T) {
	step := &plan.TraitStep{Head: plan.Head{Address: "trait.none", Action: plan.Create}}
	report, ds := Carry(context.Background(), Deps{Config: &config.Config{}}, &plan.Plan{Steps: []plan.Step{step}}, &plan.Computed{})
	if len(ds) != 1 || !strings.Contains(ds[0].Detail, "trait.none") || !strings.HasSuffix(ds[0].Detail, "This is a bug in cdp.") {
		t.Errorf("told: %v", ds)
	}
	if !report.Worst(Failed) {
		t.Errorf("reported: %+v", report.Results)
	}
}
