package plan

import (
	"context"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/profile"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Check goes over blocks with mistakes too, so that all of a project's errors are told at once. What is here keeps it from
// telling one mistake twice: as itself, and as what follows from it.

// consequences leaves, of what is told of a broken block, what stands in its SQL: all else may be for want of a part that
// could not be read.
func (c *compiler) consequences(ds diag.Diagnostics, of ...addr.Address) diag.Diagnostics {
	if !slices.ContainsFunc(of, c.from.Config.Broken) {
		return ds
	}
	return slices.DeleteFunc(ds, func(d diag.Diagnostic) bool {
		return !strings.HasPrefix(d.Code, "sql.") && !slices.Contains([]string{"trait.not_aggregate", "trait.cycle"}, d.Code)
	})
}

// lost are the traits that a profile lacks because of a mistake in them. Their names are known, their types are not.
func lost(c *config.Config, p *profile.Spec) []schema.Column {
	have := map[string]bool{}
	for _, column := range p.Table.Columns {
		have[column.Name] = true
	}
	var out []schema.Column
	for _, t := range c.Traits {
		if t.Of.Addr == p.Identity.Addr && !have[t.Addr.Ident()] {
			out = append(out, schema.Column{Name: t.Addr.Ident()})
		}
	}
	return out
}

// traitsAlone checks the SQL of broken traits: profiles are compiled without them.
func (c *compiler) traitsAlone(ctx context.Context) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, t := range c.from.Config.Traits {
		if c.from.Config.Broken(t.Addr) {
			ds = append(ds, c.alone(ctx, t.Addr, t.Value, t.Where, t.SQL)...)
		}
	}
	return ds
}

// alone checks expressions over columns that nobody knows: their syntax and what they call.
func (c *compiler) alone(ctx context.Context, of addr.Address, all ...config.SQL) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, sql := range all {
		if sql.IsZero() {
			continue
		}
		text := sql.Render(nil)
		_, problems := c.from.Analyzer.Analyze(ctx, warehouse.Query{Text: text, Scope: []warehouse.Scope{{Open: true}}, Aggregate: true})
		for _, p := range problems {
			at := text.At(p.Offset, p.Length)
			ds = append(ds, diag.NewError(p.Code, p.Summary, p.Detail, &at).About(of.String()))
		}
	}
	return ds
}

// analyzer is the analyzer for an identity and its traits: where traits are broken their names are known all the same, and
// where names may be missing none is looked up.
func (c *compiler) analyzer(id *config.Identity) warehouse.Analyzer {
	lenient := &lenient{Analyzer: c.from.Analyzer, open: c.from.Config.Open(id.Addr)}
	for _, t := range c.from.Config.Traits {
		if t.Of.Addr == id.Addr && c.from.Config.Broken(t.Addr) {
			lenient.names = append(lenient.names, schema.Column{Name: t.Addr.Ident()})
		}
	}
	if !lenient.open && lenient.names == nil {
		return c.from.Analyzer
	}
	return lenient
}

// of is the analyzer for an identity, its segments and syncs.
func (c *compiler) of(id addr.Address) warehouse.Analyzer {
	if an := c.an[id]; an != nil {
		return an
	}
	return c.from.Analyzer
}

// lenient analyzes with more names in sight than there are.
type lenient struct {
	warehouse.Analyzer
	names []schema.Column
	open  bool
}

func (l *lenient) Analyze(ctx context.Context, q warehouse.Query) (warehouse.Analysis, []warehouse.Problem) {
	q.Scope = slices.Clone(q.Scope)
	for i, s := range q.Scope {
		q.Scope[i].Open = s.Open || l.open
		if s.Alias == "" && s.Columns != nil {
			q.Scope[i].Columns = append(slices.Clip(s.Columns), l.names...)
		}
	}
	return l.Analyzer.Analyze(ctx, q)
}

// doubting remembers what is doubtful in a model's SQL.
type doubting struct {
	warehouse.Analyzer
	text   diag.Text
	doubts []warehouse.Problem
}

func (d *doubting) Analyze(ctx context.Context, q warehouse.Query) (warehouse.Analysis, []warehouse.Problem) {
	a, problems := d.Analyzer.Analyze(ctx, q)
	d.text, d.doubts = q.Text, append(d.doubts, a.Doubts...)
	return a, problems
}

func (d *doubting) warnings(m *config.Model) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, p := range d.doubts {
		at := d.text.At(p.Offset, p.Length)
		ds = append(ds, diag.NewWarning(p.Code, p.Summary, p.Detail, &at).About(m.Addr.String()))
	}
	return ds
}
