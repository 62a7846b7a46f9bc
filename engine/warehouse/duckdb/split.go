package duckdb

import (
	"context"
	"encoding/json"
	"strings"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Split implements warehouse.Splitter. The parser says what a condition is made of; the pieces are cut out of the text at
// the words between them, so that people read what they wrote. Each piece must parse to the very part of the tree it
// stands for: where it does not, the condition stays whole.
func (a *analyzer) Split(ctx context.Context, text string) warehouse.Condition {
	whole := trimmed(text, 0)
	select {
	case b := <-a.binders:
		defer func() { a.binders <- b }()
		if tree := b.expression(ctx, whole.Text); tree != nil {
			return b.split(ctx, whole, tree)
		}
	case <-ctx.Done():
	}
	return whole
}

func (b *binder) split(ctx context.Context, c warehouse.Condition, tree node) warehouse.Condition {
	op := map[string]string{"CONJUNCTION_AND": "and", "CONJUNCTION_OR": "or"}[text(tree, "type")]
	if op == "" {
		return c
	}
	wanted := flattened(tree, text(tree, "type"))
	pieces := cut(c, op)
	if len(pieces) != len(wanted) {
		return c
	}
	parts := make([]warehouse.Condition, len(pieces))
	for i, piece := range pieces {
		own := b.expression(ctx, piece.Text)
		if own == nil || meaning(own) != meaning(wanted[i]) {
			return c
		}
		parts[i] = b.split(ctx, piece, own)
	}
	c.Op, c.Parts = op, parts
	return c
}

// expression is the tree of one expression; nil: it is not one.
func (b *binder) expression(ctx context.Context, sql string) node {
	answer, err := b.serialize(ctx, prefix+sql+"\n)")
	if err != nil {
		return nil
	}
	var parsed struct{ Statements []struct{ Node node } }
	if json.Unmarshal(answer, &parsed) != nil || len(parsed.Statements) != 1 {
		return nil
	}
	list := children(parsed.Statements[0].Node, "select_list")
	if len(list) != 1 {
		return nil
	}
	tree, _ := list[0].(node)
	return tree
}

// flattened are the parts of a chain of one connective: a and b and c are three, however the parser nests them.
func flattened(tree node, kind string) []node {
	if text(tree, "type") != kind {
		return []node{tree}
	}
	var out []node
	for _, c := range children(tree, "children") {
		if n, ok := c.(node); ok {
			out = append(out, flattened(n, kind)...)
		}
	}
	return out
}

// meaning is a tree as text, without the places in the source.
func meaning(n node) string {
	out, _ := json.Marshal(placeless(n)) // what came from JSON goes back into it
	return string(out)
}

func placeless(v any) any {
	switch v := v.(type) {
	case []any:
		out := make([]any, len(v))
		for i, c := range v {
			out[i] = placeless(c)
		}
		return out
	case node:
		out := node{}
		for k, c := range v {
			if k != "query_location" {
				out[k] = placeless(c)
			}
		}
		return out
	}
	return v
}

// cut cuts a text at a word that stands outside of brackets and CASE and is not the AND of a BETWEEN. A chain may have
// brackets around parts of it that mean nothing: those are cut as well.
func cut(c warehouse.Condition, op string) []warehouse.Condition {
	var out []warehouse.Condition
	depth, between, from := 0, 0, 0
	for _, t := range sqlgen.Scan(c.Text) {
		word := strings.ToLower(t.Text(c.Text))
		switch {
		case t.Kind == sqlgen.Punct && (word == "(" || word == "[" || word == "{"), t.Kind == sqlgen.Word && word == "case":
			depth++
		case t.Kind == sqlgen.Punct && (word == ")" || word == "]" || word == "}"), t.Kind == sqlgen.Word && word == "end":
			depth--
		case t.Kind != sqlgen.Word || depth > 0:
		case word == "between":
			between++
		case word == "and" && between > 0:
			between--
		case word == op:
			out = append(out, trimmed(c.Text[from:t.Start], c.Offset+from))
			from = t.End
		}
	}
	out = append(out, trimmed(c.Text[from:], c.Offset+from))
	if len(out) == 1 {
		return out
	}
	var flat []warehouse.Condition
	for _, piece := range out {
		flat = append(flat, cut(piece, op)...)
	}
	return flat
}

// trimmed is a piece of text without the space and the brackets around it.
func trimmed(text string, offset int) warehouse.Condition {
	for {
		offset += len(text) - len(strings.TrimLeft(text, " \t\r\n"))
		text = strings.TrimSpace(text)
		if !bracketed(text) {
			return warehouse.Condition{Text: text, Offset: offset}
		}
		text, offset = text[1:len(text)-1], offset+1
	}
}

// bracketed reports whether the first bracket closes at the very end.
func bracketed(text string) bool {
	if !strings.HasPrefix(text, "(") {
		return false
	}
	depth := 0
	for _, t := range sqlgen.Scan(text) {
		if t.Kind != sqlgen.Punct {
			continue
		}
		switch t.Text(text) {
		case "(":
			depth++
		case ")":
			if depth--; depth == 0 {
				return t.End == len(text)
			}
		}
	}
	return false
}
