package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// membership tells why a customer is in a segment, or not.
func (e *explaining) membership(a addr.Address, what string) (any, diag.Diagnostics, error) {
	s := e.p.config.Segments[slices.IndexFunc(e.p.config.Segments, func(s *config.Segment) bool { return s.Addr == a })]
	id := e.p.config.Identities[slices.IndexFunc(e.p.config.Identities, func(id *config.Identity) bool { return id.Addr == s.Of.Addr })]
	who, ds, err := e.among(id, what)
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	view := &render.MembershipView{
		Type: "membership", Segment: a.String(), Range: &s.Range, Identity: id.Addr.String(), CustomerID: who.customer, Share: s.Holdout,
		AsOf: e.asOf(a.String()), Include: []render.SegmentView{}, Exclude: []render.SegmentView{}, History: []render.HistoryView{},
		Notes: append(append([]string{}, who.notes...), e.changed(s.Block)...),
	}
	now, err := e.standing(who, s)
	if err != nil {
		return nil, nil, err
	}
	view.Member, view.Since, view.Holdout = now.Member, now.Since, now.Holdout
	meets := false
	if !s.Where.IsZero() {
		profile := e.compiled.Profiles[id.Addr.String()]
		if view.Where, err = e.conditions(s.Where, profile.Table, id, who, view.AsOf); err != nil {
			return nil, nil, err
		}
		meets = view.Where.Result != nil && *view.Where.Result
	}
	for _, side := range []struct {
		refs []config.Ref
		into *[]render.SegmentView
	}{{s.Include, &view.Include}, {s.Exclude, &view.Exclude}} {
		for _, ref := range side.refs {
			other := e.p.config.Segments[slices.IndexFunc(e.p.config.Segments, func(s *config.Segment) bool { return s.Addr == ref.Addr })]
			one, err := e.standing(who, other)
			if err != nil {
				return nil, nil, err
			}
			*side.into = append(*side.into, one)
		}
	}
	member := func(v render.SegmentView) bool { return v.Member }
	meets = (meets || slices.ContainsFunc(view.Include, member)) && !slices.ContainsFunc(view.Exclude, member)
	if meets != view.Member && len(view.Notes) == 0 {
		view.Notes = append(view.Notes, "What the code says and what is published differ: a run was cut off or a guard held it back. `cdp run` brings them together.")
	}
	_, history := segment.Tables(id)
	rows, err := e.find(search{From: history.Was(), Match: []match{{"segment", a.Ident()}, {id.IDColumn(), who.customer}}, Order: []string{"happened_at"}})
	for _, r := range rows {
		h := happened(r, id.IDColumn())
		h.ID = ""
		view.History = append(view.History, h)
	}
	return view, nil, err
}

// weighed is one condition on its way into the statement that asks for all of them.
type weighed struct {
	Name string
	SQL  diag.Text
	view *render.ConditionView
}

// conditions evaluates each part of a condition for one customer.
func (e *explaining) conditions(sql config.SQL, table warehouse.Table, id *config.Identity, who *somebody, asOf time.Time) (*render.ConditionView, error) {
	text := sql.Render(func(a addr.Address) string { return a.String() })
	whole := warehouse.Condition{Text: text.Value}
	if s, ok := e.p.an.(warehouse.Splitter); ok {
		whole = s.Split(e.ctx, text.Value)
	}
	profile, err := e.profile(who)
	if err != nil {
		return nil, err
	}
	w := &weighing{e: e, text: text, columns: table.Columns, id: id, profile: profile}
	out := w.add(whole)
	rows, err := statements.Rows(e.ctx, e.store, "explain_conditions", map[string]any{
		"Conditions": w.all, "From": table.Was(), "ID": id.IDColumn(), "Customer": who.customer, "AsOf": asOf,
	})
	if err != nil || len(rows) == 0 {
		return out, err
	}
	for i, c := range w.all {
		if b, ok := rows[0][i].(bool); ok {
			c.view.Result = &b
		}
	}
	return out, nil
}

type weighing struct {
	e       *explaining
	text    diag.Text
	columns []schema.Column
	id      *config.Identity
	profile map[string]any
	all     []weighed
}

// add analyses a condition and its parts.
func (w *weighing) add(c warehouse.Condition) *render.ConditionView {
	at := w.text.At(c.Offset, len(c.Text))
	out := &render.ConditionView{SQL: strings.Join(strings.Fields(c.Text), " "), Op: c.Op, Range: &at}
	a, problems := w.e.p.an.Analyze(w.e.ctx, warehouse.Query{
		Text: diag.Text{Value: c.Text, Range: w.text.Range}, Scope: []warehouse.Scope{{Columns: w.columns}}, Want: &schema.Type{Kind: schema.Bool},
	})
	if len(problems) > 0 {
		return out // the whole was checked: it is a part that does not stand alone, and stays without a result
	}
	w.all = append(w.all, weighed{fmt.Sprintf("c%d", len(w.all)), a.SQL, out})
	if c.Op == "" {
		for _, name := range a.Uses {
			out.Values = append(out.Values, w.e.column(w.id, name, w.profile))
		}
	}
	parts := make([]*render.ConditionView, len(c.Parts))
	for i, p := range c.Parts {
		parts[i] = w.add(p)
	}
	// The views are filled by their pointers, so parts are pointers until the end.
	out.Parts = parts
	return out
}
