package plan

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// declared reports whether the code still has a block.
func (p *planner) declared(address string) bool {
	return slices.ContainsFunc(p.plan.Steps, func(s Step) bool { return s.Base().Address == address })
}

// removals lists blocks that are in force and no longer in the code, and those let go before that the code now says to
// destroy. Nothing is deleted by absence: what a removed block left behind stays, and the step says so.
func (p *planner) removals(ctx context.Context) error {
	for _, address := range goneFrom(p.Config, p.State, p.declared) {
		a, err := addr.Parse(address)
		if err != nil {
			continue
		}
		if err := p.removal(ctx, a); err != nil {
			return err
		}
	}
	return nil
}

// goneFrom are the blocks that a plan takes out of force or destroys, in order.
func goneFrom(c *config.Config, s *state.State, declared func(address string) bool) []string {
	var gone []string
	for _, address := range s.Defined() {
		a, err := addr.Parse(address)
		_, inForce := s.Applied[address]
		if !declared(address) && (inForce || err == nil && c.Destroys(a) != nil) {
			gone = append(gone, address)
		}
	}
	return gone
}

func (p *planner) removal(ctx context.Context, a addr.Address) error {
	address := a.String()
	told := p.Config.Destroys(a)
	step := &RemovalStep{Head: Head{Address: address, Action: Remove, Reason: ByDefinition, Category: Destructive, Counts: Counts{}}}
	step.Destroy, step.Tags = told != nil, tagsOf(p.State, address)
	if told != nil {
		step.Range = &told.Range
	}
	p.plan.Steps = append(p.plan.Steps, step)
	switch a.Type {
	case "sync":
		if spec := p.Farewells[address]; spec != nil {
			if err := p.farewell(ctx, step, spec); err != nil {
				return fmt.Errorf("taking out %s: %w", address, err)
			}
			break
		}
		held := p.Held["sync."+a.Ident()]
		step.Counts = Of("held", held)
		step.Notes = []string{"no longer managed: what the tool has stays there"}
		if held > 0 {
			step.Notes = []string{"no longer managed: " + count(held, "record") + verb(held, " stay") + " in the tool"}
		}
	case "segment":
		if r := p.got.Segments[address]; r != nil {
			step.Counts = Of("members", int64(0), "entered", int64(0), "left", r.Left)
			step.Notes = []string{count(r.Left, "member") + verb(r.Left, " leave")}
		}
	case "source", "model", "identity":
		step.Notes = []string{"its tables stay"}
		if step.Destroy {
			return p.drops(ctx, step, a)
		}
	}
	return nil
}

// farewell plans to take out of its tool what a sync put there.
func (p *planner) farewell(ctx context.Context, step *RemovalStep, spec *activation.Spec) error {
	if p.Selected != nil {
		step.Action = None
		return nil
	}
	p.current = &step.Head
	p.out.Syncs[step.Address] = spec
	result, ds, err := activation.Compute(ctx, activation.Env{Store: p.Store, AsOf: p.AsOf, Touched: warehouse.Touched{All: true}}, spec)
	if err != nil {
		return p.tolerate(ctx, &step.Head, err)
	}
	if p.diags = append(p.diags, ds...); ds.HasErrors() {
		return nil
	}
	p.got.Syncs[step.Address] = result
	step.Counts = Of("remove", result.Counts.Remove)
	step.Operations, step.Digest = result.Operations(), result.Digest
	step.Notes = []string{count(result.Counts.Remove, "record") + " are taken out of " + spec.Sync.Destination.Addr.Name + " " + spec.Sync.Object}
	if result.Counts.Remove == 1 {
		step.Notes = []string{"1 record is taken out of " + spec.Sync.Destination.Addr.Name + " " + spec.Sync.Object}
	}
	if result.Stuck > 0 {
		step.Notes = append(step.Notes, fmt.Sprintf("%d unknown: neither delivered nor refused. They are sent again only with --allow resend:%s", result.Stuck, step.Address))
	}
	return nil
}

// drops lists the tables that go with a block.
func (p *planner) drops(ctx context.Context, step *RemovalStep, a addr.Address) error {
	schemaName, name, ok := a.Relation()
	if !ok {
		return nil
	}
	step.Notes = []string{"nothing is left of it"}
	for table := range p.State.Columns {
		if table == schemaName+"."+name || (a.Type == "identity" && strings.HasPrefix(table, schemaName+".")) {
			step.Drops = append(step.Drops, table)
		}
	}
	slices.Sort(step.Drops)
	if len(step.Drops) > 0 {
		step.Notes = nil
	}
	for _, table := range step.Drops {
		note := table + " is dropped"
		if _, known := p.State.Tables[table]; known {
			rows, err := p.State.Rows(ctx, p.Store, table)
			if err != nil {
				return err
			}
			note += ", with " + count(rows, "row")
		}
		step.Notes = append(step.Notes, note)
	}
	if a.Type == "identity" {
		retired := identity.Tables(&config.Identity{Block: config.Block{Addr: a}}).Retired
		step.Drops = append(step.Drops, retired.String())
	}
	return nil
}

// tagsOf are the tags that a block had which is no longer in the code.
func tagsOf(s *state.State, address string) []string {
	var d struct {
		Tags []string `json:"tags"`
	}
	_ = json.Unmarshal([]byte(s.Definition(address)), &d) // what no cdp wrote has none
	return d.Tags
}

func count(n int64, one string) string {
	text, _ := json.Marshal(n) // numbers always marshal
	if n == 1 {
		return "1 " + one
	}
	return string(text) + " " + one + "s"
}

// verb is what so many do: one leaves, two leave.
func verb(n int64, many string) string {
	if n == 1 {
		return many + "s"
	}
	return many
}

// definitionOf reads one string of a stored definition.
func definitionOf(definition, key string) string {
	var m map[string]any
	if json.Unmarshal([]byte(definition), &m) != nil {
		return ""
	}
	s, _ := m[key].(string)
	return s
}

// referenceOf reads one reference of a stored definition.
func referenceOf(definition, key string) string {
	return strings.TrimSuffix(strings.TrimPrefix(definitionOf(definition, key), "${"), "}")
}
