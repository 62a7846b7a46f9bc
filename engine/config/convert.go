package config

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
)

// converted gives a connector's argument its type. Every mistake is told at the key or value it is about.
func (b *block) converted(a *arg, v cty.Value, expr hclsyntax.Expression) (cty.Value, bool) {
	good := b.checkKeys(a.name, a.typ, v, expr)
	typ := a.typ
	if typ == cty.NilType {
		typ = cty.DynamicPseudoType
	}
	out, err := convert.Convert(v, typ)
	if err != nil {
		b.conversionError(a, v, expr, err, good)
		return v, false
	}
	if a.oneOf != nil && !out.IsNull() && out.Type() == cty.String && !contains(a.oneOf, out.AsString()) {
		b.notOneOf(a.name, out.AsString(), a.oneOf, b.at(a.name))
		return v, false
	}
	return out, good
}

// conversionError tells why a value has not the type it should have. keysGood false: a key nobody knows was told of,
// and what is missing is most likely that one.
func (b *block) conversionError(a *arg, v cty.Value, expr hclsyntax.Expression, err error, keysGood bool) {
	var at cty.PathError
	path := cty.Path{}
	if errors.As(err, &at) {
		path = at.Path
	}
	text, _, _ := strings.Cut(err.Error(), ", but have")
	if !keysGood && strings.Contains(text, "is required") && strings.Contains(text, "attribute ") {
		return
	}
	name := a.name
	inner := v
	for _, step := range path {
		name += stepText(step)
		expr = stepInto(expr, step, b)
		if next, err := step.Apply(inner); err == nil {
			inner = next
		} else {
			inner = cty.DynamicVal
		}
	}
	detail := fmt.Sprintf("`%s`: %s.", name, text)
	if inner.IsKnown() && !a.sensitive && !strings.Contains(text, "attribute") {
		detail = fmt.Sprintf("`%s`: %s, not %s.", name, text, valueText(inner))
	}
	b.err("config.wrong_type", "Wrong type", detail, diag.FromHCL(expr.Range()))
}

func stepText(step cty.PathStep) string {
	switch s := step.(type) {
	case cty.GetAttrStep:
		return "." + s.Name
	case cty.IndexStep:
		if s.Key.Type() == cty.String && s.Key.IsKnown() {
			return "." + s.Key.AsString()
		}
		if s.Key.Type() == cty.Number && s.Key.IsKnown() {
			return "[" + numberText(s.Key) + "]"
		}
	}
	return "[…]"
}

// stepInto is the expression of an element, where it is written out; else the whole.
func stepInto(expr hclsyntax.Expression, step cty.PathStep, b *block) hclsyntax.Expression {
	key := strings.Trim(strings.TrimPrefix(stepText(step), "."), "[]")
	if _, value, ok := entryOf(expr, key, b.ctx); ok {
		return value
	}
	return expr
}

// entryOf finds an entry of an object or list that is written out.
func entryOf(expr hclsyntax.Expression, key string, ctx *hcl.EvalContext) (name, value hclsyntax.Expression, ok bool) {
	switch e := expr.(type) {
	case *hclsyntax.ObjectConsExpr:
		for _, item := range e.Items {
			if k, ok := keyText(item.KeyExpr, ctx); ok && k == key {
				return item.KeyExpr, item.ValueExpr, true
			}
		}
	case *hclsyntax.TupleConsExpr:
		if i, err := strconv.Atoi(key); err == nil && i >= 0 && i < len(e.Exprs) {
			return e.Exprs[i], e.Exprs[i], true
		}
	case *hclsyntax.ParenthesesExpr:
		return entryOf(e.Expression, key, ctx)
	}
	return nil, nil, false
}

func keyText(expr hclsyntax.Expression, ctx *hcl.EvalContext) (string, bool) {
	v, problems := expr.Value(ctx)
	if problems.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() || v.Type() != cty.String {
		return "", false
	}
	return v.AsString(), true
}

// checkKeys looks for keys of objects that their type does not have, at any depth: cty would drop them in silence.
func (b *block) checkKeys(name string, t cty.Type, v cty.Value, expr hclsyntax.Expression) bool {
	if t == cty.NilType || v.IsNull() || !v.IsKnown() {
		return true
	}
	good := true
	switch {
	case t.IsObjectType() && (v.Type().IsObjectType() || v.Type().IsMapType()):
		values := v.AsValueMap()
		for _, key := range keysOf(values) {
			at, inner := expr, expr
			if k, e, ok := entryOf(expr, key, b.ctx); ok {
				at, inner = k, e
			}
			if !t.HasAttribute(key) {
				names := keysOf(t.AttributeTypes())
				b.err("config.unknown_key", "Unknown key", fmt.Sprintf("`%s` has no key %q.", name, key)+diag.Suggest(key, names), diag.FromHCL(at.Range()))
				good = false
				continue
			}
			good = b.checkKeys(name+"."+key, t.AttributeType(key), values[key], inner) && good
		}
	case t.IsCollectionType() && v.CanIterateElements():
		for it := v.ElementIterator(); it.Next(); {
			k, e := it.Element()
			key := ""
			if k.IsKnown() && k.Type() == cty.String {
				key = k.AsString()
			} else if k.IsKnown() && k.Type() == cty.Number {
				key = numberText(k)
			}
			inner := expr
			if _, found, ok := entryOf(expr, key, b.ctx); ok {
				inner = found
			}
			good = b.checkKeys(name+"."+key, t.ElementType(), e, inner) && good
		}
	}
	return good
}
