package config

import (
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
)

// target is a block that another block is about: `from` of moved, which names what is no longer declared, so that it
// cannot be a reference.
type target struct {
	addr.Address
	at diag.Range
}

// target reads an argument as the address of a block, declared or not.
func (b *block) target(name string) (target, bool) {
	a := b.attr(name)
	if a == nil {
		return target{}, false
	}
	out := target{at: *diag.FromHCL(a.Expr.Range())}
	wrong := func(detail string) (target, bool) {
		b.err("config.not_an_address", "Not an address", fmt.Sprintf("`%s` %s", name, detail), &out.at)
		return out, false
	}
	t, problems := hcl.AbsTraversalForExpr(a.Expr)
	if problems.HasErrors() {
		return wrong("is the address of a block, without quotes: segment.vips, source.shop.orders.")
	}
	if root := t.RootName(); !Referable(root) {
		return wrong(fmt.Sprintf("begins with the type of a block, not %q.", root) + diag.Suggest(root, referable()))
	}
	out.Type = t.RootName()
	if len(t) < 2 {
		return wrong(fmt.Sprintf("needs a name after %s: %s.name.", out.Type, out.Type))
	}
	rest := t[1:]
	var ok bool
	if out.Name, ok = stepName(rest[0]); !ok {
		return wrong("has a key that is not a text.")
	}
	rest = rest[1:]
	if len(rest) > 0 {
		if _, index := rest[0].(hcl.TraverseIndex); index || out.Type != "source" {
			if out.Key, ok = stepName(rest[0]); !ok {
				return wrong("has a key that is not a text.")
			}
			out.Keyed, rest = true, rest[1:]
		}
	}
	if len(rest) > 0 && out.Type == "source" {
		if out.Member, ok = stepName(rest[0]); !ok {
			return wrong("has a stream that is not a name.")
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return wrong(fmt.Sprintf("goes on after the block's address: it is %s.", out.Address))
	}
	return out, true
}

// covers reports whether an address is the target's: itself, an instance of its for_each, a stream of its source.
func (t target) covers(a addr.Address) bool {
	switch {
	case a == t.Address:
		return true
	case a.Type != t.Type || a.Name != t.Name || t.Member != "":
		return false
	}
	return !t.Keyed || (a.Keyed && a.Key == t.Key)
}

// declared reports whether the code has what a target names.
func (l *loader) declared(t target) bool {
	return slices.ContainsFunc(l.cfg.sorted, func(b *Block) bool { return t.covers(b.Addr) })
}

// undeterminable reports whether instances of a block are not known for a mistake in its for_each, which was told.
func (l *loader) undeterminable(t target) bool {
	e := l.registry[t.Type][t.Name]
	return e != nil && e.unknown
}

// suggest names the declared block that was meant.
func (l *loader) suggest(t target) string {
	var names []string
	for _, b := range l.cfg.sorted {
		if b.Addr.Type == t.Type && (b.Addr.Member != "") == (t.Member != "") {
			names = append(names, b.Addr.String())
		}
	}
	return diag.Suggest(t.Address.String(), names)
}

// aside are the meanings of the blocks that say something about others, in an order of their own.
func (c *Config) aside() []string {
	var out []string
	for _, m := range c.Moves {
		out = append(out, fmt.Sprintf("moved %s %s", m.From, m.To))
	}
	for _, r := range c.Removed {
		out = append(out, fmt.Sprintf("removed %s %t", r.From, r.Destroy))
	}
	for _, i := range c.Imports {
		out = append(out, fmt.Sprintf("import %s", i.To))
	}
	for _, k := range c.Checks {
		out = append(out, fmt.Sprintf("%s %s", k.Addr, k.Definition))
	}
	for _, p := range c.Policies {
		out = append(out, fmt.Sprintf("policy.%s %s %s", p.Name, p.Severity, p.source))
	}
	slices.Sort(out)
	return out
}
