package identity

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// Most customers and records that a trace looks at: what it is for is read by a person.
const (
	tracedCustomers = 300
	tracedRecords   = 20_000
)

// Trace is who is who among a few customers, resolved once more with every link kept. All customers who share a value with
// them belong to it, and those who share one with these: links depend on nobody else, so they are the very ones that the
// whole resolution made.
type Trace struct {
	Records   []TracedRecord
	Links     []Link
	Customers []string // whose records were looked at
	Partial   bool     // there are more customers around than are looked at: order among links may differ
}

// TracedRecord is one record, its values in their normal form, and its cluster.
type TracedRecord struct {
	Input, Key string
	At         time.Time // when it is from; zero: not known
	Values     []TracedValue
	Cluster    int
}

// TracedValue is one identifier value of a record. Blocked: it stands for no value and links nobody.
type TracedValue struct {
	Identifier string
	Value      string
	Blocked    bool
}

// Link is one edge that a rule makes: of a record to a value (Other is −1), or of two records that share a value and meet
// the rule's condition. Refused says why it joined nobody.
type Link struct {
	Rule          string
	Range         diag.Range // of the rule, or of the identifier that stands for it
	On            []string   // its identifiers
	Tier          int        // the rule's place in the order
	Record, Other int        // numbers of records
	Value         string
	Refused       *Refusal
}

// Refusal is why a link was refused: two values of a unique identifier would have met in one customer, or the two
// records do not meet the rule's condition.
type Refusal struct {
	Unique      string     // the unique identifier; empty: the condition is not met
	Range       diag.Range // of that identifier, or of the condition
	Left, Right string
}

// Explain resolves the records of a few customers and of all around them, and keeps every link.
func Explain(ctx context.Context, env Env, spec *Spec, customers []string) (*Trace, error) {
	c := newComputation(ctx, env, spec)
	c.data["IdentifiersTable"], c.data["Traced"] = c.set.Identifiers, c.work("traced")
	t := &tracing{computation: c, out: &Trace{}}
	for _, step := range []func() error{c.begin, func() error { return t.around(customers) }, t.read, c.normalise, c.link, t.records, t.links, t.cuts} {
		if err := step(); err != nil {
			return nil, fmt.Errorf("tracing %s: %w", spec.Identity.Addr, err)
		}
	}
	return t.out, nil
}

type tracing struct {
	*computation
	out *Trace
	at  map[linkKey]int // place of a link in out.Links
}

// linkKey is what tells links apart. Other is −1 for a link to a value.
type linkKey struct {
	rule, rid, other int32
	value            string
}

// around finds everybody who could have had a say: those who share a value, over any number of steps.
func (t *tracing) around(customers []string) error {
	known := map[string]bool{}
	next := customers
	for len(next) > 0 {
		for _, id := range next {
			known[id] = true
		}
		if len(known) >= tracedCustomers {
			t.out.Partial = true
			break
		}
		var more []string
		err := t.each("trace_near", map[string]any{"Customers": next}, func(r warehouse.Row) error {
			if id := warehouse.Text(r[0]); !known[id] && len(known)+len(more) < tracedCustomers {
				more = append(more, id)
			}
			return nil
		})
		if err != nil {
			return err
		}
		next = more
	}
	for id := range known {
		t.out.Customers = append(t.out.Customers, id)
	}
	slices.Sort(t.out.Customers)
	_, err := t.run("trace_wanted", map[string]any{"Customers": t.out.Customers})
	return err
}

// read is computation.read of the wanted records only.
func (t *tracing) read() error {
	n, err := t.number("count", map[string]any{"From": t.data["Traced"]})
	if err != nil {
		return err
	}
	if n > tracedRecords {
		return &TooManyError{Records: n}
	}
	var views []sqlgen.Relation
	for _, in := range t.spec.Inputs {
		view, traced := InputRelation(t.spec.Identity, in.Name), t.work("traced."+in.Name)
		views = append(views, traced)
		if _, err := t.run("keyed", map[string]any{"In": in, "Out": view}); err != nil {
			return err
		}
		if _, err := t.run("trace_input", map[string]any{"Input": in.Name, "View": view, "Out": traced}); err != nil {
			return err
		}
	}
	if _, err := t.run("rows", map[string]any{"Views": views}); err != nil {
		return t.probed(err, views)
	}
	if err := t.newest(); err != nil {
		return err
	}
	if err := t.runAll("raw", "cleaned"); err != nil {
		return err
	}
	size, err := t.number("size", nil)
	t.size = int(size)
	return err
}

// TooManyError says that the customers have more records than a trace looks at.
type TooManyError struct{ Records int64 }

func (e *TooManyError) Error() string {
	return fmt.Sprintf("%d records are around these customers, more than the %d that are compared one by one", e.Records, tracedRecords)
}

// records reads the records with their values and clusters.
func (t *tracing) records() error {
	t.out.Records = make([]TracedRecord, t.size)
	err := t.each("trace_records", nil, func(r warehouse.Row) error {
		rid := cell(r[0])
		one := &t.out.Records[rid]
		one.Input, one.Key, one.Cluster = warehouse.Text(r[1]), warehouse.Text(r[2]), int(t.label[rid])
		one.At, _ = r[3].(time.Time)
		return nil
	})
	if err != nil {
		return err
	}
	return t.each("trace_values", nil, func(r warehouse.Row) error {
		one := &t.out.Records[cell(r[0])]
		one.Values = append(one.Values, TracedValue{t.spec.Identifiers[cell(r[1])].Name, warehouse.Text(r[2]), r[3] == true})
		return nil
	})
}

// links lists the links of every rule, in the order of the rules.
func (t *tracing) links() error {
	t.at = map[linkKey]int{}
	for n, rule := range t.spec.Rules {
		shared := t.shared(rule)
		if rule.Where.Value == "" {
			for _, s := range shared {
				for _, rid := range s.records {
					t.add(n, rid, -1, s.key, s.value, nil)
				}
			}
			continue
		}
		err := t.each("trace_pairs", map[string]any{"Pairs": t.pairs(n)}, func(r warehouse.Row) error {
			value := warehouse.Text(r[2])
			t.add(n, int(cell(r[0])), int(cell(r[1])), value, value, nil)
			return nil
		})
		if err != nil {
			return err
		}
		t.unmet(n, shared)
	}
	return nil
}

// unmet lists pairs that share the values of a rule and do not meet its condition.
func (t *tracing) unmet(n int, shared []sharedValue) {
	rule := t.spec.Rules[n]
	met := map[[2]int]bool{}
	for _, l := range t.out.Links {
		if l.Tier == n {
			met[[2]int{l.Record, l.Other}] = true
		}
	}
	for _, s := range shared {
		if len(s.records) > pairCap {
			continue // listed as a hub
		}
		for i, a := range s.records {
			for _, b := range s.records[i+1:] {
				if !met[[2]int{a, b}] {
					t.add(n, a, b, s.key, s.value, &Refusal{Range: rule.Where.Range})
				}
			}
		}
	}
}

func (t *tracing) add(n, record, other int, key, value string, refused *Refusal) {
	rule := t.spec.Rules[n]
	l := Link{Rule: rule.Name, Range: rule.Range, Tier: n, Record: record, Other: other, Value: value, Refused: refused}
	for _, id := range rule.On {
		l.On = append(l.On, t.spec.Identifiers[id].Name)
	}
	t.at[linkKey{int32(n), int32(record), int32(other), key}] = len(t.out.Links)
	t.out.Links = append(t.out.Links, l)
}

// sharedValue is a value, or values of several identifiers together, that two records or more have. key is how the
// resolution writes it.
type sharedValue struct {
	key, value string
	records    []int
}

// shared finds what a rule compares, in order.
func (t *tracing) shared(rule Rule) []sharedValue {
	found := map[string]*sharedValue{}
	for rid, r := range t.out.Records {
		combined := []sharedValue{{}}
		for _, id := range rule.On {
			var longer []sharedValue
			for _, v := range r.Values {
				if v.Blocked || v.Identifier != t.spec.Identifiers[id].Name {
					continue
				}
				for _, before := range combined {
					longer = append(longer, before.with(v.Value, len(rule.On) > 1))
				}
			}
			combined = longer
		}
		for _, c := range combined {
			if found[c.key] == nil {
				found[c.key] = &c
			}
			found[c.key].records = append(found[c.key].records, rid)
		}
	}
	var out []sharedValue
	for _, s := range found {
		if len(s.records) > 1 {
			out = append(out, *s)
		}
	}
	slices.SortFunc(out, func(a, b sharedValue) int { return strings.Compare(a.key, b.key) })
	return out
}

// with adds a value, as combined.sql does.
func (s sharedValue) with(value string, several bool) sharedValue {
	if !several {
		return sharedValue{key: value, value: value}
	}
	out := sharedValue{key: fmt.Sprintf("%s%d:%s", s.key, len([]rune(value)), value), value: value}
	if s.value != "" {
		out.value = s.value + ", " + value
	}
	return out
}

// cuts marks the links that the constraints refused.
func (t *tracing) cuts() error {
	if !slices.Contains(t.rejected, t.work("cut")) {
		return nil
	}
	return t.each("trace_cuts", nil, func(r warehouse.Row) error {
		i, ok := t.at[linkKey{cell(r[0]), cell(r[1]), cell(r[2]), warehouse.Text(r[3])}]
		if !ok {
			return nil
		}
		unique := t.spec.Identity.Identifiers[cell(r[4])]
		t.out.Links[i].Refused = &Refusal{Unique: unique.Name, Range: unique.Range, Left: warehouse.Text(r[5]), Right: warehouse.Text(r[6])}
		return nil
	})
}

// Normal is the match form of a value of an identifier. ok is false for what is no value of its kind.
func (s *Spec) Normal(identifier, value, region string, now time.Time) (normal string, ok bool) {
	n := slices.IndexFunc(s.Identifiers, func(id Identifier) bool { return id.Name == identifier })
	if n < 0 {
		return "", false
	}
	if form := s.Identifiers[n].Form; form != "" && form != "id" {
		out, st := newFormer(form, now).form(nil, []byte(value), region)
		return string(out), st != absent
	}
	return value, value != ""
}
