package duckdb

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// analyzer implements warehouse.Analyzer with two DuckDBs in memory that reach no file: an analysis takes one of them for
// itself, with the empty tables it binds against.
type analyzer struct {
	binders chan *binder
	all     []*binder
	trees   trees
}

// binders at once; the rest of an analysis needs no DuckDB.
const binders = 2

// NewAnalyzer starts an analyzer. Any number of goroutines may use it.
func NewAnalyzer(ctx context.Context) (warehouse.Analyzer, error) {
	a := &analyzer{binders: make(chan *binder, binders), trees: trees{of: map[string][]byte{}}}
	for range binders {
		b, err := newBinder(ctx)
		if err != nil {
			_ = a.Close()
			return nil, fmt.Errorf("starting the SQL analyzer: %w", err)
		}
		a.all = append(a.all, b)
		a.binders <- b
	}
	return a, nil
}

func (a *analyzer) Close() error {
	for _, b := range a.all {
		b.close()
	}
	return nil
}

// Analyze implements warehouse.Analyzer.
func (a *analyzer) Analyze(ctx context.Context, q warehouse.Query) (warehouse.Analysis, []warehouse.Problem) {
	select {
	case b := <-a.binders:
		defer func() { a.binders <- b }()
		return (&analysis{ctx: ctx, binder: b, trees: &a.trees, query: q}).run()
	case <-ctx.Done():
		return warehouse.Analysis{}, []warehouse.Problem{{Code: "sql.interrupted", Summary: "Interrupted", Detail: "The check was interrupted."}}
	}
}

// analysis is one query on its way.
type analysis struct {
	ctx    context.Context
	binder *binder
	trees  *trees
	query  warehouse.Query

	tokens   []sqlgen.Token
	text     string // the user's text, comments blanked, a trailing semicolon too
	clocks   []int  // offsets of as_of
	uses     map[string]bool
	ctes     map[string]bool
	lambdas  map[string]int
	problems []warehouse.Problem
	doubts   []warehouse.Problem

	aggregate bool // has an aggregate function, outside of sub-selects
	unbound   bool // columns are not known: binding would say nothing
}

func (a *analysis) run() (warehouse.Analysis, []warehouse.Problem) {
	a.uses, a.ctes, a.lambdas = map[string]bool{}, map[string]bool{}, map[string]int{}
	if out, ok := a.bareColumn(); ok {
		return out, a.problems
	}
	var tree node
	for _, check := range []func(){a.clean, func() { tree = a.parse() }, func() { a.walkRoot(tree) }} {
		if check(); len(a.problems) == 0 {
			continue
		}
		if out, ok := a.deferred(); ok {
			return out, nil
		}
		return warehouse.Analysis{}, a.problems
	}
	out := a.result()
	if a.query.Aggregate {
		out.Aggregates = aggregateCalls(out.SQL.Value)
	}
	if !a.unbound && !a.untyped() {
		out.Columns = a.bind()
	}
	if len(a.problems) > 0 {
		return warehouse.Analysis{}, a.problems
	}
	return out, nil
}

// untyped reports whether the query uses a column whose type nobody knows yet: binding would guess.
func (a *analysis) untyped() bool {
	for _, s := range a.query.Scope {
		for _, c := range s.Columns {
			name := c.Name
			if s.Alias != "" {
				name = s.Alias + "." + name
			}
			if c.Type.Kind == schema.Null && a.uses[name] {
				return true
			}
		}
	}
	return false
}

// fail records a problem at a place of the user's text.
func (a *analysis) fail(offset, length int, code, summary, format string, args ...any) {
	offset = max(0, min(offset, len(a.query.Text.Value)))
	length = max(0, min(length, len(a.query.Text.Value)-offset))
	for _, p := range a.problems {
		if p.Offset == offset && p.Code == code {
			return
		}
	}
	a.problems = append(a.problems, warehouse.Problem{Code: code, Summary: summary, Detail: fmt.Sprintf(format, args...), Offset: offset, Length: length})
}

// known reports whether the columns of a relation are known.
func known(s warehouse.Scope) bool { return !s.Open && s.Columns != nil }

// column finds a column by the name a user wrote: exactly, else without case.
func column(columns []schema.Column, name string) (schema.Column, bool) {
	if c, ok := schema.Find(columns, name); ok {
		return c, true
	}
	for _, c := range columns {
		if strings.EqualFold(c.Name, name) {
			return c, true
		}
	}
	return schema.Column{}, false
}

// words that stand alone and are no column unless there is one of that name.
var words = map[string]bool{"true": true, "false": true, "null": true, "as_of": true, "user": true, "default": true}

// bareColumn takes a text that is exactly a column's name as that column, whatever SQL thinks of the word.
func (a *analysis) bareColumn() (warehouse.Analysis, bool) {
	name := strings.TrimSpace(a.query.Text.Value)
	if a.query.Select || name == "" || strings.EqualFold(name, "as_of") {
		return warehouse.Analysis{}, false
	}
	found := schema.Column{Name: name}
	ok, open := false, false
	for _, s := range a.query.Scope {
		if s.Alias != "" {
			continue
		}
		open = open || !known(s)
		if c, has := schema.Find(s.Columns, name); has {
			found, ok = c, true
		}
	}
	if !ok {
		t := sqlgen.Scan(name)
		if !open || len(t) != 1 || t[0].Kind != sqlgen.Word || words[strings.ToLower(name)] || functions[strings.ToLower(name)] != nil && !functions[strings.ToLower(name)].scalar && !functions[strings.ToLower(name)].aggregate {
			return warehouse.Analysis{}, false
		}
	}
	start := strings.Index(a.query.Text.Value, name)
	out := a.named(name, found)
	if want := a.query.Want; want != nil && want.Kind == schema.Bool && ok && found.Type.Kind != schema.Bool && found.Type.Kind != schema.Null {
		a.notCondition(start, len(name), found.Type.String())
	}
	return out, true
}

// named is the analysis of a text that is a column.
func (a *analysis) named(name string, column schema.Column) warehouse.Analysis {
	start, quoted := strings.Index(a.query.Text.Value, name), quote(column.Name)
	text := diag.Text{Value: quoted, Range: a.query.Text.Range, Spans: []diag.Span{{Length: len(quoted), Source: a.query.Text.At(start, len(name))}}}
	return warehouse.Analysis{SQL: text, Columns: []schema.Column{column}, Uses: []string{column.Name}, Canonical: quoted}
}

// mayBeName are the problems of what may still turn out to be a column's name: "Total Sum", 2nd, sum(x).
var mayBeName = map[string]bool{"sql.syntax": true, "sql.not_expression": true, "sql.unknown_function": true, "sql.aggregate": true, "sql.unsupported": true}

// deferred takes a text that is wrong as SQL while columns are not known yet: it may be exactly the name of one. Once they
// are known it is analyzed again. Its meaning is the text.
func (a *analysis) deferred() (warehouse.Analysis, bool) {
	name := strings.TrimSpace(a.query.Text.Value)
	open := slices.ContainsFunc(a.query.Scope, func(s warehouse.Scope) bool { return s.Alias == "" && len(s.Columns) == 0 && !known(s) })
	if a.query.Select || a.query.Aggregate || !open || !a.likeName(name) || slices.ContainsFunc(a.problems, func(p warehouse.Problem) bool { return !mayBeName[p.Code] }) {
		return warehouse.Analysis{}, false
	}
	return a.named(name, schema.Column{Name: name}), true
}

// likeName reports whether a text may well be a column's name. A condition that compares is not likely to be one.
func (a *analysis) likeName(text string) bool {
	never := "\n\r\x00;"
	if a.query.Want != nil && a.query.Want.Kind == schema.Bool {
		never += "=<>'"
	}
	return text != "" && len(text) <= 200 && !strings.ContainsAny(text, never)
}

func (a *analysis) notCondition(offset, length int, kind string) {
	a.fail(offset, length, "sql.not_a_condition", "Not a condition", "This gives %s; a condition gives true or false.", kind)
}
