package identity_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/google/go-cmp/cmp"
)

// crowd is n records with few values between them.
func crowd(rng *rand.Rand, n int) []person {
	var out []person
	for i := range n {
		one := person{id: fmt.Sprint("r", i), name: fmt.Sprint("n", rng.IntN(3)), at: fmt.Sprintf("2026-01-%02d 00:00:00", 1+rng.IntN(28))}
		if rng.IntN(3) == 0 {
			one.user = fmt.Sprint("u", rng.IntN(n/3))
		}
		if rng.IntN(3) > 0 {
			one.email = fmt.Sprintf("e%d@x.example", rng.IntN(n/2))
		}
		if rng.IntN(4) == 0 {
			one.device = fmt.Sprint("d", rng.IntN(n/2))
		}
		out = append(out, one)
	}
	return out
}

// oracle is a union-find over records and values, without constraints.
func oracle(people []person) [][]string {
	up := map[string]string{}
	var find func(string) string
	find = func(x string) string {
		if up[x] == "" || up[x] == x {
			up[x] = x
			return x
		}
		return find(up[x])
	}
	owners := map[string]string{}
	for _, p := range people {
		find("r" + p.id)
		for kind, v := range map[string]string{"u": p.user, "e": p.email, "d": p.device} {
			if v != "" {
				up[find("r"+p.id)] = find(kind + " " + v)
			}
		}
	}
	for _, p := range people {
		owners[p.id] = find("r" + p.id)
	}
	return clusters(owners)
}

func free() *config.Identity {
	id := customer()
	id.Identifiers[0].Unique = false
	return id
}

func TestClustersEqualUnionFind(t *testing.T) {
	for seed := range uint64(2) {
		people := crowd(rand.New(rand.NewPCG(seed, 7)), 120)
		p := newProject(t, free(), people...)
		if diff := cmp.Diff(oracle(people), clusters(p.run())); diff != "" {
			t.Errorf("seed %d: %s", seed, diff)
		}
	}
}

// The same records in any order and any batches give the same clusters; in one batch, the same ids and tables.
func TestOrderAndBatchesDoNotMatter(t *testing.T) {
	contested := 0
	for seed := range uint64(3) {
		rng := rand.New(rand.NewPCG(seed, 8))
		people := crowd(rng, 90)
		id := customer()
		if seed%2 == 1 {
			id.Rules = []*config.Rule{{Name: "email", On: []string{"email"}}, {Name: "device", On: []string{"device"}, Where: expr("l.name = r.name")}, {Name: "user", On: []string{"user_id"}}}
		}
		p := newProject(t, id, people...)
		want := p.run()
		tables := p.look("select identifier, value, rule, reason, records, evidence from wh.customer.rejections order by all")
		contested += len(tables)
		other := newProject(t, id, shuffled(rng, people)...)
		if diff := cmp.Diff(want, other.run()); diff != "" {
			t.Errorf("seed %d, other order: %s", seed, diff)
		}
		if diff := cmp.Diff(tables, other.look("select identifier, value, rule, reason, records, evidence from wh.customer.rejections order by all")); diff != "" {
			t.Errorf("seed %d, rejections: %s", seed, diff)
		}
		batched := newProject(t, id)
		mixed := shuffled(rng, people)
		var got map[string]string
		for _, part := range [][2]int{{0, 30}, {0, 60}, {20, 90}, {0, 90}} {
			batched.streams["people"] = mixed[part[0]:part[1]]
			got = batched.run()
			check(t, batched, got)
		}
		if diff := cmp.Diff(clusters(want), clusters(got)); diff != "" {
			t.Errorf("seed %d, in batches: %s", seed, diff)
		}
		batched.run()
		if batched.last.Changed() {
			t.Errorf("seed %d: a run on the same data changes %+v", seed, batched.last.Deltas)
		}
	}
	if contested == 0 {
		t.Error("nothing was contested")
	}
}

func shuffled(rng *rand.Rand, people []person) []person {
	out := slices.Clone(people)
	rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

// check holds the tables against what a user may rely on.
func check(t *testing.T, p *project, owners map[string]string) {
	t.Helper()
	alive := map[string]bool{}
	for _, id := range owners {
		alive[id] = true
	}
	for _, r := range p.look("select from_id, to_id from wh.customer.redirects") {
		if !alive[r[1]] || alive[r[0]] {
			t.Errorf("redirect %v", r)
		}
	}
	if got := p.look("select customer_id from wh.customer.history where event = 'created' group by 1 having count(*) > 1"); len(got) > 0 {
		t.Errorf("given out twice: %v", got)
	}
	if got := p.look("select count(*) from wh.customer.identifiers i where not exists (select 1 from wh.customer.members m where m.customer_id = i.customer_id)"); got[0][0] != "0" {
		t.Errorf("%v identifiers of nobody", got)
	}
	if got := p.look("select user_id from (select customer_id, count(*) n, min(value) user_id from wh.customer.identifiers where identifier = 'user_id' group by 1) where n > 1"); len(got) > 0 {
		t.Errorf("two user ids in one customer: %v", got)
	}
}
