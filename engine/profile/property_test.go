package profile_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/plugins/schema"
	gocmp "github.com/google/go-cmp/cmp"
)

// every is one attribute of each pick, and a group.
func every(t testing.TB) *project {
	p := newProject(t,
		&config.Attribute{Name: "recent"}, &config.Attribute{Name: "preferred", Pick: "most_recent", Prefer: []string{"news", "crm"}},
		&config.Attribute{Name: "frequent", Pick: "most_frequent"}, &config.Attribute{Name: "longest", Pick: "longest"},
		&config.Attribute{Name: "least", Pick: "min"}, &config.Attribute{Name: "most", Pick: "max"},
		&config.Attribute{Name: "consent", Pick: "most_restrictive"}, &config.Attribute{Name: "all", Pick: "collect"},
		&config.Attribute{Name: "g1"}, &config.Attribute{Name: "g2"},
	)
	p.id.Groups = []*config.AttributeGroup{{Name: "both", Attributes: []string{"g1", "g2"}, Prefer: []string{"shop"}}}
	p.types = map[string]schema.Kind{"least": schema.Int64, "most": schema.Int64, "consent": schema.Bool, "g2": schema.Int64}
	return p
}

var declared = []string{"crm", "shop", "news"}

// byRank puts the record that wins first.
func byRank(a, b record) int {
	return cmp.Or(-cmp.Compare(a.at, b.at), -cmp.Compare(a.trust, b.trust), // no time is the empty text: it loses
		cmp.Compare(slices.Index(declared, a.input), slices.Index(declared, b.input)), cmp.Compare(a.key, b.key))
}

// first is the value of the first record that has one, after the preferred inputs and what else counts more than rank.
func first(records []record, value func(record) string, above ...func(record) int) string {
	best := "-"
	var order []int
	for _, r := range records {
		v := value(r)
		if v == "" {
			continue
		}
		var score []int
		for _, f := range above {
			score = append(score, f(r))
		}
		if best == "-" || slices.Compare(score, order) > 0 {
			best, order = v, score
		}
	}
	return best
}

func preferring(inputs ...string) func(record) int {
	return func(r record) int {
		if i := slices.Index(inputs, r.input); i >= 0 {
			return len(inputs) - i
		}
		return 0
	}
}

func text(r record) string   { return r.text }
func number(r record) string { return r.number }
func flag(r record) string   { return r.flag }

// oracle says in plain words what the profile of one customer is.
func oracle(customer string, all []record) []string {
	var records []record
	counts, distinct := map[string]int{}, []string{}
	for _, r := range all {
		if r.customer != customer {
			continue
		}
		records = append(records, r)
		if counts[r.text]++; r.text != "" && !slices.Contains(distinct, r.text) {
			distinct = append(distinct, r.text)
		}
	}
	slices.SortFunc(records, byRank)
	slices.Sort(distinct)
	list := "-"
	if len(distinct) > 0 {
		b, _ := json.Marshal(distinct)
		list = string(b)
	}
	size := func(sign int) func(record) int {
		return func(r record) int { var n int; _, _ = fmt.Sscan(r.number, &n); return sign * n }
	}
	out := []string{customer,
		first(records, text), first(records, text, preferring("news", "crm")), first(records, text, func(r record) int { return counts[r.text] }),
		first(records, text, func(r record) int { return len([]rune(r.text)) }), first(records, number, size(-1)), first(records, number, size(1)),
		first(records, flag, func(r record) int { return strings.Compare(r.flag, "false") * -1 }), list}
	either := slices.DeleteFunc(slices.Clone(records), func(r record) bool { return r.text == "" && r.number == "" })
	if len(either) == 0 {
		return append(out, "-", "-")
	}
	slices.SortStableFunc(either, func(a, b record) int { return preferring("shop")(b) - preferring("shop")(a) })
	for _, v := range []string{either[0].text, either[0].number} {
		out = append(out, cmp.Or(v, "-"))
	}
	return out
}

func oracleOf(all []record) [][]string {
	var customers []string
	for _, r := range all {
		customers = append(customers, r.customer)
	}
	slices.Sort(customers)
	out := [][]string{}
	for _, c := range slices.Compact(customers) {
		out = append(out, oracle(c, all))
	}
	return out
}

func randomRecord(rng *rand.Rand, key int) record {
	pick := func(from ...string) string { return from[rng.IntN(len(from))] }
	return record{
		input: pick(declared...), key: fmt.Sprint("k", key), customer: pick("c1", "c2", "c3", "c4"), at: pick("", "2026-01-01 00:00:00", "2026-01-02 00:00:00", "1969-12-31 23:59:59"),
		trust: []int{50, 50, 90}[rng.IntN(3)], text: pick("", "a", "b", "Zoé", "日本語x", "d'e"), number: pick("", "1", "2", "30"), flag: pick("", "true", "false"),
	}
}

func randomRecords(rng *rand.Rand, n int) []record {
	out := []record{}
	for i := range n {
		out = append(out, randomRecord(rng, i))
	}
	return out
}

func TestAnyRecords(t *testing.T) {
	for seed := range uint64(10) {
		rng := rand.New(rand.NewPCG(seed, 7))
		p := every(t)
		p.records = randomRecords(rng, rng.IntN(40))
		if diff := gocmp.Diff(oracleOf(p.records), p.compute()); diff != "" {
			t.Fatalf("seed %d, records %+v: %s", seed, p.records, diff)
		}
	}
}

// A run for some customers gives them what a full run gives, and leaves the others as they were.
func TestTouched(t *testing.T) {
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 9))
		p := every(t).kept()
		p.records = randomRecords(rng, 30)
		before := oracleOf(p.records)
		p.compute()
		moved := slices.Clone(p.records)
		for i := range moved {
			if rng.IntN(3) == 0 {
				c := moved[i].customer
				moved[i] = randomRecord(rng, i)
				moved[i].customer = c
			}
		}
		p.records = slices.DeleteFunc(moved, func(r record) bool { return seed%2 == 1 && r.customer == "c2" }) // gone altogether
		want := [][]string{}
		for _, row := range oracleOf(p.records) {
			if row[0] == "c1" || row[0] == "c2" {
				want = append(want, row)
			}
		}
		for _, row := range before {
			if row[0] == "c3" || row[0] == "c4" {
				want = append(want, row)
			}
		}
		if diff := gocmp.Diff(want, p.compute("c1", "c2")); diff != "" {
			t.Fatalf("seed %d: %s", seed, diff)
		}
	}
}
