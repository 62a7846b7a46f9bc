package config

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

var policySpec = &blockSpec{
	doc: "A rule for plans: a condition over what a plan would change.", labels: []string{"name"},
	args: []arg{
		{name: "condition", kind: kindRaw, required: true, doc: "True where the plan may be carried out. plan.changes is a list of { address, type, action, category, reason, tags, counts }, plan.tags the tags of all of them, plan.counts has create, change, remove and operations."},
		{name: "message", typ: cty.String, required: true, doc: "What to tell who made the plan."},
		{name: "severity", typ: cty.String, oneOf: severities, doc: "error blocks; warning only tells. Default error."},
	},
}

// Policy is a condition over a plan.
type Policy struct {
	Name      string
	Message   string
	Severity  string
	Range     diag.Range // of the header
	Condition diag.Range

	expr   hclsyntax.Expression
	ctx    *hcl.EvalContext
	source string // what is written, for the digest
	tell   func(diag.Diagnostic) diag.Diagnostic
}

// PolicyCounts are the counts a change has in a policy; those that a kind of block does not have are 0, those not known
// are null.
var PolicyCounts = []string{
	"extracted", "inserted", "updated", "unchanged", "deduplicated", "filtered", "rejected", "deleted", "rows",
	"profiles", "created", "merged", "split", "retired", "moved", "members", "entered", "left", "add", "update", "remove", "invalid", "held",
}

// PolicyPlan is the type of `plan` in a condition.
func PolicyPlan() cty.Type {
	counts := map[string]cty.Type{}
	for _, name := range PolicyCounts {
		counts[name] = cty.Number
	}
	return cty.Object(map[string]cty.Type{
		"changes": cty.List(cty.Object(map[string]cty.Type{
			"address": cty.String, "type": cty.String, "action": cty.String, "category": cty.String, "reason": cty.String, "tags": cty.List(cty.String), "counts": cty.Object(counts),
		})),
		"tags":   cty.List(cty.String),
		"counts": cty.Object(map[string]cty.Type{"create": cty.Number, "change": cty.Number, "remove": cty.Number, "operations": cty.Number}),
	})
}

func (l *loader) readPolicies() {
	names := map[string]*block{}
	for _, syntax := range l.blocks["policy"] {
		b := l.block(syntax, l.full, policySpec, "policy."+strings.Join(syntax.Labels, "."))
		if !b.labelled || !b.named(names) {
			continue
		}
		p := &Policy{
			Name: b.labels[0], Message: b.str("message"), Severity: b.strOr("severity", SeverityError), Range: *b.header, Condition: *b.at("condition"),
			ctx: l.values, tell: func(d diag.Diagnostic) diag.Diagnostic { return d.About(b.address).Inside(b.in) },
		}
		a := b.attr("condition")
		if a == nil {
			continue
		}
		p.expr = a.Expr
		r := a.Expr.Range()
		p.source = string(l.cfg.Files[r.Filename][r.Start.Byte:r.End.Byte])
		if l.checkPolicy(b, p) {
			l.cfg.Policies = append(l.cfg.Policies, p)
		}
	}
}

// checkPolicy finds mistakes that need no plan: names that are not there, secrets, and conditions of another type.
func (l *loader) checkPolicy(b *block, p *Policy) bool {
	v, ok := l.evaluate(p.expr, p.context(cty.UnknownVal(PolicyPlan())), b.tell)
	if !ok || b.refuseSecrets(v, p.Condition) {
		return false
	}
	if t := v.Type(); t != cty.DynamicPseudoType && t != cty.Bool {
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`condition` is true or false, not %s.", typeName(t)), &p.Condition)
		return false
	}
	return true
}

func (p *Policy) context(plan cty.Value) *hcl.EvalContext {
	ctx := p.ctx.NewChild()
	ctx.Variables = map[string]cty.Value{"plan": plan}
	return ctx
}

// Judge evaluates the condition over a plan, which is a value of PolicyPlan.
func (p *Policy) Judge(plan cty.Value) (bool, diag.Diagnostics) {
	v, problems := p.expr.Value(p.context(plan))
	var ds diag.Diagnostics
	for _, problem := range problems {
		ds = append(ds, p.tell(fromHCL(problem, "policy.expression")))
	}
	if problems.HasErrors() {
		return false, ds
	}
	v, _ = v.UnmarkDeep()
	yes, err := convert.Convert(v, cty.Bool)
	if err != nil || yes.IsNull() || !yes.IsKnown() {
		at := p.Condition
		return false, diag.Diagnostics{p.tell(diag.NewError("policy.expression", "Condition is neither true nor false", fmt.Sprintf(
			"The condition of policy %q gives %s. A count that is not known yet is null: compare it with coalesce(…, 0), or plan with --refresh all.", p.Name, valueText(v)), &at))}
	}
	return yes.True(), nil
}

// named tells a name that is taken.
func (b *block) named(taken map[string]*block) bool {
	first := taken[b.labels[0]]
	if first == nil {
		taken[b.labels[0]] = b
		return true
	}
	b.err("config.duplicate", "Duplicate name", fmt.Sprintf("There is %s %q already, on line %d of %s. Names are unique per block type.",
		article(b.typ), b.labels[0], first.header.Start.Line, first.header.File), b.header)
	return false
}
