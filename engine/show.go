package engine

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Show tells what a block is: where it stands in the code, what it reads and who reads it, and with sql every statement it
// runs, as it runs on what is loaded.
func (p *Project) Show(ctx context.Context, address string, sql bool) (*render.BlockView, diag.Diagnostics) {
	blocks := plan.Blocks(p.config)
	i := slices.IndexFunc(blocks, func(b *config.Block) bool { return b.Addr.String() == address })
	if streams := within(address, blocks); i < 0 && strings.HasPrefix(address, "source.") && len(streams) > 0 {
		return nil, one(diag.NewError("show.source", "A source is shown by its streams", fmt.Sprintf("%s is shown stream by stream: cdp show %s.", address, atMost(10, streams)), nil))
	}
	if i < 0 {
		return nil, one(diag.NewError("show.unknown", "No such block", fmt.Sprintf("The project has no block %q, and there is no file of that name.%s", address, nearest(address, blocks)), nil))
	}
	b := blocks[i]
	view := &render.BlockView{Type: "block", DependsOn: []string{}, UsedBy: []string{}, Address: address, File: b.Range.File, Line: b.Range.Start.Line, Definition: b.Definition, State: "not applied",
		Source: config.BlockSource(p.config.Files[b.Range.File], b.Range)}
	for _, r := range b.DependsOn {
		view.DependsOn = append(view.DependsOn, r.Addr.String())
	}
	for _, other := range blocks {
		if slices.ContainsFunc(other.DependsOn, func(r config.Ref) bool { return r.Addr == b.Addr }) {
			view.UsedBy = append(view.UsedBy, other.Addr.String())
		}
	}
	ds := p.prepare(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	for _, secret := range p.config.Secrets {
		if secret != "" {
			view.Source = strings.ReplaceAll(view.Source, secret, "(secret)")
		}
	}
	s, done, err := p.shared(ctx, p.look)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer done()
	if ds = append(ds, p.relocate(ctx, s)...); ds.HasErrors() {
		return nil, ds
	}
	if applied, ok := s.state.Applied[address]; ok {
		view.State, view.LastRun = "in force", applied.AppliedRun
		if applied.Definition != b.Definition {
			view.State = "changed since it was applied"
		}
	}
	return view, append(ds, p.detail(ctx, s, b.Addr, view, sql)...)
}

// within are the streams of a source.
func within(address string, blocks []*config.Block) []string {
	var out []string
	for _, b := range blocks {
		if name := b.Addr.String(); strings.HasPrefix(name, address+".") {
			out = append(out, name)
		}
	}
	return out
}

// nearest says which block may have been meant, else which there are.
func nearest(address string, blocks []*config.Block) string {
	var names []string
	for _, b := range blocks {
		names = append(names, b.Addr.String())
	}
	if meant := diag.Meant(address, names); meant != "" {
		return meant
	}
	if len(names) == 0 {
		return ""
	}
	return " There are " + atMost(10, names) + "."
}

// atMost lists so many names, and how many more there are.
func atMost(n int, names []string) string {
	if len(names) <= n {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:n], ", "), len(names)-n)
}

// detail plans on what is loaded, noting the columns and statements of one block.
func (p *Project) detail(ctx context.Context, s *session, a addr.Address, view *render.BlockView, sql bool) diag.Diagnostics {
	of := a // whose computation has the statements
	if t := p.trait(a); t != nil {
		of = t.Of.Addr
	}
	rec := &recorder{Store: s.store, wanted: p.statementsOf(a)}
	s.store = rec
	m := making{refresh: plan.RefreshNone, forced: a, at: func(address string) { rec.on = sql && address == of.String() }}
	made, got, ds := p.make(ctx, s, m)
	if made == nil {
		return ds
	}
	defer got.Close()
	for _, c := range got.Compiled.Catalog[a.String()] {
		view.Columns = append(view.Columns, render.ColumnView{Name: c.Name, Type: c.Type.String()})
	}
	view.SQL = rec.seen
	switch {
	case !sql:
	case len(rec.seen) == 0:
		ds = append(ds, diag.NewWarning("show.no_sql", "No statements to show", p.whyNoSQL(a), nil))
	case a.Type == "trait":
		view.Note = "This statement of " + of.String() + " computes it, together with its other traits."
	case a.Type == "segment":
		for _, one := range p.config.Segments {
			if one.Addr == a {
				view.Note = "One scan decides all segments of " + one.Of.Addr.String() + ": these statements are of all of them."
			}
		}
	}
	return ds
}

func (p *Project) trait(a addr.Address) *config.Trait {
	for _, t := range p.config.Traits {
		if t.Addr == a {
			return t
		}
	}
	return nil
}

// statementsOf tells which statements of a computation are a block's own. Others may follow while the recorder is on.
func (p *Project) statementsOf(a addr.Address) func(sqlgen.Statement) bool {
	switch a.Type {
	case "identity":
		return func(s sqlgen.Statement) bool {
			return strings.HasPrefix(s.Name, "identity.") || strings.HasPrefix(s.Name, "profile.")
		}
	case "segment":
		return func(s sqlgen.Statement) bool { return strings.HasPrefix(s.Name, "segment.") }
	case "trait":
		return func(s sqlgen.Statement) bool {
			return s.Name == "profile.profiles" && strings.Contains(s.SQL, `"`+a.Ident()+`"`)
		}
	}
	return func(sqlgen.Statement) bool { return true }
}

// whyNoSQL says why a block runs no statement, and where to look instead.
func (p *Project) whyNoSQL(a addr.Address) string {
	switch a.Type {
	case "source":
		return "A stream is read by its connector. Its rows are in " + tableOf(a.String()) + "."
	case "destination":
		var syncs []string
		for _, s := range p.config.Syncs {
			if s.Destination.Addr == a {
				syncs = append(syncs, "cdp show --sql "+s.Addr.String())
			}
		}
		if len(syncs) == 0 {
			return "A destination runs none of its own, and no sync sends to it."
		}
		return "A destination runs none of its own: its syncs do. See " + atMost(3, syncs) + "."
	}
	return "What this block reads is not loaded yet. Run `cdp apply` first."
}

// recorder is a store that notes the statements of one block.
type recorder struct {
	warehouse.Store
	on     bool
	wanted func(sqlgen.Statement) bool
	seen   []render.SQLView
}

func (r *recorder) note(s sqlgen.Statement) {
	if r.on && r.wanted(s) {
		text := strings.TrimSpace(withValues(s, r.Dialect()))
		r.seen = append(r.seen, render.SQLView{Name: s.Name, Step: s.Step, SQL: text, Breaks: breaks(text)})
	}
}

// breaks are the places where a line of SQL may go on in the next: spaces that are no part of a text, a name or a comment.
func breaks(sql string) []int {
	var out []int
	for _, t := range sqlgen.Scan(sql) {
		if t.Kind == sqlgen.Space && !strings.ContainsAny(t.Text(sql), "\r\n") {
			out = append(out, t.Start)
		}
	}
	return out
}

// withValues writes the values of a statement where they are bound. A question mark inside a text or a name is no place
// for one.
func withValues(s sqlgen.Statement, d sqlgen.Dialect) string {
	var out strings.Builder
	args := s.Args
	for _, t := range sqlgen.Scan(s.SQL) {
		text := t.Text(s.SQL)
		if t.Kind == sqlgen.Punct && text == "?" && len(args) > 0 {
			text, args = d.Literal(args[0]), args[1:]
		}
		out.WriteString(text)
	}
	return out.String()
}

// Run notes and runs.
func (r *recorder) Run(ctx context.Context, s sqlgen.Statement) (int64, error) {
	r.note(s)
	return r.Store.Run(ctx, s)
}

// Read notes and reads.
func (r *recorder) Read(ctx context.Context, s sqlgen.Statement) (array.RecordReader, error) {
	r.note(s)
	return r.Store.Read(ctx, s)
}
