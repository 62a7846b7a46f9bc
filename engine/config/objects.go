package config

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// item is one entry of an object or list, with its place. expr is nil when the whole was worked out by a function.
type item struct {
	name  string
	at    diag.Range // of the name; in a list, of the value
	expr  hclsyntax.Expression
	value cty.Value
}

// items are the entries of an object: as written, in that order; of a value that was worked out, by name.
func (b *block) items(name string) []item {
	a := b.attr(name)
	if a == nil {
		return nil
	}
	if b.failed[name] {
		b.incomplete()
		return nil
	}
	if cons, ok := a.Expr.(*hclsyntax.ObjectConsExpr); ok {
		return b.writtenItems(name, cons)
	}
	v, ok := b.raw(name)
	if !ok {
		b.incomplete()
		return nil
	}
	plain, marks := v.Unmark()
	if !plain.IsKnown() {
		b.lacks()
		b.incomplete()
		return nil
	}
	if plain.IsNull() {
		return nil
	}
	if !plain.Type().IsObjectType() && !plain.Type().IsMapType() {
		b.incomplete()
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`%s` is an object, { name = \"…\" }, not %s.", name, valueText(plain)), b.at(name))
		return nil
	}
	var out []item
	values := plain.AsValueMap()
	for _, key := range keysOf(values) {
		out = append(out, item{name: key, at: *b.at(name), value: values[key].WithMarks(marks)})
	}
	return out
}

func (b *block) writtenItems(name string, cons *hclsyntax.ObjectConsExpr) []item {
	var out []item
	seen := map[string]bool{}
	for _, entry := range cons.Items {
		at := *diag.FromHCL(entry.KeyExpr.Range())
		key, ok := b.l.evaluate(entry.KeyExpr, b.ctx, b.tell)
		if !ok || !key.IsKnown() {
			b.lacks()
			b.incomplete()
			continue
		}
		if key.IsMarked() || key.IsNull() || key.Type() != cty.String {
			b.incomplete()
			b.err("config.wrong_type", "Wrong type", fmt.Sprintf("A name in `%s` is a plain text.", name), &at)
			continue
		}
		text := key.AsString()
		if seen[text] {
			b.err("config.duplicate", "Duplicate name", fmt.Sprintf("`%s` has %q twice.", name, text), &at)
			continue
		}
		seen[text] = true
		out = append(out, item{name: text, at: at, expr: entry.ValueExpr})
	}
	return out
}

// itemSQL reads one entry as SQL.
func (b *block) itemSQL(it item, what string) (SQL, bool) {
	if it.expr != nil {
		return b.sqlExpr(it.expr, what, nil)
	}
	return b.sqlValue(it.value, it.at, what, nil)
}

// itemValue evaluates one entry as a plain value.
func (b *block) itemValue(it item, what string) (cty.Value, diag.Range, bool) {
	v, at := it.value, it.at
	if it.expr != nil {
		at = *diag.FromHCL(it.expr.Range())
		var ok bool
		if v, ok = b.l.evaluate(it.expr, b.ctx, b.tell); !ok {
			return v, at, false
		}
	}
	if b.refuseSecrets(v, at) {
		return v, at, false
	}
	if refs := refsIn(v); len(refs) > 0 {
		b.err("config.reference_not_here", "Reference is not possible here", fmt.Sprintf("%s is a plain value, not a reference to %s.", what, refs[0]), &at)
		return v, at, false
	}
	if !v.IsWhollyKnown() {
		b.lacks()
	}
	return v, at, v.IsWhollyKnown()
}

// itemText is one entry as a text of a given set (nil: any).
func (b *block) itemText(name string, it item, oneOf []string) string {
	what := fmt.Sprintf("%s in `%s`", it.name, name)
	v, at, ok := b.itemValue(it, what)
	if !ok {
		return ""
	}
	if v.IsNull() || v.Type() != cty.String {
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("%s is a text, not %s.", what, valueText(v)), &at)
		return ""
	}
	if oneOf != nil && !contains(oneOf, v.AsString()) {
		b.notOneOf(it.name, v.AsString(), oneOf, &at)
		return ""
	}
	return v.AsString()
}

// mappings is an argument of kindSQLMap.
func (b *block) mappings(name string) []Mapping {
	var out []Mapping
	for _, it := range b.items(name) {
		if expr, ok := b.itemSQL(it, fmt.Sprintf("%s in `%s`", it.name, name)); ok {
			out = append(out, Mapping{Name: it.name, Expr: expr, Range: it.at})
		}
	}
	return out
}

// columns is an argument of kindSQLLists; lists says whether an entry may be a list of expressions.
func (b *block) columns(name string, lists bool) []InputColumn {
	var out []InputColumn
	for _, it := range b.items(name) {
		what := fmt.Sprintf("%s in `%s`", it.name, name)
		column := InputColumn{Name: it.name, Range: it.at}
		for _, e := range b.listItems(it, lists) {
			if expr, ok := b.itemSQL(e, what); ok {
				column.Exprs = append(column.Exprs, expr)
			}
		}
		out = append(out, column) // without an expression where a mistake was told: its name counts as known
	}
	return out
}

// listItems are the elements of an entry that is a list, else the entry itself.
func (b *block) listItems(it item, lists bool) []item {
	if !lists {
		return []item{it}
	}
	if tuple, ok := it.expr.(*hclsyntax.TupleConsExpr); ok {
		var out []item
		for _, e := range tuple.Exprs {
			out = append(out, item{name: it.name, at: *diag.FromHCL(e.Range()), expr: e})
		}
		return out
	}
	if it.expr == nil && it.value.CanIterateElements() && !it.value.Type().IsObjectType() && !it.value.Type().IsMapType() {
		return valueItems(it.value, it.at)
	}
	return []item{it}
}

// elements are the elements of a list argument, each at its own place where it is written as a list.
func (b *block) elements(name string, v cty.Value) []item {
	expr := b.attr(name).Expr
	if tuple, ok := expr.(*hclsyntax.TupleConsExpr); ok && v.CanIterateElements() && v.LengthInt() == len(tuple.Exprs) {
		out := valueItems(v, *b.at(name))
		for i := range out {
			out[i].at = *diag.FromHCL(tuple.Exprs[i].Range())
		}
		return out
	}
	plain, _ := v.Unmark()
	if !plain.IsKnown() {
		b.lacks()
		return nil
	}
	if plain.IsNull() || !plain.CanIterateElements() {
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`%s` is a list: [ … ].", name), b.at(name))
		return nil
	}
	return valueItems(v, *b.at(name))
}

func valueItems(v cty.Value, at diag.Range) []item {
	plain, marks := v.Unmark()
	var out []item
	for it := plain.ElementIterator(); it.Next(); {
		_, e := it.Element()
		if plain.Type().IsSetType() {
			e = e.WithMarks(marks)
		}
		out = append(out, item{at: at, value: e})
	}
	return out
}

// inner reads an entry that is itself an object of SQL expressions.
func (b *block) inner(name string, it item) []Mapping {
	var out []Mapping
	cons, ok := it.expr.(*hclsyntax.ObjectConsExpr)
	entries := []item{}
	if ok {
		entries = b.writtenItems(name, cons)
	} else if v, at, ok := b.itemValue(it, "`"+name+"`"); ok && !v.IsNull() && (v.Type().IsObjectType() || v.Type().IsMapType()) {
		values := v.AsValueMap()
		for _, key := range keysOf(values) {
			entries = append(entries, item{name: key, at: at, value: values[key]})
		}
	}
	for _, e := range entries {
		if expr, ok := b.itemSQL(e, fmt.Sprintf("%s in `%s`", e.name, name)); ok {
			out = append(out, Mapping{Name: e.name, Expr: expr, Range: e.at})
		}
	}
	return out
}
