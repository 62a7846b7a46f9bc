package plan

import (
	"context"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
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

// lost are the traits that the profile lacks because of a mistake in them. Their names are known, their types are not.
func (c *compiler) lost(id addr.Address) []schema.Column {
	if !c.check {
		return nil
	}
	var out []schema.Column
	have := c.out.Profiles[id.String()].Table.Columns
	for _, t := range c.from.Config.Traits {
		if _, ok := schema.Find(have, t.Addr.Ident()); !ok && t.Of.Addr == id {
			out = append(out, schema.Column{Name: t.Addr.Ident()})
		}
	}
	return out
}

// alone checks the SQL of an identity's broken traits: the profile is compiled without them.
func (c *compiler) alone(ctx context.Context, id *config.Identity) diag.Diagnostics {
	var ds diag.Diagnostics
	for _, t := range c.from.Config.Traits {
		if t.Of.Addr != id.Addr || !c.from.Config.Broken(t.Addr) {
			continue
		}
		for _, sql := range []config.SQL{t.Value, t.Where, t.SQL} {
			if sql.IsZero() {
				continue
			}
			text := sql.Render(nil)
			_, problems := c.from.Analyzer.Analyze(ctx, warehouse.Query{Text: text, Scope: []warehouse.Scope{{Open: true}}, Aggregate: true})
			for _, p := range problems {
				at := text.At(p.Offset, p.Length)
				ds = append(ds, diag.NewError(p.Code, p.Summary, p.Detail, &at).About(t.Addr.String()))
			}
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
