package config

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

func contains(list []string, s string) bool { return slices.Contains(list, s) }

func keysOf[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func firstDouble(list []string) string {
	for i, s := range list {
		if slices.Contains(list[:i], s) {
			return s
		}
	}
	return ""
}

// sortedAttributes are a body's attributes in order of the source.
func sortedAttributes(body *hclsyntax.Body) []*hclsyntax.Attribute {
	all := make([]*hclsyntax.Attribute, 0, len(body.Attributes))
	for _, a := range body.Attributes {
		all = append(all, a)
	}
	slices.SortFunc(all, func(a, b *hclsyntax.Attribute) int { return a.NameRange.Start.Byte - b.NameRange.Start.Byte })
	return all
}

// dependencies are references in order of address, without doubles.
func dependencies(refs []Ref) []Ref {
	out := slices.Clone(refs)
	slices.SortStableFunc(out, func(a, b Ref) int { return addr.Compare(a.Addr, b.Addr) })
	return slices.CompactFunc(out, func(a, b Ref) bool { return a.Addr == b.Addr })
}

// typeName says a type in words: a list of texts.
func typeName(t cty.Type) string {
	switch {
	case t == cty.String:
		return "a text"
	case t == cty.Number:
		return "a number"
	case t == cty.Bool:
		return "true or false"
	case t.IsListType(), t.IsSetType():
		return "a list of " + plural(t.ElementType())
	case t.IsMapType():
		return "a map of " + plural(t.ElementType())
	case t.IsObjectType():
		return "an object with " + strings.Join(keysOf(t.AttributeTypes()), ", ")
	case t.IsTupleType():
		return "a list"
	}
	return "a value"
}

func plural(t cty.Type) string {
	switch {
	case t == cty.String:
		return "texts"
	case t == cty.Number:
		return "numbers"
	case t == cty.Bool:
		return "true or false"
	case t.IsObjectType():
		return "objects with " + strings.Join(keysOf(t.AttributeTypes()), ", ")
	}
	return "values"
}

// valueText says a value in words, short, for "not …". Only values without secrets are said.
func valueText(v cty.Value) string {
	v, marks := v.Unmark()
	if len(marks) > 0 {
		return "something else"
	}
	t := v.Type()
	switch {
	case v.IsNull():
		return "null"
	case !v.IsKnown():
		return "something else"
	case t == cty.String:
		text := v.AsString()
		if len(text) > 40 {
			text = text[:37] + "…"
		}
		return fmt.Sprintf("the text %q", text)
	case t == cty.Number:
		return "the number " + numberText(v)
	case t == cty.Bool && v.True():
		return "true"
	case t == cty.Bool:
		return "false"
	case t.IsObjectType() || t.IsMapType():
		return "an object"
	}
	return "a list"
}

// problemText is why a value is not of a type: the value itself, or what is wrong inside it.
func problemText(err error, v cty.Value) string {
	if text := err.Error(); strings.HasPrefix(text, "element ") || strings.HasPrefix(text, "attribute ") || strings.Contains(text, ": ") {
		return valueText(v) + " (" + text + ")"
	}
	return valueText(v)
}

func sortedCopy(list []string) []string {
	out := slices.Clone(list)
	slices.Sort(out)
	return slices.Compact(out)
}

// texts are the texts in a value, at any depth.
func texts(v cty.Value) []string {
	plain, _ := v.UnmarkDeep()
	var out []string
	_ = cty.Walk(plain, func(_ cty.Path, e cty.Value) (bool, error) {
		if e.IsKnown() && !e.IsNull() && e.Type() == cty.String {
			out = append(out, e.AsString())
		}
		return true, nil
	}) // the visitor fails never
	return out
}
