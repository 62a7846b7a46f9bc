package render

import (
	"fmt"
	"strings"

	"github.com/mattn/go-runewidth"
)

func (t *explainText) customer(v *CustomerView) {
	asked := ""
	if v.Asked != v.CustomerID {
		asked = "   " + t.m.text(v.Asked)
	}
	t.title(v.CustomerID+"   "+v.Identity+asked, nil)
	t.notes(v.Notes)
	t.heading("profile")
	var rows []row
	for _, one := range v.Values {
		rows = append(rows, row{one.Column, t.m.value(one), t.provenance(one)})
	}
	t.list(2, rows, true)
	t.customerRecords(v)
	t.history(v.History, v.CustomerID)
	t.customerAudiences(v)
}

// provenance says where a value came from.
func (t *explainText) provenance(v ValueView) string {
	switch {
	case v.Kind == "trait":
		return joined(", ", "trait", place(v.Range))
	case v.Value == nil:
		return ""
	case v.Record == "":
		return strings.ReplaceAll(v.Pick, "_", " ")
	}
	day := ""
	if v.UpdatedAt != nil {
		day = v.UpdatedAt.UTC().Format("2006-01-02")
	}
	return joined(", ", joined(" ", t.m.text(v.Record), day), strings.ReplaceAll(v.Pick, "_", " "))
}

func (t *explainText) customerRecords(v *CustomerView) {
	t.heading(fmt.Sprintf("records   %s", number(v.Count)))
	var rows []row
	for from := 0; from < len(v.Records); {
		input, _, _ := strings.Cut(v.Records[from].Record, ":")
		to := from
		var keys []string
		for ; to < len(v.Records) && strings.HasPrefix(v.Records[to].Record, input+":"); to++ {
			if len(keys) < shownKeys {
				keys = append(keys, t.m.text(strings.TrimPrefix(v.Records[to].Record, input+":")))
			}
		}
		text := strings.Join(keys, ", ")
		if to-from > len(keys) {
			text += fmt.Sprintf(" and %s more", number(int64(to-from-len(keys))))
		}
		rows = append(rows, row{input, v.Records[from].Stream, text})
		from = to
	}
	if more := v.Count - int64(len(v.Records)); more > 0 {
		rows = append(rows, row{"…", "", plural(more, "record") + " more"})
	}
	t.list(2, rows, false)
	if len(v.Identifiers) == 0 {
		return
	}
	t.heading("identifiers")
	rows = nil
	for _, i := range v.Identifiers {
		text := plural(i.Records, "record")
		if i.Shared {
			text += ", other customers have it too"
		}
		rows = append(rows, row{i.Identifier, t.m.text(i.Value), text})
	}
	t.list(2, rows, true)
}

// history tells what happened, as seen by one customer; nothing, if nothing did.
func (t *explainText) history(list []HistoryView, of string) {
	if len(list) == 0 {
		return
	}
	t.heading("history")
	var rows []row
	for _, h := range list {
		rows = append(rows, row{stamp(&h.At), joined(": ", event(h, of), t.m.text(h.Reason))})
	}
	t.list(2, rows, false)
}

// event says what happened, as seen by one customer.
func event(h HistoryView, of string) string {
	switch {
	case h.Other == "" || h.ID == "":
		return h.Event
	case h.Event == "merged" && h.Other == of:
		return h.ID + " was merged into this one"
	case h.Event == "merged":
		return h.ID + " was merged into " + h.Other
	case h.Event == "split" && h.ID == of:
		return h.Other + " was split off"
	case h.Event == "split" && h.Other == of:
		return "split off " + h.ID
	case h.Event == "split":
		return h.Other + " was split off " + h.ID
	case h.ID != of:
		return h.ID + " " + h.Event + " from this one"
	}
	return h.Event + " from " + h.Other
}

func (t *explainText) customerAudiences(v *CustomerView) {
	if len(v.Segments) > 0 {
		t.heading("segments")
		var rows []row
		for _, g := range v.Segments {
			rows = append(rows, row{g.Segment, standing(g)})
		}
		t.list(2, rows, false)
	}
	if len(v.Syncs) == 0 {
		return
	}
	t.heading("syncs")
	var rows []row
	for _, y := range v.Syncs {
		status := y.Status
		if y.Held && status != "delivered" {
			status += " (the tool holds an earlier state)"
		}
		rows = append(rows, row{y.Sync, joined(" ", status, stamp(y.At)) + prefixed(": ", t.m.text(joined(" ", y.Code, y.Message)))})
		if y.Key != "" {
			rows = append(rows, row{"", "key " + t.m.text(shortKey(y.Key))})
		}
	}
	t.list(2, rows, false)
}

func prefixed(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}

// standing says how a customer stands to a segment.
func standing(g SegmentView) string {
	switch {
	case g.Member && g.Holdout:
		return joined(" ", "member, held out,", "since "+stamp(g.Since))
	case g.Member:
		return joined(" ", "member", "since "+stamp(g.Since))
	case g.Since != nil:
		return "left at " + stamp(g.Since)
	}
	return "no member"
}

// shortKey shortens a digest in a key, which nobody reads.
func shortKey(key string) string {
	const most = 52
	if width(key) <= most {
		return key
	}
	return runewidth.Truncate(key, most, "…")
}
