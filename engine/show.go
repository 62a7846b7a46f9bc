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
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Show tells what a block is: where it stands in the code, what it reads and who reads it, and with sql every statement it
// runs, as it runs on what is loaded.
func (p *Project) Show(ctx context.Context, address string, sql bool) (*render.BlockView, diag.Diagnostics) {
	blocks := plan.Blocks(p.config)
	i := slices.IndexFunc(blocks, func(b *config.Block) bool { return b.Addr.String() == address })
	if i < 0 {
		var names []string
		for _, b := range blocks {
			names = append(names, b.Addr.String())
		}
		return nil, one(diag.NewError("show.unknown", "No such block", fmt.Sprintf("The project has no block %q, and there is no file of that name.%s", address, diag.Suggest(address, names)), nil))
	}
	b := blocks[i]
	view := &render.BlockView{Type: "block", Address: address, File: b.Range.File, Line: b.Range.Start.Line, Definition: b.Definition, State: "not applied"}
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
	release, err := p.lock(ctx, state.Shared)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer release()
	s, err := p.session(ctx)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer s.close()
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

// detail plans on what is loaded, noting the columns and statements of one block.
func (p *Project) detail(ctx context.Context, s *session, a addr.Address, view *render.BlockView, sql bool) diag.Diagnostics {
	rec := &recorder{Store: s.store}
	s.store = rec
	m := making{refresh: plan.RefreshNone, forced: a, at: func(address string) { rec.on = sql && address == a.String() }}
	made, got, ds := p.make(ctx, s, m)
	if made == nil {
		return ds
	}
	defer got.Close()
	for _, c := range got.Compiled.Catalog[a.String()] {
		view.Columns = append(view.Columns, render.ColumnView{Name: c.Name, Type: c.Type.String()})
	}
	view.SQL = rec.seen
	if sql && len(rec.seen) == 0 {
		ds = append(ds, diag.NewWarning("show.no_sql", "No statements to show", "What this block reads is not loaded yet, or it runs none of its own (a stream is read by its connector). Run `cdp apply` first.", nil))
	}
	return ds
}

// recorder is a store that notes the statements of one block.
type recorder struct {
	warehouse.Store
	on   bool
	seen []render.SQLView
}

func (r *recorder) note(s sqlgen.Statement) {
	if !r.on {
		return
	}
	text := s.SQL
	for _, v := range s.Args {
		text = strings.Replace(text, "?", r.Dialect().Literal(v), 1)
	}
	r.seen = append(r.seen, render.SQLView{Name: s.Name, Step: s.Step, SQL: text})
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
