package plan

import (
	"context"
	"embed"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/model"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// Gate is how a check or policy was answered.
type Gate struct {
	Kind     string      `json:"kind"` // check, policy
	Name     string      `json:"name"`
	Status   GateStatus  `json:"status"`
	Severity string      `json:"severity"`
	Detail   string      `json:"detail,omitempty"`
	Range    *diag.Range `json:"range,omitempty"`
}

// GateStatus is the answer of a check or policy.
type GateStatus string

// The answers. Allowed: it failed, and the user let it through by name. Unknown: what it reads is not loaded.
const (
	GateOK      GateStatus = "ok"
	GateFailed  GateStatus = "failed"
	GateAllowed GateStatus = "allowed"
	GateUnknown GateStatus = "unknown"
)

// Blocked reports whether it stands in the way.
func (g *Gate) Blocked() bool { return g.Status == GateFailed && g.Severity == config.SeverityError }

// Stopped reports whether a policy stands in the way: a policy is of the plan as a whole.
func (p *Plan) Stopped() bool {
	return slices.ContainsFunc(p.Gates, func(g Gate) bool { return g.Kind == "policy" && g.Blocked() })
}

// Told is the answer of a check or policy that failed, as a sentence. The message of a policy is the user's.
func (g *Gate) Told() string {
	text := strings.ToUpper(g.Kind[:1]) + g.Kind[1:] + " " + g.Name + ": " + g.Detail
	if !strings.HasSuffix(text, ".") && !strings.HasSuffix(text, "!") && !strings.HasSuffix(text, "?") {
		text += "."
	}
	return text
}

// Warnings tell of checks and policies that failed and stand in nobody's way. They follow from what the plan file holds, so
// that looking at the file says what planning said.
func (p *Plan) Warnings() diag.Diagnostics {
	var ds diag.Diagnostics
	for _, g := range p.Gates {
		if g.Status != GateFailed || g.Blocked() {
			continue
		}
		code, summary := "check.failed", "A check failed"
		if g.Kind == "policy" {
			code, summary = "policy.failed", "A policy is not kept"
		}
		ds = append(ds, diag.NewWarning(code, summary, g.Told(), g.Range).About(g.Kind+"."+g.Name))
	}
	return ds
}

// CheckSpec is a compiled check.
type CheckSpec struct {
	Check *config.Check
	SQL   diag.Text
	Reads []string
}

// check binds a check as a model's SQL is bound.
func (c *compiler) check(ctx context.Context, k *config.Check) (*CheckSpec, diag.Diagnostics) {
	spec := &CheckSpec{Check: k}
	relations := map[string][]schema.Column{}
	for _, r := range k.DependsOn {
		spec.Reads = append(spec.Reads, r.Addr.String())
		if schemaName, name, ok := r.Addr.Relation(); ok {
			relations[schemaName+"."+name] = c.out.Catalog[r.Addr.String()]
		}
	}
	text := k.SQL.Render(model.Relation)
	a, problems := c.from.Analyzer.Analyze(ctx, warehouse.Query{Text: text, Select: true, Relations: relations})
	var ds diag.Diagnostics
	for _, p := range problems {
		at := text.At(p.Offset, p.Length)
		ds = append(ds, diag.NewError(p.Code, p.Summary, p.Detail, &at).About(k.Addr.String()))
	}
	spec.SQL = a.SQL
	if len(a.Columns) > 0 && len(problems) == 0 && c.knows(spec.Reads) {
		if t := a.Columns[0].Type; t.Kind != schema.Bool && t.Kind != schema.Null {
			at := k.SQL.Range
			ds = append(ds, diag.NewError("check.not_a_condition", "Check is no condition", fmt.Sprintf(
				"The first column of check %q is %s, not true or false. Write a comparison: select count(*) > 0 from …", k.Name, t), &at).About(k.Addr.String()))
		}
	}
	return spec, ds
}

func (c *compiler) knows(addresses []string) bool {
	return !slices.ContainsFunc(addresses, func(a string) bool { return c.out.Catalog[a] == nil })
}

// checks answers the checks whose data is known now: those that read nothing but what was computed until here. A check
// that fails stops what follows the blocks it reads, as a guard of them would.
func (p *planner) checks(ctx context.Context, last bool) error {
	for _, k := range p.Config.Checks {
		if p.checked[k.Name] || !last && !p.ready(k) {
			continue
		}
		p.checked[k.Name] = true
		spec, ds := p.compiler.check(ctx, k)
		if p.diags = append(p.diags, ds...); ds.HasErrors() {
			return nil
		}
		at := k.Range
		g := Gate{Kind: "check", Name: k.Name, Severity: k.Severity, Range: &at}
		if err := p.answer(ctx, spec, &g); err != nil {
			return err
		}
		if g.Status == GateFailed && p.Allow != nil && p.Allow("check", k.Name) {
			g.Status = GateAllowed
		}
		if g.Blocked() {
			for _, a := range spec.Reads {
				if p.stopped[a] == "" {
					p.stopped[a] = fmt.Sprintf("check %s of %s failed", k.Name, a)
				}
			}
		}
		p.plan.Gates = append(p.plan.Gates, g)
	}
	return nil
}

// ready reports whether all that a check reads has its final rows.
func (p *planner) ready(k *config.Check) bool {
	for _, r := range k.DependsOn {
		if !p.done[r.Addr.String()] {
			return false
		}
	}
	return true
}

// computed notes that a block has its final rows, and answers the checks that waited for it.
func (p *planner) computed(ctx context.Context, address string) error {
	p.done[address] = true
	return p.checks(ctx, false)
}

func (p *planner) answer(ctx context.Context, spec *CheckSpec, g *Gate) error {
	for _, a := range spec.Reads {
		if p.unknown[a] {
			g.Status, g.Detail = GateUnknown, a+" is not known yet"
			return nil
		}
	}
	stmt, err := statements.Render(p.Store.Dialect(), "check", map[string]any{"SQL": spec.SQL, "AsOf": p.AsOf})
	if err != nil {
		return err
	}
	head := Head{Address: spec.Check.Addr.String(), Range: g.Range}
	p.current = &head
	rows, err := warehouse.Rows(ctx, p.Store, stmt)
	switch {
	case err != nil && p.Tolerant && ctx.Err() == nil && !warehouse.IsReason(err, warehouse.Disk) && !warehouse.IsReason(err, warehouse.Memory):
		g.Status, g.Detail = GateFailed, p.failure(ctx, err).Detail
	case err != nil:
		return err
	case len(rows) == 0:
		g.Status, g.Detail = GateFailed, "it gives no row"
	case rows[0][0] == nil:
		g.Status, g.Detail = GateFailed, "it gives null"
	default:
		yes, isBool := rows[0][0].(bool)
		g.Status = GateFailed
		switch {
		case !isBool:
			g.Detail = "its first column is not true or false"
		case yes:
			g.Status = GateOK
		default:
			g.Detail = "it is false"
		}
	}
	return nil
}
