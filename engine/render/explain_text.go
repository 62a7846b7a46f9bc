package render

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
)

// Explanation prints what `cdp explain` found, for people. masked hides personal values.
func Explanation(w io.Writer, s Style, view any, masked bool) {
	t := &explainText{w: w, s: s, m: mask(masked)}
	switch v := view.(type) {
	case *CustomerView:
		t.customer(v)
	case *MembershipView:
		t.membership(v)
	case *DeliveryView:
		t.delivery(v)
	case *PairView:
		t.pair(v)
	}
	if masked {
		fmt.Fprintf(w, "\n%s", s.wrap("", s.dim("Personal values are masked where nobody looks; --samples shows them.")))
	}
}

// explainText writes lines that fit the terminal.
type explainText struct {
	w io.Writer
	s Style
	m mask
}

// entry is a line: a name, and what is to be said of it.
type entry struct{ name, text string }

// title is the first line: what was asked, and at the right where in the code.
func (t *explainText) title(left string, at *diag.Range) {
	where := place(at)
	if gap := t.s.Width - width(left) - width(where); where != "" && gap >= 2 {
		fmt.Fprintln(t.w, t.s.bold(left)+strings.Repeat(" ", gap)+t.s.dim(where))
		return
	}
	fmt.Fprint(t.w, t.s.wrap("", t.s.bold(left)))
	if where != "" {
		fmt.Fprintln(t.w, "  "+t.s.dim(where))
	}
}

func place(at *diag.Range) string {
	if at == nil || at.File == "" {
		return ""
	}
	return fmt.Sprintf("%s:%d", at.File, at.Start.Line)
}

func (t *explainText) heading(text string) { fmt.Fprintf(t.w, "\n%s\n", t.s.bold(text)) }

func (t *explainText) notes(list []string) {
	for _, n := range list {
		fmt.Fprint(t.w, t.s.wrap("  ", t.s.yellow("note")+": "+t.m.text(n)))
	}
}

// widest is how wide the names of a list may be before their texts go to a line of their own.
const widest = 30

// list prints entries, names under names and texts under texts; a long text goes on under itself.
func (t *explainText) list(indent int, entries []entry) {
	longest := 0
	for _, e := range entries {
		if w := width(e.name); w <= widest {
			longest = max(longest, w)
		}
	}
	space := strings.Repeat(" ", indent)
	for _, e := range entries {
		if e.text == "" {
			fmt.Fprintln(t.w, space+e.name)
			continue
		}
		body := t.s.wrap(strings.Repeat(" ", indent+longest+2), e.text)
		if width(e.name) > longest {
			fmt.Fprint(t.w, space+e.name+"\n"+body)
			continue
		}
		fmt.Fprint(t.w, space+pad(e.name, longest)+"  "+strings.TrimLeft(body, " "))
	}
}

func stamp(at *time.Time) string {
	if at == nil {
		return ""
	}
	return at.UTC().Format("2006-01-02 15:04:05Z")
}

// plainValue writes a value as people read it.
func plainValue(v any) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case string:
		return printable(v)
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.UTC().Format("2006-01-02")
		}
		return v.UTC().Format("2006-01-02 15:04:05")
	case json.RawMessage:
		return printable(string(v))
	case []byte:
		return printable(string(v))
	}
	return printable(fmt.Sprint(v))
}

// joined puts together what is not empty.
func joined(sep string, parts ...string) string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return strings.Join(out, sep)
}

func (t *explainText) customer(v *CustomerView) {
	asked := ""
	if v.Asked != v.CustomerID {
		asked = "   " + t.m.text(v.Asked)
	}
	t.title(v.CustomerID+"   "+v.Identity+asked, nil)
	t.notes(v.Notes)
	t.heading("profile")
	var entries []entry
	for _, one := range v.Values {
		entries = append(entries, entry{one.Column, joined("   ", t.m.value(one), t.s.dim(t.provenance(one)))})
	}
	t.list(2, entries)
	t.customerRecords(v)
	if len(v.History) > 0 {
		t.heading("history")
		t.history(v.History, v.CustomerID)
	}
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
	return joined(", ", strings.ReplaceAll(v.Pick, "_", " "), "from "+t.m.text(v.Record), stamp(v.UpdatedAt))
}

func (t *explainText) customerRecords(v *CustomerView) {
	t.heading(fmt.Sprintf("records   %s", number(v.Count)))
	var entries []entry
	for _, r := range v.Records {
		entries = append(entries, entry{t.m.text(r.Record), t.s.dim(r.Stream)})
	}
	t.list(2, entries)
	if more := v.Count - int64(len(v.Records)); more > 0 {
		fmt.Fprintf(t.w, "  and %s more\n", number(more))
	}
	if len(v.Identifiers) == 0 {
		return
	}
	t.heading("identifiers")
	entries = nil
	for _, i := range v.Identifiers {
		text := t.m.text(i.Value) + "   " + plural(i.Records, "record")
		if i.Shared {
			text += ", other customers have it too"
		}
		entries = append(entries, entry{i.Identifier, text})
	}
	t.list(2, entries)
}

func (t *explainText) history(list []HistoryView, of string) {
	var entries []entry
	for _, h := range list {
		entries = append(entries, entry{stamp(&h.At), joined(", ", event(h, of), t.m.text(h.Reason))})
	}
	t.list(2, entries)
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
		var entries []entry
		for _, g := range v.Segments {
			entries = append(entries, entry{g.Segment, standing(g)})
		}
		t.list(2, entries)
	}
	if len(v.Syncs) == 0 {
		return
	}
	t.heading("syncs")
	var entries []entry
	for _, y := range v.Syncs {
		status := y.Status
		if y.Held && status != "delivered" {
			status += ", an earlier state is held"
		}
		entries = append(entries, entry{y.Sync, joined("   ", status, stamp(y.At), t.m.text(joined(" ", y.Code, y.Message)), t.s.dim(t.m.text(shortKey(y.Key))))})
	}
	t.list(2, entries)
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
	const most = 60
	if width(key) <= most {
		return key
	}
	return clip(key)
}

func (t *explainText) membership(v *MembershipView) {
	is := "is not in "
	if v.Member {
		is = "is in "
	}
	t.title(v.CustomerID+" "+is+v.Segment, v.Range)
	switch {
	case v.Member:
		fmt.Fprintf(t.w, "  since %s\n", stamp(v.Since))
	case v.Since != nil:
		fmt.Fprintf(t.w, "  left at %s\n", stamp(v.Since))
	}
	t.notes(v.Notes)
	if v.Where != nil {
		t.heading("where   as of " + v.AsOf.UTC().Format(time.RFC3339))
		t.condition(2, v.Where)
	}
	for _, part := range []struct {
		name string
		list []SegmentView
		good bool
	}{{"include", v.Include, true}, {"exclude", v.Exclude, false}} {
		if len(part.list) == 0 {
			continue
		}
		t.heading(part.name)
		var entries []entry
		for _, g := range part.list {
			yes := g.Member == part.good
			entries = append(entries, entry{t.sign(&yes) + " " + g.Segment, standing(g)})
		}
		t.list(2, entries)
	}
	if v.Share > 0 {
		side := "not held out"
		if v.Holdout {
			side = "held out: never sent anywhere, to see what sending is worth"
		}
		if v.Member {
			t.heading("holdout")
			t.list(2, []entry{{ratio(v.Share), side}})
		}
	}
	if len(v.History) > 0 {
		t.heading("history")
		t.history(v.History, v.CustomerID)
	}
}

func (t *explainText) sign(result *bool) string {
	switch {
	case result == nil:
		return t.s.yellow("?")
	case *result:
		return t.s.green("✓")
	}
	return t.s.red("✗")
}

// condition prints a condition with what it gives: its parts under it, the values it reads beside it.
func (t *explainText) condition(indent int, c *ConditionView) {
	if len(c.Parts) > 0 {
		word := map[string]string{"and": "all of", "or": "any of"}[c.Op]
		fmt.Fprintln(t.w, strings.Repeat(" ", indent)+t.sign(c.Result)+" "+word)
		for _, p := range c.Parts {
			t.condition(indent+4, p)
		}
		return
	}
	var values []string
	for _, v := range c.Values {
		values = append(values, v.Column+" = "+t.m.value(v))
	}
	text := strings.Join(values, ", ")
	if c.Result == nil && text != "" {
		text += ": a value is missing, which counts as no"
	}
	hang := strings.Repeat(" ", indent+2)
	if line := hang + c.SQL + "   " + text; width(line) <= t.s.Width {
		fmt.Fprintln(t.w, strings.Repeat(" ", indent)+t.sign(c.Result)+" "+c.SQL+"   "+t.s.dim(text))
		return
	}
	fmt.Fprint(t.w, strings.Repeat(" ", indent)+t.sign(c.Result)+" "+strings.TrimLeft(t.s.wrap(hang, c.SQL), " "))
	if text != "" {
		fmt.Fprint(t.w, t.s.wrap(hang+"  ", text))
	}
}

func (t *explainText) delivery(v *DeliveryView) {
	t.title(joined("   ", v.CustomerID, v.Sync, v.Verdict), v.Range)
	fmt.Fprintf(t.w, "  to %s, object %s, mode %s\n", v.Destination, v.Object, v.Mode)
	t.notes(v.Notes)
	if len(v.Why)+len(v.Rows) > 0 || v.Where != nil {
		t.heading("why")
	}
	for _, w := range v.Why {
		fmt.Fprint(t.w, t.s.wrap("  ", w))
	}
	if v.Where != nil {
		t.condition(2, v.Where)
	}
	for _, r := range v.Rows {
		t.delivered(r)
	}
}

func (t *explainText) delivered(r DeliveredRow) {
	t.heading("record " + t.m.text(shortKey(r.Key)))
	var entries []entry
	add := func(name, text string) {
		if text != "" {
			entries = append(entries, entry{name, text})
		}
	}
	add("invalid", t.m.text(r.Problem))
	if r.Held {
		add("the tool", joined(" ", "holds it", since(r.Since)))
	} else {
		add("the tool", "holds nothing of ours under this key")
	}
	if r.Status != "" {
		add("last", joined(", ", r.Operation, r.Status, stamp(r.At), attempts(r.Attempts)))
	}
	add("it said", t.m.text(joined(" ", r.Code, r.Message)))
	add("next", r.Next)
	var fields []string
	for _, f := range r.Fields {
		fields = append(fields, f.Column+" = "+t.m.value(f))
	}
	add("wanted", strings.Join(fields, ", "))
	for i, x := range r.Receipts {
		name := ""
		if i == 0 {
			name = "receipts"
		}
		entries = append(entries, entry{name, joined(", ", stamp(&x.At), x.Operation, x.Outcome, t.m.text(joined(" ", x.Code, x.Message)), x.Evidence)})
	}
	t.list(2, entries)
}

func since(at *time.Time) string {
	if at == nil {
		return ""
	}
	return "since " + stamp(at)
}

func attempts(n int64) string {
	if n < 2 {
		return ""
	}
	return plural(n, "attempt")
}

func (t *explainText) pair(v *PairView) {
	left, right := t.m.text(v.Left.Asked), t.m.text(v.Right.Asked)
	if v.Same {
		t.title(left+" and "+right+" are one customer", nil)
		fmt.Fprintf(t.w, "  %s, %s\n", v.Left.CustomerID, plural(v.Left.Records, "record"))
	} else {
		t.title(left+" and "+right+" are two customers", nil)
		fmt.Fprintf(t.w, "  %s, %s\n  %s, %s\n", v.Left.CustomerID, plural(v.Left.Records, "record"), v.Right.CustomerID, plural(v.Right.Records, "record"))
	}
	t.notes(v.Notes)
	if len(v.Path) > 0 {
		t.heading(map[bool]string{true: "what joins them", false: "what comes nearest to joining them"}[v.Same])
		for _, h := range v.Path {
			t.hop(h)
		}
	}
	t.pairTables(v)
}

// hop prints a record and the link to the next.
func (t *explainText) hop(h HopView) {
	fmt.Fprintln(t.w, joined("   ", "  "+t.m.text(h.Record), t.s.dim(stamp(h.At))))
	if h.Rule == "" {
		return
	}
	sign := t.s.green("│")
	if h.Refused != nil {
		sign = t.s.red("╳")
	}
	left := "    " + sign + " " + strings.Join(h.On, ", ") + " " + t.m.text(h.Value)
	plain := "      " + strings.Join(h.On, ", ") + " " + t.m.text(h.Value)
	right := "rule " + h.Rule + "  " + place(h.Range)
	if gap := t.s.Width - width(plain) - width(right); gap >= 2 {
		fmt.Fprintln(t.w, left+strings.Repeat(" ", gap)+t.s.dim(right))
	} else {
		fmt.Fprintln(t.w, left+"\n        "+t.s.dim(right))
	}
	if h.Refused != nil {
		fmt.Fprint(t.w, t.s.wrap("      ", joined("  ", t.s.red("refused")+": "+t.m.text(h.Refused.Reason), place(h.Refused.Range))))
	}
}

func (t *explainText) pairTables(v *PairView) {
	if len(v.Shared) > 0 {
		t.heading("values both have")
		var entries []entry
		for _, i := range v.Shared {
			entries = append(entries, entry{i.Identifier, t.m.text(i.Value) + "   " + plural(i.Records, "record")})
		}
		t.list(2, entries)
	}
	if len(v.Rejections) > 0 {
		t.heading("links that the last run cut")
		var entries []entry
		for _, r := range v.Rejections {
			entries = append(entries, entry{r.Rule, joined("   ", joined(" ", r.Identifier, t.m.text(r.Value)), r.Reason, t.m.text(r.Evidence), t.s.dim(place(r.Range)))})
		}
		t.list(2, entries)
	}
	if len(v.History) > 0 {
		t.heading("history")
		t.history(v.History, v.Left.CustomerID)
	}
}
