package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// pair tells why two are one customer, or what stands between them.
func (e *explaining) pair(left, right *somebody) (any, diag.Diagnostics, error) {
	id := left.id
	view := &render.PairView{
		Type: "pair", Identity: id.Addr.String(), Same: left.customer == right.customer, Path: []render.HopView{}, Shared: []render.IdentifierView{},
		Rejections: []render.RejectionView{}, History: []render.HistoryView{}, Notes: append([]string{}, slices.Concat(left.notes, right.notes, e.changed(id.Block))...),
	}
	for _, side := range []struct {
		who  *somebody
		into *render.SideView
	}{{left, &view.Left}, {right, &view.Right}} {
		n, err := e.count(search{From: e.tables(id).Members.Was(), Match: []match{{id.IDColumn(), side.who.customer}}})
		if err != nil {
			return nil, nil, err
		}
		*side.into = render.SideView{Asked: side.who.asked, CustomerID: side.who.customer, Records: n}
	}
	if err := e.path(left, right, view); err != nil {
		return nil, nil, err
	}
	if err := e.shared(left, right, view); err != nil {
		return nil, nil, err
	}
	if err := e.rejections(id, view); err != nil {
		return nil, nil, err
	}
	return view, nil, e.common(left, right, view)
}

// path finds the links between the two.
func (e *explaining) path(left, right *somebody, view *render.PairView) error {
	spec := e.compiled.Identities[left.id.Addr.String()]
	env := identity.Env{Store: e.store, AsOf: e.asOf(left.id.Addr.String()), Touched: warehouse.Touched{All: true}}
	trace, err := identity.Explain(e.ctx, env, spec, slices.Compact([]string{left.customer, right.customer}))
	var many *identity.TooManyError
	if errors.As(err, &many) {
		view.Notes = append(view.Notes, "No path is shown: "+many.Error()+".")
		return nil
	}
	if err != nil {
		return err
	}
	from, err := e.standsFor(left, trace)
	if err != nil {
		return err
	}
	to, err := e.standsFor(right, trace)
	if err != nil {
		return err
	}
	way := newWays(trace)
	view.Path = way.view(way.find(from, to, view.Same))
	refused := slices.ContainsFunc(view.Path, func(h render.HopView) bool { return h.Refused != nil })
	switch {
	case trace.Partial:
		view.Notes = append(view.Notes, fmt.Sprintf("More than %d customers share values with these, directly or over others: of the links, only those among the first are compared.", len(trace.Customers)))
	case len(view.Path) > 0 && view.Same == refused:
		view.Notes = append(view.Notes, "What the code says of the data there is and what is published differ: records or rules have changed since. `cdp run` brings them together.")
	case len(view.Path) == 0 && !view.Same:
		view.Notes = append(view.Notes, "Nothing links them: no value of one is a value of the other, not over any number of other records either.")
	}
	return nil
}

// standsFor are the records that somebody is meant by: one, those with a value, or all of the customer's.
func (e *explaining) standsFor(who *somebody, t *identity.Trace) ([]int, error) {
	rows, err := e.find(search{From: e.tables(who.id).Members.Was(), Match: []match{{who.id.IDColumn(), who.customer}}, Order: []string{"input", "record_key"}, Most: 100_000})
	if err != nil {
		return nil, err
	}
	own := map[[2]string]bool{}
	for _, r := range rows {
		own[[2]string{textOf(r, "input"), textOf(r, "record_key")}] = true
	}
	var out []int
	for i, r := range t.Records {
		hasValue := slices.ContainsFunc(r.Values, func(v identity.TracedValue) bool { return v.Identifier == who.identifier && v.Value == who.value })
		switch {
		case !own[[2]string{r.Input, r.Key}]:
		case who.input != "" && (r.Input != who.input || r.Key != who.key):
		case who.identifier != "" && !hasValue:
		default:
			out = append(out, i)
		}
	}
	return out, nil
}

// ways is the graph of a trace: records, then values.
type ways struct {
	t     *identity.Trace
	edges [][]way // by node
}

// way is one end of a link. paid: the other end of it has cost already.
type way struct {
	to, link int
	paid     bool
}

func newWays(t *identity.Trace) *ways {
	w := &ways{t: t, edges: make([][]way, len(t.Records))}
	values := map[string]int{}
	for i, l := range t.Links {
		// A pair has a node of its own, so that a way over it is as long as one over a value.
		key := fmt.Sprint(i)
		if l.Other < 0 {
			key = strings.Join(l.On, "+") + "\x00" + l.Value
		}
		middle, ok := values[key]
		if !ok {
			middle = len(w.edges)
			values[key] = middle
			w.edges = append(w.edges, nil)
		}
		w.connect(l.Record, middle, i, false)
		if l.Other >= 0 {
			w.connect(middle, l.Other, i, true)
		}
	}
	return w
}

func (w *ways) connect(a, b, link int, paid bool) {
	w.edges[a] = append(w.edges[a], way{b, link, paid})
	w.edges[b] = append(w.edges[b], way{a, link, paid})
}

// step is how a node was reached.
type step struct{ from, link int }

// find is the strongest way between two sets of records. For one customer, only links that hold count, and a way is as
// strong as the rule that stands last in it: of the rules in order, as few as join the two are taken, then the shortest way.
// For two customers, the way with the fewest refused links is the one they nearly were one by.
func (w *ways) find(from, to []int, same bool) []way {
	tiers := 0
	for _, l := range w.t.Links {
		tiers = max(tiers, l.Tier)
	}
	if same {
		for tier := range tiers + 1 {
			if found := w.walk(from, to, func(l identity.Link) int { return cost(l.Refused == nil && l.Tier <= tier, 0) }); found != nil {
				return found
			}
		}
	}
	return w.walk(from, to, func(l identity.Link) int {
		if l.Refused != nil {
			return 1
		}
		return 0
	})
}

// cost is what a link costs; less than zero: it may not be taken.
func cost(may bool, n int) int {
	if !may {
		return -1
	}
	return n
}

// walk finds a way of least cost, then of fewest links. It looks at nodes in order, so that the same trace gives the same
// way.
func (w *ways) walk(from, to []int, price func(identity.Link) int) []way {
	type reached struct {
		cost int
		step
	}
	best := map[int]reached{}
	level := slices.Clone(from)
	for _, n := range from {
		best[n] = reached{step: step{-1, -1}}
	}
	for spent := 0; len(level) > 0; spent++ {
		var later []int
		for len(level) > 0 {
			var next []int
			for _, n := range level {
				if best[n].cost != spent {
					continue
				}
				if slices.Contains(to, n) {
					return w.back(n, func(n int) step { return best[n].step })
				}
				for _, e := range w.edges[n] {
					p := price(w.t.Links[e.link])
					if e.paid {
						p = min(p, 0)
					}
					if have, ok := best[e.to]; p < 0 || ok && have.cost <= spent+p {
						continue
					}
					best[e.to] = reached{spent + p, step{n, e.link}}
					if p == 0 {
						next = append(next, e.to)
					} else {
						later = append(later, e.to)
					}
				}
			}
			level = next
		}
		level = later
	}
	return nil
}

// back is the way that ends at a node: nodes, each with the link that leads on.
func (w *ways) back(end int, how func(int) step) []way {
	out := []way{{to: end, link: -1}}
	for s := how(end); s.from >= 0; s = how(s.from) {
		out = append(out, way{to: s.from, link: s.link})
	}
	slices.Reverse(out)
	return out
}

// view writes a way as records, each with what links it to the next. A value between two records is told with the link.
func (w *ways) view(path []way) []render.HopView {
	out := []render.HopView{}
	for _, p := range path {
		if p.to < len(w.t.Records) {
			r := w.t.Records[p.to]
			hop := render.HopView{Record: r.Input + ":" + r.Key}
			if !r.At.IsZero() {
				hop.At = &r.At
			}
			out = append(out, hop)
		}
		if p.link < 0 || len(out) == 0 {
			continue
		}
		l, hop := w.t.Links[p.link], &out[len(out)-1]
		at := l.Range
		hop.Rule, hop.On, hop.Value, hop.Range = l.Rule, l.On, l.Value, &at
		if r := l.Refused; r != nil {
			hop.Refused = refusalView(l)
		}
	}
	return out
}

func refusalView(l identity.Link) *render.RefusalView {
	r, at := l.Refused, l.Refused.Range
	if r.Unique == "" {
		return &render.RefusalView{Reason: fmt.Sprintf("the two records do not meet the condition of rule %s", l.Rule), Range: &at}
	}
	return &render.RefusalView{Reason: fmt.Sprintf("it would join %s %s and %s, and %s is unique", r.Unique, r.Left, r.Right, r.Unique), Unique: r.Unique, Left: r.Left, Right: r.Right, Range: &at}
}

// shared lists the values that two customers both have.
func (e *explaining) shared(left, right *somebody, view *render.PairView) error {
	if view.Same {
		return nil
	}
	var both [2]render.CustomerView
	for i, who := range []*somebody{left, right} {
		if err := e.identifiers(who, &both[i]); err != nil {
			return err
		}
	}
	for _, v := range both[0].Identifiers {
		at := slices.IndexFunc(both[1].Identifiers, func(o render.IdentifierView) bool { return o.Identifier == v.Identifier && o.Value == v.Value })
		if at >= 0 {
			v.Records += both[1].Identifiers[at].Records
			view.Shared = append(view.Shared, v)
		}
	}
	return nil
}

// rejections lists what the last run cut of the values that are told of.
func (e *explaining) rejections(id *config.Identity, view *render.PairView) error {
	if view.Same {
		return nil
	}
	var values []string
	for _, h := range view.Path {
		values = append(values, h.Value)
	}
	for _, v := range view.Shared {
		values = append(values, v.Value)
	}
	slices.Sort(values)
	for _, value := range slices.Compact(values) {
		if value == "" {
			continue
		}
		rows, err := e.find(search{From: e.tables(id).Rejections.Was(), Match: []match{{"value", value}}, Order: []string{"identifier", "rule", "reason"}, Most: 20})
		if err != nil {
			return err
		}
		for _, r := range rows {
			view.Rejections = append(view.Rejections, render.RejectionView{
				Identifier: textOf(r, "identifier"), Value: value, Rule: textOf(r, "rule"), Reason: textOf(r, "reason"), Records: intOf(r, "records"),
				Evidence: textOf(r, "evidence"), Range: e.ruleRange(id, textOf(r, "rule")),
			})
		}
	}
	return nil
}

// ruleRange is where a rule is declared.
func (e *explaining) ruleRange(id *config.Identity, name string) *diag.Range {
	for _, r := range e.compiled.Identities[id.Addr.String()].Rules {
		if r.Name == name {
			at := r.Range
			return &at
		}
	}
	return nil
}

// common is what happened between the two: merges into one, splits of one.
func (e *explaining) common(left, right *somebody, view *render.PairView) error {
	var all render.CustomerView
	if err := e.history(left, &all); err != nil {
		return err
	}
	between := []string{left.customer, right.customer, left.asked, right.asked}
	for _, h := range all.History {
		if h.Other == "" || h.Event == "created" {
			continue
		}
		if view.Same && h.Event == "merged" || slices.Contains(between, h.ID) && slices.Contains(between, h.Other) {
			view.History = append(view.History, h)
		}
	}
	slices.SortStableFunc(view.History, func(a, b render.HistoryView) int { return a.At.Compare(b.At) })
	return nil
}
