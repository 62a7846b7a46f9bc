package config

import (
	"fmt"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// raw evaluates an argument, once. ok is false when it isn't given or a mistake in it was told.
func (b *block) raw(name string) (cty.Value, bool) {
	a := b.attr(name)
	if a == nil || b.failed[name] {
		return cty.NilVal, false
	}
	if v, ok := b.values[name]; ok {
		return v, true
	}
	v, ok := b.l.evaluate(a.Expr, b.ctx, b.tell)
	if !ok {
		b.failed[name] = true
		return cty.NilVal, false
	}
	b.values[name] = v
	return v, true
}

// plain evaluates an argument that can hold neither a secret nor a reference.
func (b *block) plain(name string) (cty.Value, bool) {
	v, ok := b.raw(name)
	if !ok {
		return v, false
	}
	at := *b.at(name)
	if b.refuseSecrets(v, at) {
		b.failed[name] = true
		return v, false
	}
	if refs := refsIn(v); len(refs) > 0 {
		b.failed[name] = true
		b.err("config.reference_not_here", "Reference is not possible here", fmt.Sprintf("`%s` is a plain value, not a reference to %s.", name, refs[0]), &at)
		return v, false
	}
	if v.IsNull() && b.spec.arg(name) != nil && b.spec.arg(name).required {
		b.failed[name] = true
		b.missing(*b.spec.arg(name))
	}
	if !v.IsWhollyKnown() {
		b.failed[name] = true // a mistake told elsewhere made it unknown
		b.lacks()
	}
	return v, !b.failed[name]
}

func (b *block) refuseSecrets(v cty.Value, at diag.Range) bool {
	names := secretsIn(v)
	if len(names) == 0 {
		return false
	}
	b.err("config.secret_not_here", "Secret outside of connector arguments", fmt.Sprintf(
		"%s is sensitive. Secrets are legal only in the connector arguments of a source or destination: anywhere else they would end up in the warehouse, in plans or in logs.", strings.Join(names, ", ")), &at)
	return true
}

// value is an argument of kindValue, converted to its type.
func (b *block) value(name string) (cty.Value, bool) {
	spec := b.spec.arg(name)
	v, ok := b.plain(name)
	if !ok || v.IsNull() {
		return v, false
	}
	out, err := convert.Convert(v, spec.typ)
	if err != nil {
		b.failed[name] = true
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`%s` is %s, not %s.", name, typeName(spec.typ), problemText(err, v)), b.at(name))
		return v, false
	}
	return out, true
}

func (b *block) str(name string) string {
	v, ok := b.value(name)
	if !ok {
		return ""
	}
	text := v.AsString()
	if text == "" {
		b.failed[name] = true
		b.err("config.invalid_value", "Invalid value", fmt.Sprintf("`%s` is empty. Leave it out if there is nothing to say.", name), b.at(name))
		return ""
	}
	if spec := b.spec.arg(name); spec.oneOf != nil && !contains(spec.oneOf, text) {
		b.failed[name] = true
		b.notOneOf(name, text, spec.oneOf, b.at(name))
		return ""
	}
	return text
}

// strOr is str with a default.
func (b *block) strOr(name, fallback string) string {
	text := b.str(name)
	if text == "" && !b.failed[name] {
		return fallback
	}
	return text
}

func (b *block) notOneOf(name, text string, oneOf []string, at *diag.Range) {
	b.err("config.invalid_value", "Invalid value", fmt.Sprintf("`%s` is one of %s, not %q.", name, strings.Join(oneOf, ", "), text)+diag.Meant(text, oneOf), at)
}

func (b *block) bool(name string, fallback bool) bool {
	v, ok := b.value(name)
	if !ok {
		return fallback
	}
	return v.True()
}

func (b *block) strs(name string) []string {
	v, ok := b.value(name)
	if !ok {
		return nil
	}
	out, ok := stringList(v)
	if !ok {
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`%s` is a list of texts without null.", name), b.at(name))
		return nil
	}
	spec := b.spec.arg(name)
	for _, text := range out {
		if spec.oneOf != nil && !contains(spec.oneOf, text) {
			b.notOneOf(name, text, spec.oneOf, b.at(name))
		}
	}
	if double := firstDouble(out); double != "" {
		b.err("config.duplicate", "Duplicate name", fmt.Sprintf("`%s` has %q twice.", name, double), b.at(name))
	}
	return out
}

// number is a number between low and high.
func (b *block) number(name string, low, high, fallback float64) float64 {
	v, ok := b.value(name)
	if !ok {
		return fallback
	}
	f, _ := v.AsBigFloat().Float64()
	if f < low || f > high {
		b.err("config.out_of_range", "Number out of range", fmt.Sprintf("`%s` is between %v and %v, not %v.", name, low, high, f), b.at(name))
		return fallback
	}
	return f
}

// whole is a whole number between low and high.
func (b *block) whole(name string, low, high, fallback int64) int64 {
	f := b.number(name, float64(low), float64(high), float64(fallback))
	if f != float64(int64(f)) {
		b.err("config.out_of_range", "Number out of range", fmt.Sprintf("`%s` is a whole number, not %v.", name, f), b.at(name))
		return fallback
	}
	return int64(f)
}

func (b *block) ratio(name string, fallback float64) float64 { return b.number(name, 0, 1, fallback) }

// text is an argument that is written as a text whatever its kind.
func (b *block) text(name string) (string, bool) {
	v, ok := b.plain(name)
	if !ok || v.IsNull() {
		return "", false
	}
	if v.Type() != cty.String {
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`%s` is a text such as \"30 days\", not %s.", name, valueText(v)), b.at(name))
		return "", false
	}
	return v.AsString(), true
}

func (b *block) duration(name string) time.Duration {
	text, ok := b.text(name)
	if !ok {
		return 0
	}
	d, err := ParseDuration(text)
	if err != nil {
		b.err("config.invalid_duration", "Invalid length of time", sentence(err.Error())+".", b.at(name))
	}
	return d
}

func (b *block) window(name string) Window {
	text, ok := b.text(name)
	if !ok {
		return Window{}
	}
	w, err := ParseWindow(text)
	if err != nil {
		b.err("config.invalid_duration", "Invalid length of time", sentence(err.Error())+".", b.at(name))
	}
	return w
}

func (b *block) ref(name string) Ref {
	v, ok := b.raw(name)
	if !ok {
		return Ref{}
	}
	r, _ := b.toRef(v, b.spec.arg(name).refs, *b.at(name), "`"+name+"`")
	return r
}

func (b *block) refs(name string) []Ref {
	v, ok := b.raw(name)
	if !ok {
		return nil
	}
	var out []Ref
	seen := map[string]bool{}
	for _, e := range b.elements(name, v) {
		r, ok := b.toRef(e.value, b.spec.arg(name).refs, e.at, "An item of `"+name+"`")
		if !ok {
			continue
		}
		if seen[r.Addr.String()] {
			b.err("config.duplicate", "Duplicate name", fmt.Sprintf("`%s` has %s twice.", name, r.Addr), &e.at)
		}
		seen[r.Addr.String()] = true
		out = append(out, r)
	}
	return out
}
