package config

import (
	"strconv"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// place is where an argument, a key of an object or a nested block stands, with what is in it.
type place struct {
	at          diag.Range
	text        *diag.Text        // of a text without secrets: its value with the way back
	inner       map[string]*place // by argument name, key, block type, label or index
	labelled    []string          // of nested blocks of one type: their labels, in order
	definition  string            // of the block that was decoded here
	whereabouts string            // a digest of where its account is; empty: not known
}

// ArgRange is where something of a connector's arguments stands. path leads there from the block of the address: names
// of arguments, keys of objects, types of nested blocks and their label or index, streams under "stream". What is not
// written stands where what it is missing from does. ok is false for an address without decoded arguments, and for a
// part of something that the block does not have at all: an object that only a sync names.
func (c *Config) ArgRange(address string, path []string) (diag.Range, bool) {
	return c.ArgRangeAt(address, path, -1)
}

// ArgRangeAt is ArgRange for one byte of an argument's text, as a jq program's error names it; offset -1: the whole.
func (c *Config) ArgRangeAt(address string, path []string, offset int) (diag.Range, bool) {
	p, ok := c.places[address]
	if !ok {
		return diag.Range{}, false
	}
	for i, step := range path {
		next := p.inner[step]
		if next == nil && i == 0 && len(path) > 1 {
			return diag.Range{}, false
		}
		if next == nil {
			offset = -1
			break
		}
		p = next
	}
	if offset >= 0 && p.text != nil {
		return p.text.At(min(offset, max(len(p.text.Value)-1, 0)), 1), true
	}
	return p.at, true
}

// placeOf maps an expression that is written out: objects by key, lists by index, texts by byte.
func (l *loader) placeOf(expr hclsyntax.Expression, ctx *hcl.EvalContext) *place {
	p := &place{at: *diag.FromHCL(expr.Range())}
	switch e := expr.(type) {
	case *hclsyntax.ParenthesesExpr:
		return l.placeOf(e.Expression, ctx)
	case *hclsyntax.ObjectConsExpr:
		p.inner = map[string]*place{}
		for _, item := range e.Items {
			if key, ok := keyText(item.KeyExpr, ctx); ok {
				p.inner[key] = l.placeOf(item.ValueExpr, ctx)
			}
		}
	case *hclsyntax.TupleConsExpr:
		p.inner = map[string]*place{}
		for i, item := range e.Exprs {
			p.inner[strconv.Itoa(i)] = l.placeOf(item, ctx)
		}
	case *hclsyntax.TemplateExpr:
		p.text = l.templateText(e, ctx)
	}
	return p
}

// templateText is the text of a template with the way back; nil when there is a secret in it.
func (l *loader) templateText(e *hclsyntax.TemplateExpr, ctx *hcl.EvalContext) *diag.Text {
	r := e.SrcRange
	src := l.cfg.Files[r.Filename]
	quoted := r.Start.Byte < len(src) && src[r.Start.Byte] == '"'
	sql := SQL{Range: *diag.FromHCL(r)}
	for _, piece := range e.Parts {
		if lit, ok := piece.(*hclsyntax.LiteralValueExpr); ok && lit.Val.Type() == cty.String {
			sql.Parts = append(sql.Parts, alignLiteral(src, lit.SrcRange, lit.Val.AsString(), quoted)...)
			continue
		}
		v, problems := piece.Value(ctx)
		if problems.HasErrors() || v.IsMarked() || !v.IsKnown() || v.IsNull() || !v.Type().IsPrimitiveType() {
			return nil
		}
		text := ""
		switch v.Type() {
		case cty.String:
			text = v.AsString()
		case cty.Number:
			text = numberText(v)
		default:
			text = strconv.FormatBool(v.True())
		}
		sql.Parts = append(sql.Parts, Part{Text: text, Source: *diag.FromHCL(piece.Range())})
	}
	text := sql.Render(nil)
	return &text
}
