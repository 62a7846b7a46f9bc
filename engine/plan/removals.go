package plan

import (
	"encoding/json"
	"slices"
	"strings"
)

// declared reports whether the code still has a block.
func (p *planner) declared(address string) bool {
	return slices.ContainsFunc(p.plan.Steps, func(s Step) bool { return s.Base().Address == address })
}

// removals lists blocks that are in force and no longer in the code. Nothing is deleted by absence: what a removed block
// left behind stays, and the step says so.
func (p *planner) removals() {
	var gone []string
	for address := range p.State.Applied {
		if !p.declared(address) {
			gone = append(gone, address)
		}
	}
	slices.Sort(gone)
	for _, address := range gone {
		step := &RemovalStep{Head: Head{Address: address, Action: Remove, Reason: ByDefinition, Category: Destructive, Counts: Counts{}}}
		switch kind := address[:max(index(address, '.'), 0)]; kind {
		case "sync":
			held := p.Held[address]
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
		}
		p.plan.Steps = append(p.plan.Steps, step)
	}
}

func index(s string, b byte) int {
	for i := range len(s) {
		if s[i] == b {
			return i
		}
	}
	return -1
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
