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
		fmt.Fprintln(w, "\nPersonal values are masked where nobody looks; --samples shows them.")
	}
}

// explainText writes lines that fit the terminal.
type explainText struct {
	w io.Writer
	s Style
	m mask
}

// row is a line of a list: cells that stand under one another, the last of which may go on under itself.
type row []string

// title is the first line: what was asked, and at the right where in the code.
func (t *explainText) title(left string, at *diag.Range) {
	where := place(at)
	if gap := t.s.Width - width(left) - width(where); where != "" && gap >= 2 {
		fmt.Fprintln(t.w, t.s.bold(left)+strings.Repeat(" ", gap)+t.s.dim(where))
		return
	}
	lines := []string{left}
	if width(left) > t.s.Width {
		lines = strings.Split(strings.TrimRight(t.s.wrap("", left), "\n"), "\n")
	}
	for _, line := range lines {
		fmt.Fprintln(t.w, t.s.bold(line))
	}
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
		fmt.Fprint(t.w, t.s.wrap("  ", "note: "+t.m.text(n)))
	}
}

// widest is how wide a column of a list may be; a cell that is wider stands on a line of its own.
const widest = 30

// list prints rows, their columns under one another. faint: the last column matters less.
func (t *explainText) list(indent int, rows []row, faint bool) {
	widths := t.widths(indent, rows)
	for _, r := range rows {
		line, at := strings.Repeat(" ", indent), indent
		for i, cell := range r[:len(r)-1] {
			line += pad(cell, widths[i]) + "  "
			at += widths[i] + 2
			if width(cell) > widths[i] && i < len(r)-2 {
				line = strings.TrimRight(line, " ") + "\n" + strings.Repeat(" ", at)
			}
		}
		last := r[len(r)-1]
		if last == "" || width(lastLine(line)) > at {
			line = strings.TrimRight(line, " ")
			fmt.Fprintln(t.w, line)
			line = strings.Repeat(" ", at)
		}
		if last == "" {
			continue
		}
		for n, text := range strings.Split(strings.TrimRight(t.s.wrap(strings.Repeat(" ", at), last), "\n"), "\n") {
			text = text[at:]
			if faint {
				text = t.s.dim(text)
			}
			if n > 0 {
				line = strings.Repeat(" ", at)
			}
			fmt.Fprintln(t.w, line+text)
		}
	}
}

func lastLine(text string) string { return text[strings.LastIndex(text, "\n")+1:] }

// widths are those of all columns but the last. They leave the last one half of the terminal.
func (t *explainText) widths(indent int, rows []row) []int {
	var out []int
	room := t.s.Width/2 - indent
	for i := 0; ; i++ {
		longest, any := 0, false
		for _, r := range rows {
			if i < len(r)-1 {
				any = true
				if w := width(r[i]); w <= min(widest, max(room, 12)) {
					longest = max(longest, w)
				}
			}
		}
		if !any {
			return out
		}
		out = append(out, longest)
		room -= longest + 2
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

// shownKeys is how many records of one input are named.
const shownKeys = 6

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
		for _, g := range part.list {
			yes := g.Member == part.good
			fmt.Fprintf(t.w, "  %s %s   %s\n", t.sign(&yes), g.Segment, t.s.dim(standing(g)))
		}
	}
	if v.Share > 0 {
		side := "not held out"
		if v.Holdout {
			side = "held out: never sent anywhere, to see what sending is worth"
		}
		if v.Member {
			t.heading("holdout")
			t.list(2, []row{{ratio(v.Share), side}}, false)
		}
	}
	t.history(v.History, v.CustomerID)
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
	text := t.values(c.Values)
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

// values are columns with what they are, on one line.
func (t *explainText) values(list []ValueView) string {
	var out []string
	for _, v := range list {
		out = append(out, v.Column+" = "+t.m.value(v))
	}
	return strings.Join(out, ", ")
}

func (t *explainText) delivery(v *DeliveryView) {
	t.title(joined("   ", v.CustomerID, v.Sync, v.Verdict), v.Range)
	fmt.Fprintf(t.w, "  to %s, object %s, mode %s\n", v.Destination, v.Object, v.Mode)
	t.notes(v.Notes)
	if len(v.Why) > 0 || v.Where != nil {
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
	var rows []row
	add := func(name, text string) {
		if text != "" {
			rows = append(rows, row{name, text})
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
	add("wanted", t.values(r.Fields))
	for i, x := range r.Receipts {
		name := ""
		if i == 0 {
			name = "receipts"
		}
		rows = append(rows, row{name, joined(", ", stamp(&x.At), x.Operation, x.Outcome, t.m.text(joined(" ", x.Code, x.Message)), x.Evidence)})
	}
	t.list(2, rows, false)
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
	sign := "│"
	if h.Refused != nil {
		sign = "╳"
	}
	t.between(4, sign+" "+strings.Join(h.On, ", ")+" "+t.m.text(h.Value), joined("  ", "rule "+h.Rule, place(h.Range)))
	if h.Refused != nil {
		fmt.Fprint(t.w, t.s.wrap("      ", "refused: "+t.m.text(h.Refused.Reason)+prefixed(", ", place(h.Refused.Range))))
	}
}

func (t *explainText) pairTables(v *PairView) {
	if len(v.Shared) > 0 {
		t.heading("values both have")
		var rows []row
		for _, i := range v.Shared {
			rows = append(rows, row{i.Identifier, t.m.text(i.Value), plural(i.Records, "record")})
		}
		t.list(2, rows, false)
	}
	if len(v.Rejections) > 0 {
		t.heading("links that the last run cut")
		for _, r := range v.Rejections {
			t.between(2, joined(" ", r.Identifier, t.m.text(r.Value)), joined("  ", "rule "+r.Rule, place(r.Range)))
			fmt.Fprint(t.w, t.s.wrap("    ", r.Reason+prefixed("; ", t.m.text(r.Evidence))))
		}
	}
	t.history(v.History, v.Left.CustomerID)
}

// between prints a text at the left and one at the right; if there is no room for both, one under the other.
func (t *explainText) between(indent int, left, right string) {
	space := strings.Repeat(" ", indent)
	if gap := t.s.Width - indent - width(left) - width(right); gap >= 2 {
		fmt.Fprintln(t.w, space+left+strings.Repeat(" ", gap)+t.s.dim(right))
		return
	}
	fmt.Fprintln(t.w, space+left+"\n"+space+"  "+t.s.dim(right))
}
