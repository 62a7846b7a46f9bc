package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/activation"
	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// receipts is how many of the last operations of a record are listed.
const receipts = 5

// What became of a record. One word each, the same in text and JSON.
const (
	sent     = "sent"      // the tool holds what is wanted
	outdated = "outdated"  // the tool holds something else, which the next run puts right
	waiting  = "waiting"   // the next run sends it first
	invalid  = "invalid"   // ours: it cannot be sent
	rejected = "rejected"  // theirs: the tool said no
	unknown  = "unknown"   // neither delivered nor refused
	pending  = "pending"   // not tried
	heldBack = "held back" // not wanted: no member, held out, or the sync's own condition
	leaving  = "leaving"   // not wanted, and still held: the next run takes it out
	kept     = "kept"      // not wanted, and held: the sync takes nothing back
	removed  = "removed"   // not wanted, and taken out
)

// delivery tells why a customer's record was sent to a tool, or not.
func (e *explaining) delivery(a addr.Address, what string) (any, diag.Diagnostics, error) {
	y := e.p.config.Syncs[slices.IndexFunc(e.p.config.Syncs, func(y *config.Sync) bool { return y.Addr == a })]
	spec := e.compiled.Syncs[a.String()]
	d := &delivered{explaining: e, sync: y, spec: spec, view: &render.DeliveryView{
		Type: "delivery", Sync: a.String(), Range: &y.Range, Destination: y.Destination.Addr.String(), Object: y.Object, Mode: y.Mode,
		Why: []string{}, Rows: []render.DeliveredRow{}, Notes: e.changed(y.Block),
	}}
	if d.view.Notes == nil {
		d.view.Notes = []string{}
	}
	if ds, err := d.whose(what); err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	for _, step := range []func() error{d.reasons, d.verdict} {
		if err := step(); err != nil {
			return nil, nil, err
		}
	}
	return d.view, nil, nil
}

type delivered struct {
	*explaining
	sync   *config.Sync
	spec   *activation.Spec
	who    *somebody // nil: rows of a model, which have no customers
	wanted []activation.Wanted
	ledger []map[string]any
	view   *render.DeliveryView
}

// whose finds the rows that are meant: those of a key of the tool, else those of a customer.
func (d *delivered) whose(what string) (diag.Diagnostics, error) {
	keys := d.spec.KeyOf(what)
	if len(d.spec.Key) > 1 {
		keys = d.spec.KeyOf(strings.Split(what, ",")...)
	}
	for _, key := range keys {
		rows, err := d.find(search{From: state.Ledger.Was(), Match: []match{{"sync", d.spec.Name}, {"key", key}}, Order: []string{"key"}})
		if err != nil {
			return nil, err
		}
		if len(rows) > 0 {
			return d.ofKey(key)
		}
	}
	var ds diag.Diagnostics
	if d.sync.Identity != (addr.Address{}) {
		id := d.p.config.Identities[slices.IndexFunc(d.p.config.Identities, func(id *config.Identity) bool { return id.Addr == d.sync.Identity })]
		who, more, err := d.among(id, what)
		if err != nil {
			return nil, err
		}
		if who != nil {
			return d.ofCustomer(who)
		}
		ds = more
	}
	for _, key := range keys {
		if more, err := d.ofKey(key); err != nil || more.HasErrors() || len(d.wanted) > 0 {
			return more, err
		}
	}
	if ds == nil {
		ds = one(diag.NewError("explain.unknown_key", "No such record", fmt.Sprintf("%s neither sends nor has sent a record with the key %q. Its key is %s; several values are separated by commas. cdp query \"select key from _cdp.ledger where sync = '%s' limit 10\" lists some.",
			d.view.Sync, what, strings.Join(keyNames(d.spec), ", "), d.spec.Name), nil))
	}
	return ds, nil
}

func keyNames(s *activation.Spec) []string {
	var out []string
	for _, c := range s.Key {
		out = append(out, c.Name)
	}
	return out
}

func (d *delivered) ofCustomer(who *somebody) (diag.Diagnostics, error) {
	d.who = who
	d.view.Notes = append(d.view.Notes, who.notes...)
	return d.read(who.customer, "", match{"customer_id", who.customer})
}

func (d *delivered) ofKey(key string) (diag.Diagnostics, error) {
	if ds, err := d.read("", key, match{"key", key}); err != nil || ds.HasErrors() {
		return ds, err
	}
	customer := ""
	for _, w := range d.wanted {
		customer = w.Customer
	}
	for _, r := range d.ledger {
		if customer == "" {
			customer = textOf(r, "customer_id")
		}
	}
	if customer == "" || d.sync.Identity == (addr.Address{}) {
		return nil, nil
	}
	for _, id := range d.p.config.Identities {
		if id.Addr == d.sync.Identity {
			d.who = &somebody{id: id, customer: customer, asked: key}
		}
	}
	return nil, nil
}

// read computes what is wanted and reads what the tool is known to hold.
func (d *delivered) read(customer, key string, of match) (diag.Diagnostics, error) {
	env := activation.Env{Store: d.store, AsOf: d.asOf(d.view.Sync), Touched: warehouse.Touched{All: true}}
	var ds diag.Diagnostics
	var err error
	if d.wanted, ds, err = activation.Explain(d.ctx, env, d.spec, customer, key); err != nil || ds.HasErrors() {
		return ds, err
	}
	d.ledger, err = d.find(search{From: state.Ledger.Was(), Match: []match{{"sync", d.spec.Name}, of}, Order: []string{"key"}})
	return nil, err
}

// reasons says whether the customer is somebody whom the sync wants at all.
func (d *delivered) reasons() error {
	v := d.view
	if d.who == nil {
		return nil
	}
	v.CustomerID = d.who.customer
	if d.sync.From.Addr.Type == "segment" {
		s := d.p.config.Segments[slices.IndexFunc(d.p.config.Segments, func(s *config.Segment) bool { return s.Addr == d.sync.From.Addr })]
		now, err := d.standing(d.who, s)
		if err != nil {
			return err
		}
		switch {
		case !now.Member && now.Since != nil:
			v.Why = append(v.Why, fmt.Sprintf("left %s at %s: cdp explain %s %s", s.Addr, clock(*now.Since), s.Addr, d.who.customer))
		case !now.Member:
			v.Why = append(v.Why, fmt.Sprintf("not a member of %s: cdp explain %s %s", s.Addr, s.Addr, d.who.customer))
		case now.Holdout && d.sync.Holdouts != "include":
			v.Why = append(v.Why, fmt.Sprintf("held out: on the side of %s's holdout that is never sent", s.Addr))
		default:
			v.Why = append(v.Why, fmt.Sprintf("member of %s since %s", s.Addr, clock(*now.Since)))
		}
	}
	if d.sync.Where.IsZero() {
		return nil
	}
	var err error
	v.Where, err = d.conditions(d.sync.Where, d.compiled.Profiles[d.who.id.Addr.String()].Table, d.who.id, d.who, d.asOf(v.Sync))
	return err
}

func clock(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05Z") }

// verdict brings together what is wanted and what the tool holds, row by row. The worst of the rows is the word for all.
func (d *delivered) verdict() error {
	byKey := map[string]*render.DeliveredRow{}
	var order []string
	row := func(key string) *render.DeliveredRow {
		if byKey[key] == nil {
			byKey[key] = &render.DeliveredRow{Key: key}
			order = append(order, key)
		}
		return byKey[key]
	}
	action := map[string]activation.Wanted{}
	for _, w := range d.wanted {
		r := row(w.Key)
		r.Wanted, r.Problem = r.Wanted || !w.Leaving, w.Problem
		for _, f := range w.Fields {
			r.Fields = append(r.Fields, render.ValueView{Column: f.Name, Value: f.Value, Kind: "field", Personal: !f.Hashed})
		}
		if len(w.Sharing) > 0 {
			r.Problem = d.sharedWith(w)
		}
		action[w.Key] = w
	}
	for _, l := range d.ledger {
		r := row(textOf(l, "key"))
		r.Status, r.Operation, r.Code, r.Message = textOf(l, "status"), textOf(l, "operation"), textOf(l, "code"), textOf(l, "message")
		r.Held, r.Attempts, r.At = l["held"] != nil && r.Status != "removed", intOf(l, "attempts"), timeOf(l, "last_at")
		if err := d.receipts(r); err != nil {
			return err
		}
	}
	slices.Sort(order)
	worst := len(verdicts)
	for _, key := range order {
		r := byKey[key]
		word, next := d.judge(r, action[key])
		r.Next = next
		worst = min(worst, slices.Index(verdicts, word))
		d.view.Rows = append(d.view.Rows, *r)
	}
	d.view.Verdict = heldBack
	if worst < len(verdicts) {
		d.view.Verdict = verdicts[worst]
	}
	return nil
}

// verdicts, the one that needs somebody's attention most first.
var verdicts = []string{unknown, rejected, invalid, pending, waiting, outdated, leaving, sent, kept, removed, heldBack}

// judge says in a word what became of a record, and in a sentence what the next run does.
func (d *delivered) judge(r *render.DeliveredRow, w activation.Wanted) (word, next string) {
	again := map[string]string{"add": "adds it", "append": "appends it", "update": "updates it", "leave": "takes it out"}[w.Action]
	switch {
	case w.Stuck:
		return unknown, "nothing: it cannot be looked up, and is sent again only with --allow resend:" + d.view.Sync
	case r.Status == "unknown":
		return unknown, "the next run settles it first: " + orElse(again, "sends it again or looks it up")
	case r.Problem != "":
		return invalid, "nothing: it is not sent until that is mended"
	case r.Status == "rejected" && again == "":
		return rejected, "nothing: retry = " + quoted(d.sync.Retry, "each_run")
	case r.Status == "rejected":
		return rejected, "the next run " + again
	case r.Status == "pending":
		return pending, "the next run " + orElse(again, "tries it")
	case r.Wanted && r.Held && again != "":
		return outdated, "the next run " + again
	case r.Wanted && r.Held:
		return sent, "nothing: the tool holds what is wanted"
	case r.Wanted && again != "":
		return waiting, "the next run " + again
	case r.Wanted:
		return sent, "nothing"
	case r.Held && again != "":
		return leaving, fmt.Sprintf("the next run %s (on_leave = %s)", again, quoted(d.sync.OnLeave.Rule, ""))
	case r.Held:
		return kept, "nothing: what was sent is kept"
	}
	return removed, "nothing: the tool holds nothing of ours"
}

func orElse(text, otherwise string) string {
	if text == "" {
		return otherwise
	}
	return text
}

func quoted(text, otherwise string) string { return fmt.Sprintf("%q", orElse(text, otherwise)) }

// sharedWith names the others who give the same key.
func (d *delivered) sharedWith(w activation.Wanted) string {
	others := slices.DeleteFunc(slices.Clone(w.Sharing), func(id string) bool { return id == w.Customer })
	text := strings.Join(others[:min(len(others), 5)], ", ")
	if len(others) > 5 {
		text += " and others"
	}
	if d.sync.OnConflict == "newest" {
		if w.Action != "" {
			return ""
		}
		return fmt.Sprintf("shares its key with %s; on_conflict = \"newest\" sends the one with the newest record", text)
	}
	return fmt.Sprintf("shares its key with %s: two customers cannot be one record of the tool", text)
}

// receipts are the last operations of a record, the newest first, and since when the tool holds it.
func (d *delivered) receipts(r *render.DeliveredRow) error {
	rows, err := d.find(search{From: state.Receipts.Was(), Match: []match{{"sync", d.spec.Name}, {"key", r.Key}}, Order: []string{"happened_at"}, Newest: true, Most: receipts})
	if err != nil {
		return err
	}
	for _, x := range rows {
		one := render.ReceiptView{RunID: textOf(x, "run_id"), Operation: textOf(x, "operation"), Outcome: textOf(x, "outcome"), Evidence: textOf(x, "evidence"), Code: textOf(x, "code"), Message: textOf(x, "message")}
		one.At, _ = x["happened_at"].(time.Time)
		r.Receipts = append(r.Receipts, one)
	}
	if !r.Held {
		return nil
	}
	stmt, err := statements.Render(d.store.Dialect(), "explain_since", map[string]any{"Receipts": state.Receipts.Was(), "Sync": d.spec.Name, "Key": r.Key})
	if err != nil {
		return err
	}
	since, err := warehouse.Value[time.Time](d.ctx, d.store, stmt)
	if err == nil && !since.IsZero() {
		r.Since = &since
	}
	return err
}
