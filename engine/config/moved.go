package config

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
)

var movedSpec = &blockSpec{
	doc: "A block has another name now: what it has in the warehouse and in tools goes with it.",
	args: []arg{
		{name: "from", kind: kindRaw, required: true, doc: "The address it had: segment.vips."},
		{name: "to", kind: kindRaw, required: true, doc: "The address it has: segment.best."},
	},
}

// Move says that what was declared as From is declared as To now. Either may stand for all instances of a for_each, and
// for all streams of a source.
type Move struct {
	From, To addr.Address
	Range    diag.Range

	from, to target
}

func (l *loader) readMoves() {
	var moves []*Move
	for _, syntax := range l.blocks["moved"] {
		b := l.block(syntax, l.full, movedSpec, "")
		from, ok := b.target("from")
		to, ok2 := b.target("to")
		if !ok || !ok2 || !b.movable(from, to) {
			continue
		}
		moves = append(moves, &Move{From: from.Address, To: to.Address, Range: *b.header, from: from, to: to})
	}
	for i, m := range moves {
		if l.checkMove(m, moves[:i], moves) {
			l.cfg.Moves = append(l.cfg.Moves, m)
		}
	}
}

// movable checks one move by itself.
func (b *block) movable(from, to target) bool {
	switch {
	case from.Address == to.Address:
		b.err("moved.same", "Move to itself", fmt.Sprintf("`from` and `to` are both %s. Take the block out.", to.Address), &to.at)
	case from.Type != to.Type:
		b.err("moved.other_type", "Move to another type", fmt.Sprintf(
			"%s cannot become %s: what is %s stays %s. Declare the new block without `moved`; the plan shows a removal and a creation then.", from.Address, to.Address, article(from.Type), article(from.Type)), &to.at)
	case (from.Member != "") != (to.Member != ""):
		b.err("moved.other_type", "Move to another type", fmt.Sprintf("One of %s and %s is a stream, the other a source. Write both as source.name, or both as source.name.stream.", from.Address, to.Address), &to.at)
	default:
		return true
	}
	return false
}

// checkMove checks a move against the others and against what is declared.
func (l *loader) checkMove(m *Move, before, all []*Move) bool {
	tell := func(code, summary, detail string, at diag.Range) bool {
		l.add(diag.NewError(code, summary, detail, &at).Inside("moved"))
		return false
	}
	for _, other := range before {
		switch {
		case other.From == m.From:
			return tell("moved.twice", "Moved twice", fmt.Sprintf("%s is moved to %s already, on line %d of %s.", m.From, other.To, other.Range.Start.Line, other.Range.File), m.from.at)
		case other.To == m.To:
			return tell("moved.two_to_one", "Two blocks move to one", fmt.Sprintf(
				"%s moves to %s already, on line %d of %s. Two blocks cannot become one: take out one of the two `moved`.", other.From, m.To, other.Range.Start.Line, other.Range.File), m.to.at)
		}
	}
	for at, seen := m.To, 0; ; seen++ {
		next := moveFrom(all, at)
		if next == nil {
			break
		}
		if at = next.To; at == m.From || seen > len(all) {
			return tell("moved.circle", "Moves in a circle", fmt.Sprintf("%s comes back to where it was. Take one of these `moved` out.", m.From), m.from.at)
		}
	}
	switch {
	case l.undeterminable(m.from) || l.undeterminable(m.to):
		return false
	case l.stillDeclared(m):
		return tell("moved.still_declared", "Moved block is still declared", fmt.Sprintf(
			"%s is still in the code, so it has not moved to %s. Rename its block, or take this `moved` out.", m.From, m.To), m.from.at)
	case moveFrom(all, m.To) == nil && !l.declared(m.to):
		return tell("moved.not_declared", "Moved to nothing", fmt.Sprintf("The code declares no %s.", m.To)+l.suggest(m.to), m.to.at)
	}
	return true
}

// stillDeclared reports whether what moves is in the code under its old address. A block that gets a for_each, or loses
// it, keeps its name.
func (l *loader) stillDeclared(m *Move) bool {
	if m.From.Name != m.To.Name || m.From.Member != "" {
		return l.declared(m.from)
	}
	for _, b := range l.cfg.sorted {
		if a := b.Addr; a == m.From || (a.Member != "" && a.Parent() == m.From) {
			return true
		}
	}
	return false
}

func moveFrom(all []*Move, a addr.Address) *Move {
	for _, m := range all {
		if m.From == a {
			return m
		}
	}
	return nil
}

// step is where one move takes an address.
func (m *Move) step(a addr.Address) (addr.Address, bool) {
	if a == m.From {
		return m.To, true
	}
	if !m.from.covers(a) {
		return a, false
	}
	to := m.To
	if a.Keyed && !m.From.Keyed { // all instances
		if to.Keyed {
			return a, false
		}
		to.Key, to.Keyed = a.Key, true
	}
	if m.From.Member == "" {
		to.Member = a.Member
	}
	return to, true
}

// Moved is the address that a block has now: where all moves take the one it had.
func (c *Config) Moved(a addr.Address) addr.Address {
	for range c.Moves { // there are no circles, so each is taken once at most
		moved := false
		for _, m := range c.Moves {
			if a, moved = m.step(a); moved {
				break
			}
		}
		if !moved {
			break
		}
	}
	return a
}

// reference is a reference as a definition has it.
var reference = regexp.MustCompile(`\$\{([^{}]*)\}`)

// MovedDefinition is a stored definition with the addresses that its references have now: a block that names another is
// not changed by the other's new name.
func (c *Config) MovedDefinition(definition string) string {
	if len(c.Moves) == 0 || !strings.Contains(definition, "${") {
		return definition
	}
	dec := json.NewDecoder(strings.NewReader(definition))
	dec.UseNumber()
	var v any
	if dec.Decode(&v) != nil {
		return definition
	}
	return canonicalJSON(c.movedValue(v))
}

func (c *Config) movedValue(v any) any {
	switch v := v.(type) {
	case string:
		return reference.ReplaceAllStringFunc(v, func(text string) string {
			a, err := addr.Parse(text[2 : len(text)-1])
			if err != nil {
				return text
			}
			return "${" + c.Moved(a).String() + "}"
		})
	case []any:
		for i := range v {
			v[i] = c.movedValue(v[i])
		}
	case map[string]any:
		for k := range v {
			v[k] = c.movedValue(v[k])
		}
	}
	return v
}
