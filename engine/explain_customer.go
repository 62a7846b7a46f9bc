package engine

import (
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/state"
)

// listed is how many records of one customer are listed.
const listed = 200

// customer tells all that is known of one customer.
func (e *explaining) customer(who *somebody) (*render.CustomerView, error) {
	view := &render.CustomerView{Type: "customer", Identity: who.id.Addr.String(), CustomerID: who.customer, Asked: who.asked, Notes: append([]string{}, who.notes...)}
	view.Notes = append(view.Notes, e.changed(who.id.Block)...)
	for _, step := range []func(*somebody, *render.CustomerView) error{e.values, e.records, e.identifiers, e.history, e.segments, e.syncs} {
		if err := step(who, view); err != nil {
			return nil, err
		}
	}
	return view, nil
}

func (e *explaining) values(who *somebody, view *render.CustomerView) error {
	prof := e.compiled.Profiles[who.id.Addr.String()]
	profile, err := e.profile(who)
	if err != nil {
		return err
	}
	rows, err := e.find(search{From: prof.Provenance.Was(), Match: []match{{who.id.IDColumn(), who.customer}}, Order: []string{"attribute"}})
	if err != nil {
		return err
	}
	from := map[string]map[string]any{}
	for _, r := range rows {
		from[textOf(r, "attribute")] = r
	}
	view.Values = []render.ValueView{}
	for _, c := range prof.Table.Columns {
		if c.Name == who.id.IDColumn() {
			continue
		}
		v := e.column(who.id, c.Name, profile)
		if r := from[c.Name]; r != nil {
			v.Pick, v.UpdatedAt = textOf(r, "pick"), timeOf(r, "updated_at")
			if textOf(r, "input") != "" {
				v.Record = textOf(r, "input") + ":" + textOf(r, "record_key")
			}
		}
		view.Values = append(view.Values, v)
	}
	return nil
}

// profile is the customer's row.
func (e *explaining) profile(who *somebody) (map[string]any, error) {
	rows, err := e.find(search{From: e.compiled.Profiles[who.id.Addr.String()].Table.Was(), Match: []match{{who.id.IDColumn(), who.customer}}, Order: []string{who.id.IDColumn()}})
	if err != nil || len(rows) == 0 {
		return map[string]any{}, err
	}
	return rows[0], nil
}

// column is a column of the profile: its value, what kind it is, and where it is declared.
func (e *explaining) column(id *config.Identity, name string, profile map[string]any) render.ValueView {
	v := render.ValueView{Column: name, Value: profile[name], Kind: "attribute", Personal: true}
	for _, one := range id.Identifiers {
		if one.Name == name {
			v.Kind, v.Range = "identifier", &one.Range
			v.Personal = one.Normalize != "" && one.Normalize != "id"
		}
	}
	for _, a := range id.Attributes {
		if a.Name == name {
			v.Range = &a.Range
		}
	}
	for _, t := range e.p.config.Traits {
		if t.Of.Addr == id.Addr && t.Addr.Ident() == name {
			v.Kind, v.Range, v.Personal = "trait", &t.Range, false
		}
	}
	return v
}

func (e *explaining) records(who *somebody, view *render.CustomerView) error {
	s := search{From: e.tables(who.id).Members.Was(), Match: []match{{who.id.IDColumn(), who.customer}}, Order: []string{"input", "record_key"}, Most: listed}
	var err error
	if view.Count, err = e.count(s); err != nil {
		return err
	}
	rows, err := e.find(s)
	view.Records = []render.RecordView{}
	for _, r := range rows {
		one := render.RecordView{Record: textOf(r, "input") + ":" + textOf(r, "record_key")}
		if at := slices.IndexFunc(who.id.Inputs, func(in *config.Input) bool { return in.Name == textOf(r, "input") }); at >= 0 {
			one.Stream = who.id.Inputs[at].Stream.Addr.String()
		}
		view.Records = append(view.Records, one)
	}
	return err
}

func (e *explaining) identifiers(who *somebody, view *render.CustomerView) error {
	rows, err := e.find(search{From: e.tables(who.id).Identifiers.Was(), Match: []match{{who.id.IDColumn(), who.customer}}, Order: []string{"identifier", "value"}})
	view.Identifiers = []render.IdentifierView{}
	for _, one := range who.id.Identifiers { // in their order, which is their priority
		for _, r := range rows {
			if textOf(r, "identifier") == one.Name {
				view.Identifiers = append(view.Identifiers, render.IdentifierView{Identifier: one.Name, Value: textOf(r, "value"), Records: intOf(r, "records"), Shared: r["shared"] == true})
			}
		}
	}
	return err
}

// history is what happened to the customer's id, the oldest first.
func (e *explaining) history(who *somebody, view *render.CustomerView) error {
	table, column := e.tables(who.id).History.Was(), who.id.IDColumn()
	view.History = []render.HistoryView{}
	for _, side := range []string{column, "other_id"} {
		rows, err := e.find(search{From: table, Match: []match{{side, who.customer}}, Order: []string{"happened_at"}})
		if err != nil {
			return err
		}
		for _, r := range rows {
			view.History = append(view.History, happened(r, column))
		}
	}
	slices.SortStableFunc(view.History, func(a, b render.HistoryView) int { return a.At.Compare(b.At) })
	return nil
}

func happened(r map[string]any, column string) render.HistoryView {
	h := render.HistoryView{Event: textOf(r, "event"), RunID: textOf(r, "run_id"), ID: textOf(r, column), Other: textOf(r, "other_id"), Reason: textOf(r, "reason")}
	h.At, _ = r["happened_at"].(time.Time)
	return h
}

func (e *explaining) segments(who *somebody, view *render.CustomerView) error {
	view.Segments = []render.SegmentView{}
	for _, s := range e.p.config.Segments {
		if s.Of.Addr != who.id.Addr {
			continue
		}
		one, err := e.standing(who, s)
		if err != nil {
			return err
		}
		view.Segments = append(view.Segments, one)
	}
	return nil
}

// standing is how a customer stands to a segment, as it was published.
func (e *explaining) standing(who *somebody, s *config.Segment) (render.SegmentView, error) {
	members, history := segment.Tables(who.id)
	at := []match{{"segment", s.Addr.Ident()}, {who.id.IDColumn(), who.customer}}
	out := render.SegmentView{Segment: s.Addr.String()}
	rows, err := e.find(search{From: members.Was(), Match: at, Order: []string{"segment"}})
	if err != nil {
		return out, err
	}
	if len(rows) > 0 {
		out.Member, out.Holdout, out.Since = true, rows[0]["holdout"] == true, timeOf(rows[0], "entered_at")
		return out, nil
	}
	rows, err = e.find(search{From: history.Was(), Match: append(at, match{"event", "left"}), Order: []string{"happened_at"}, Newest: true, Most: 1})
	if len(rows) > 0 {
		out.Since = timeOf(rows[0], "happened_at")
	}
	return out, err
}

// syncs is what each tool is known to hold of a customer.
func (e *explaining) syncs(who *somebody, view *render.CustomerView) error {
	view.Syncs = []render.SyncView{}
	for _, y := range e.p.config.Syncs {
		if y.Identity != who.id.Addr {
			continue
		}
		rows, err := e.find(search{From: state.Ledger.Was(), Match: []match{{"sync", y.Addr.Ident()}, {"customer_id", who.customer}}, Order: []string{"key"}})
		if err != nil {
			return err
		}
		for _, r := range rows {
			view.Syncs = append(view.Syncs, render.SyncView{
				Sync: y.Addr.String(), Key: textOf(r, "key"), Status: textOf(r, "status"), Held: r["held"] != nil, Operation: textOf(r, "operation"),
				Code: textOf(r, "code"), Message: textOf(r, "message"), At: timeOf(r, "last_at"),
			})
		}
		if len(rows) == 0 {
			view.Syncs = append(view.Syncs, render.SyncView{Sync: y.Addr.String(), Status: e.unsent(y, view)})
		}
	}
	return nil
}

// unsent says why nothing was sent, as far as that is known without computing the sync.
func (e *explaining) unsent(y *config.Sync, view *render.CustomerView) string {
	for _, s := range view.Segments {
		switch {
		case s.Segment != y.From.Addr.String():
		case !s.Member:
			return "not a member"
		case s.Holdout && y.Holdouts != "include":
			return "held out"
		}
	}
	return "nothing sent"
}
