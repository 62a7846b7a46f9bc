package profile

import (
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// join wraps a user's text, moving its spans along.
func join(before string, t diag.Text, after string) diag.Text {
	out := diag.Text{Value: before + t.Value + after, Range: t.Range}
	for _, s := range t.Spans {
		s.Offset += len(before)
		out.Spans = append(out.Spans, s)
	}
	return out
}

// concat puts b after a.
func concat(a, b diag.Text) diag.Text {
	moved := join(a.Value, b, "")
	out := diag.Text{Value: moved.Value, Range: a.Range, Spans: append([]diag.Span{}, a.Spans...)}
	out.Spans = append(out.Spans, moved.Spans...)
	return out
}

// allOf is the conjunction of conditions.
func allOf(conditions []diag.Text) diag.Text {
	var out diag.Text
	for i, c := range conditions {
		c = join("(", c, ")")
		if i == 0 {
			out = c
			continue
		}
		out = concat(join("", out, " and "), c)
	}
	return out
}

// filtered writes the condition as a FILTER behind every aggregate of the expression.
func filtered(a warehouse.Analysis, cond diag.Text) diag.Text {
	if cond.Value == "" {
		return a.SQL
	}
	var out diag.Text
	out.Range = a.SQL.Range
	at := 0
	for _, call := range a.Aggregates {
		out = concat(out, slice(a.SQL, at, call.End))
		out = concat(out, join(" filter (where ", cond, ")"))
		at = call.End
	}
	return concat(out, slice(a.SQL, at, len(a.SQL.Value)))
}

// slice is a piece of a text with the spans that begin in it.
func slice(t diag.Text, from, to int) diag.Text {
	out := diag.Text{Value: t.Value[from:to], Range: t.Range}
	for _, s := range t.Spans {
		start, end := max(s.Offset, from), min(s.Offset+s.Length, to)
		if start >= end {
			continue
		}
		piece := s
		if s.Exact {
			piece.Source = t.At(start, end-start)
		}
		piece.Offset, piece.Length = start-from, end-start
		out.Spans = append(out.Spans, piece)
	}
	return out
}
