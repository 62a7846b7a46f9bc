package config

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// sql is an argument of kindSQL.
func (b *block) sql(name string) SQL {
	a := b.attr(name)
	if a == nil || b.failed[name] {
		return SQL{}
	}
	out, ok := b.sqlExpr(a.Expr, "`"+name+"`", b.spec.arg(name).refs)
	if !ok {
		b.failed[name] = true
		return out
	}
	text := out.Render(func(a addr.Address) string { return "${" + a.String() + "}" }).Value
	b.sqlText[name] = canonicalSQL(text)
	return out
}

// sqlExpr reads SQL from an expression. What stands in a text as written keeps its exact place.
func (b *block) sqlExpr(expr hclsyntax.Expression, what string, refs []string) (SQL, bool) {
	out := SQL{Range: *diag.FromHCL(expr.Range())}
	pieces := []hclsyntax.Expression{expr}
	switch e := expr.(type) {
	case *hclsyntax.TemplateExpr:
		pieces = e.Parts
	case *hclsyntax.TemplateWrapExpr:
		pieces = []hclsyntax.Expression{e.Wrapped}
	case *hclsyntax.ParenthesesExpr:
		return b.sqlExpr(e.Expression, what, refs)
	}
	good := true
	for _, piece := range pieces {
		if lit, ok := piece.(*hclsyntax.LiteralValueExpr); ok && len(pieces) > 0 && piece != expr && lit.Val.Type() == cty.String {
			out.Parts = append(out.Parts, alignLiteral(b.l.cfg.Files[lit.SrcRange.Filename], lit.SrcRange, lit.Val.AsString(), inQuotes(b, expr))...)
			continue
		}
		v, ok := b.l.evaluate(piece, b.ctx, b.tell)
		if ok {
			var parts []Part
			parts, ok = b.sqlParts(v, *diag.FromHCL(piece.Range()), what, refs)
			out.Parts = append(out.Parts, parts...)
		}
		good = good && ok
	}
	if !good {
		return SQL{}, false
	}
	return out, b.notEmpty(out, what)
}

// inQuotes reports whether a template is written in quotes, so that backslashes escape.
func inQuotes(b *block, expr hclsyntax.Expression) bool {
	r := expr.Range()
	src := b.l.cfg.Files[r.Filename]
	return r.Start.Byte < len(src) && src[r.Start.Byte] == '"'
}

// sqlValue reads SQL from a value that was worked out, all of it standing for the same place.
func (b *block) sqlValue(v cty.Value, at diag.Range, what string, refs []string) (SQL, bool) {
	parts, ok := b.sqlParts(v, at, what, refs)
	if !ok {
		return SQL{}, false
	}
	out := SQL{Range: at, Parts: parts}
	return out, b.notEmpty(out, what)
}

func (b *block) notEmpty(s SQL, what string) bool {
	for _, p := range s.Parts {
		if p.Ref != (addr.Address{}) || strings.TrimSpace(p.Text) != "" {
			return true
		}
	}
	b.err("config.empty_sql", "Empty SQL", what+" has no SQL in it.", &s.Range)
	return false
}

// sqlParts splits a value into text and references.
func (b *block) sqlParts(v cty.Value, at diag.Range, what string, allowed []string) ([]Part, bool) {
	if b.refuseSecrets(v, at) {
		return nil, false
	}
	refs := refsIn(v)
	plain, _ := v.UnmarkDeep()
	if !plain.IsWhollyKnown() {
		b.lacks() // a mistake told elsewhere made it unknown
		return nil, false
	}
	text, ok := asText(plain)
	if !ok {
		if plain.Type().IsObjectType() && len(refs) > 0 {
			b.err("config.wrong_reference", "Wrong kind of reference", fmt.Sprintf("This stands for several blocks at once: name one of %s.", joinRefs(refs)), &at)
		} else {
			b.err("config.wrong_type", "Wrong type", fmt.Sprintf("%s is SQL, written as a text, not %s.", what, valueText(plain)), &at)
		}
		return nil, false
	}
	byText := map[string]addr.Address{}
	for _, r := range refs {
		if !contains(allowed, r.Type) {
			b.refuseReference(r, allowed, what, at)
			return nil, false
		}
		byText[r.String()] = r
	}
	var parts []Part
	for i, piece := range strings.Split(text, refQuote) {
		a, isRef := byText[piece]
		switch {
		case i%2 == 1 && isRef:
			parts = append(parts, Part{Ref: a, Source: at})
			b.depend(Ref{Addr: a, Range: at})
		case piece != "":
			parts = append(parts, Part{Text: piece, Source: at})
		}
	}
	return parts, true
}

// asText is a text, number or truth value as SQL has it.
func asText(v cty.Value) (string, bool) {
	switch {
	case v.IsNull():
		return "", false
	case v.Type() == cty.String:
		return v.AsString(), true
	case v.Type() == cty.Number:
		return numberText(v), true
	case v.Type() == cty.Bool:
		return strconv.FormatBool(v.True()), true
	}
	return "", false
}

func (b *block) refuseReference(r addr.Address, allowed []string, what string, at diag.Range) {
	if len(allowed) == 0 {
		b.err("config.reference_not_here", "Reference is not possible here", fmt.Sprintf(
			"%s is an expression over columns, so it can not name %s. Join in a model instead, and use that as an input.", what, r), &at)
		return
	}
	if r.Type == "identity" {
		b.tell(notSupported("A model over profiles", &at))
		return
	}
	b.err("config.wrong_reference", "Wrong kind of reference", fmt.Sprintf("%s is no table that %s could read: name a stream (source.shop.orders) or a model.", r, what), &at)
}
