package plan

import (
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/zclconf/go-cty/cty"
)

// policies judges the plan by its policies, once everything else is known.
func (p *planner) policies() {
	if len(p.Config.Policies) == 0 {
		return
	}
	value := p.plan.value()
	for _, policy := range p.Config.Policies {
		yes, ds := policy.Judge(value)
		if p.diags = append(p.diags, ds...); ds.HasErrors() {
			continue
		}
		at := policy.Range
		g := Gate{Kind: "policy", Name: policy.Name, Severity: policy.Severity, Status: GateOK, Range: &at}
		if !yes {
			g.Status, g.Detail = GateFailed, policy.Message
			if p.Allow != nil && p.Allow("policy", policy.Name) {
				g.Status = GateAllowed
			}
		}
		p.plan.Gates = append(p.plan.Gates, g)
	}
}

// value is the plan as conditions see it, of type config.PolicyPlan.
func (p *Plan) value() cty.Value {
	var changes []cty.Value
	var tags []string
	for _, s := range p.Steps {
		h := s.Base()
		if h.Action == None {
			continue
		}
		typ, _, _ := strings.Cut(h.Address, ".")
		changes = append(changes, cty.ObjectVal(map[string]cty.Value{
			"address": cty.StringVal(h.Address), "type": cty.StringVal(typ), "action": cty.StringVal(string(h.Action)),
			"category": cty.StringVal(string(h.Category)), "reason": cty.StringVal(string(h.Reason)), "tags": textList(h.Tags), "counts": countsValue(h.Counts),
		}))
		tags = append(tags, h.Tags...)
	}
	plan := config.PolicyPlan()
	list := cty.ListValEmpty(plan.AttributeType("changes").ElementType())
	if len(changes) > 0 {
		list = cty.ListVal(changes)
	}
	t := p.Totals()
	return cty.ObjectVal(map[string]cty.Value{
		"changes": list,
		"tags":    textList(slices.Compact(slices.Sorted(slices.Values(tags)))),
		"counts": cty.ObjectVal(map[string]cty.Value{
			"create": cty.NumberIntVal(int64(t.Create)), "change": cty.NumberIntVal(int64(t.Change)), "remove": cty.NumberIntVal(int64(t.Remove)),
			"operations": cty.NumberIntVal(t.Operations),
		}),
	})
}

// countsValue has every count there is: those a block has not are 0, those not known are null.
func countsValue(counts Counts) cty.Value {
	out := map[string]cty.Value{}
	for _, name := range config.PolicyCounts {
		out[name] = cty.Zero
	}
	for _, c := range counts {
		switch {
		case !slices.Contains(config.PolicyCounts, c.Name):
		case c.Known:
			out[c.Name] = cty.NumberIntVal(c.N)
		default:
			out[c.Name] = cty.NullVal(cty.Number)
		}
	}
	return cty.ObjectVal(out)
}

func textList(texts []string) cty.Value {
	if len(texts) == 0 {
		return cty.ListValEmpty(cty.String)
	}
	values := make([]cty.Value, len(texts))
	for i, text := range texts {
		values[i] = cty.StringVal(text)
	}
	return cty.ListVal(values)
}
