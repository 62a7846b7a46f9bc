package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
)

// allowed is the function of --allow: "guard:sync.vips" lets any guard of that block through, "resend:sync.vips" its
// unknown records.
func allowed(list []string) func(kind, address string) bool {
	set := map[string]bool{}
	for _, a := range list {
		set[a] = true
	}
	return func(kind, address string) bool {
		switch kind {
		case "resend", "check", "policy":
		default:
			kind = "guard"
		}
		return set[kind+":"+address]
	}
}

// checkAllow refuses --allow for what does not exist: in an emergency a slip must not pass for a yes.
func (p *Project) checkAllow(list []string) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, text := range list {
		kind, address, ok := strings.Cut(text, ":")
		switch {
		case kind == "check" || kind == "policy":
			ds = append(ds, p.checkGate(kind, address)...)
		case !ok || (kind != "guard" && kind != "resend"):
			ds = append(ds, diag.NewError("cli.allow", "Nothing to allow", fmt.Sprintf("--allow takes guard:ADDRESS, resend:ADDRESS, check:NAME or policy:NAME, as in guard:sync.vips, not %q.", text), nil))
		case !slices.Contains(p.names(), address):
			ds = append(ds, diag.NewError("cli.allow", "No such block", p.hasNone("--allow", address), nil))
		}
	}
	return ds
}

// addresses are those of all blocks, sources included.
func (p *Project) addresses() []addr.Address {
	var out []addr.Address
	for _, s := range p.config.Sources {
		out = append(out, s.Addr)
	}
	for _, b := range plan.Blocks(p.config) {
		out = append(out, b.Addr)
	}
	return out
}

func (p *Project) names() []string {
	var out []string
	for _, a := range p.addresses() {
		out = append(out, a.String())
	}
	return out
}

// named are the blocks that a flag names. malformed and unknown are its diagnostics, without the detail, for what is none.
func (p *Project) named(flag string, texts []string, malformed, unknown diag.Diagnostic) ([]addr.Address, diag.Diagnostics) {
	var found []addr.Address
	var ds diag.Diagnostics
	known := p.addresses()
	for _, text := range texts {
		a, err := addr.Parse(text)
		switch {
		case err != nil:
			malformed.Detail = sentence(err.Error())
			ds = append(ds, malformed)
		case !slices.Contains(known, a):
			unknown.Detail = p.hasNone(flag, text)
			ds = append(ds, unknown)
		default:
			found = append(found, a)
		}
	}
	return found, ds
}

// hasNone says that a flag names a block which is not there, and which one may have been meant.
func (p *Project) hasNone(flag, address string) string {
	return fmt.Sprintf("%s names %s, and the project has no such block.%s", flag, address, diag.Suggest(address, p.names()))
}

// chosen is the function of --select or --target; nil: everything.
func (p *Project) chosen(m making) (func(addr.Address) bool, diag.Diagnostics) {
	if len(m.target) > 0 {
		return p.targets(m.target)
	}
	return p.selection(m.selected)
}

// selection is the function of --select.
func (p *Project) selection(addresses []string) (func(addr.Address) bool, diag.Diagnostics) {
	if len(addresses) == 0 {
		return nil, nil
	}
	wanted, ds := p.named("--select", addresses, diag.NewError("cli.select", "Not an address", "", nil), diag.NewError("cli.select", "No such block", "", nil))
	if ds.HasErrors() {
		return nil, ds
	}
	return func(a addr.Address) bool {
		for _, w := range wanted {
			if a == w || a.Parent() == w {
				return true
			}
		}
		return false
	}, nil
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }
