package activation

import (
	"context"
	"encoding/json"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Wanted is one row that a sync wants in the tool, or has there and no longer wants.
type Wanted struct {
	Key      string // canonical JSON, as in the ledger
	Customer string
	Problem  string   // why it cannot be sent; empty: it can
	Sharing  []string // customers that give the same key; the row is kept back, or one of them is sent
	Action   string   // add, update, append, leave, wait, tidy, forget; empty: nothing is to be done
	Stuck    bool     // unknown, and sent again only when it is allowed
	Leaving  bool     // the tool holds it, and it is not wanted any more
	Fields   []Value
}

// Value is a field as it would be sent.
type Value struct {
	Name   string
	Value  any
	Hashed bool
}

// sharing is how many customers of one key are named.
const sharing = 5

// Explain computes a sync as a plan does and tells of the rows of one customer, or of one key (canonical JSON).
func Explain(ctx context.Context, env Env, spec *Spec, customer, key string) ([]Wanted, diag.Diagnostics, error) {
	c := &computation{ctx: ctx, env: env, spec: *spec}
	if _, ds, err := Compute(ctx, env, spec); err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	c.spec = *spec
	of := struct {
		*view
		ByKey bool
		Of    string
	}{c.view(), key != "", customer}
	if key != "" {
		of.Of = key
	}
	out, err := c.explained("explain_wanted", of)
	if err != nil {
		return nil, nil, err
	}
	leaving, err := c.explained("explain_leaving", of)
	for i := range leaving {
		leaving[i].Leaving, leaving[i].Action = true, "leave"
	}
	return append(out, leaving...), nil, err
}

func (c *computation) explained(name string, data any) ([]Wanted, error) {
	rows, err := statements.Maps(c.ctx, c.env.Store, name, data)
	if err != nil {
		return nil, err
	}
	var out []Wanted
	for _, r := range rows {
		w := Wanted{Key: warehouse.Text(r["key"]), Customer: warehouse.Text(r["customer_id"]), Problem: warehouse.Text(r["problem"]), Action: warehouse.Text(r["action"])}
		w.Stuck = r["unsettled"] == true && c.stuck(w.Action)
		for _, f := range c.spec.Fields {
			if v, ok := r["field."+f.Name]; ok {
				w.Fields = append(w.Fields, Value{Name: f.Name, Value: v, Hashed: f.Hash != nil})
			}
		}
		if r["shared"] == true && w.Problem == "" {
			if err := c.sharedBy(&w); err != nil {
				return nil, err
			}
		}
		out = append(out, w)
	}
	return out, nil
}

// sharedBy names who else gives the row's key. Where on_conflict chooses, the row that loses has no operation and is told
// by its problem.
func (c *computation) sharedBy(w *Wanted) error {
	data := map[string]any{"Wanted": c.spec.work("wanted"), "Key": w.Key, "Most": sharing + 1}
	var err error
	w.Sharing, err = statements.Texts(c.ctx, c.env.Store, "explain_sharing", data)
	if c.spec.Sync.OnConflict != "newest" {
		w.Problem, w.Action = "other customers share this key", ""
	}
	return err
}

// KeyOf writes values as the key of a record of a sync, if there are as many as its key has columns. A number may be meant
// as a text: all ways to read it are given.
func (s *Spec) KeyOf(values ...string) []string {
	if len(values) != len(s.Key) {
		return nil
	}
	type part struct{ name, value string }
	var parts []part
	for i, c := range s.Key {
		parts = append(parts, part{c.Name, values[i]})
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	texts, plain := "", ""
	for i, p := range parts {
		comma := ""
		if i > 0 {
			comma = ","
		}
		label, _ := json.Marshal(p.name)  // a string always marshals
		value, _ := json.Marshal(p.value) // a string always marshals
		texts += comma + string(label) + ":" + string(value)
		bare := string(value)
		if json.Valid([]byte(p.value)) {
			bare = p.value
		}
		plain += comma + string(label) + ":" + bare
	}
	if texts == plain {
		return []string{"{" + texts + "}"}
	}
	return []string{"{" + texts + "}", "{" + plain + "}"}
}
