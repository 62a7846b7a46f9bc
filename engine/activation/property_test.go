package activation

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// TestAnyFaultsEndEqual runs a sync through random changes of the people and random faults of the tool and its connector.
// After the faults end, one more run makes the tool what is wanted, and the ledger says so.
func TestAnyFaultsEndEqual(t *testing.T) {
	seeds := 5
	if testing.Short() {
		seeds = 3
	}
	for seed := range seeds {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(uint64(seed), 7))
			p := newProject(t)
			p.tool.idempotent(seed%2 == 0)
			p.tool.object.Partial = seed%3 == 0
			p.people = people(20 + r.IntN(30))
			for range 4 {
				p.shake(r)
				p.apply()
			}
			p.tool.fault, p.tool.bad, p.tool.forget = func(int) string { return "" }, func(string) bool { return false }, func(string) bool { return false }
			p.apply()
			p.same()
			p.consistent()
			writes := len(p.tool.writes)
			p.apply()
			equal(t, len(p.tool.writes), writes, "requests once all is well")
		})
	}
}

// shake changes some people and makes the tool fail in some ways.
func (p *project) shake(r *rand.Rand) {
	for range r.IntN(5) {
		i := r.IntN(len(p.people))
		switch r.IntN(5) {
		case 0:
			p.people = append(p.people[:i], p.people[i+1:]...)
		case 1:
			n := 1000 + r.IntN(9000)
			p.people = append(p.people, person{id: fmt.Sprintf("cus_%05d", n), email: fmt.Sprintf("n%d@x.example", n), name: "New", ltv: 1})
		case 2:
			p.people[i].email = fmt.Sprintf("moved%d@x.example", r.IntN(1_000_000))
		default:
			p.people[i].ltv = float64(r.IntN(100000)) / 100
		}
	}
	faults := []string{"lose", "drop", "transient", "die", "busy", "liar", "twice", "auth"}
	chance := r.IntN(40)
	p.tool.fault = func(int) string {
		if r.IntN(100) < chance {
			return faults[r.IntN(len(faults))]
		}
		return ""
	}
	mark := fmt.Sprint(r.IntN(10), "@")
	p.tool.strict = r.IntN(2) == 0
	p.tool.bad = func(id string) bool { return strings.Contains(id, mark) && r.IntN(2) == 0 }
	p.tool.forget = func(string) bool { return r.IntN(60) == 0 }
}

// consistent checks that the ledger holds exactly the tool's contacts, and that the last receipt of every record says what
// the ledger says.
func (p *project) consistent() {
	p.Helper()
	held := p.query(`select key from "_cdp"."ledger" where held is not null and status = 'delivered'`)
	equal(p, len(held), len(p.tool.contacts), "records held by the ledger")
	for _, key := range held {
		if p.tool.contacts[key] == nil {
			p.Errorf("the ledger holds %s, which the tool has not", key)
		}
	}
	for _, row := range p.query(`
		select l.key, l.status, r.operation, r.outcome from "_cdp"."ledger" l
		left join (
			select *, row_number() over (partition by sync, key order by run_id desc, happened_at desc) as n
			from "_cdp"."receipts" where outcome not in ('retried', 'unknown')
		) r
			on r.sync = l.sync and r.key = l.key and r.n = 1
		where not coalesce(r.outcome in ('ok', 'noop') and (r.operation = 'remove') = (l.status = 'removed'), false)`) {
		p.Errorf("ledger and last receipt disagree: %s", row)
	}
}
