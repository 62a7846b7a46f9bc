package activation

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
)

func TestSQLFollowsTheRules(t *testing.T) {
	if err := statements.Check(); err != nil {
		t.Fatal(err)
	}
}

func TestToolIsKeptEqual(t *testing.T) {
	p := newProject(t)
	p.people = people(25)
	r := p.apply()
	equal(t, r.Status, "done", "status")
	equal(t, r.Delivered, 25, "delivered")
	equal(t, r.Requests, 3, "requests")
	p.same()
	equal(t, p.statuses(), "delivered 25", "ledger")
	equal(t, p.journals(), 0, "journals left")

	plan := p.plan()
	equal(t, plan.Counts, Counts{Unchanged: 25}, "nothing changed")
	equal(t, plan.Changed(), false, "changed")

	p.people[3].ltv = 99.5
	p.people = p.people[:20]
	plan = p.plan()
	equal(t, plan.Counts, Counts{Update: 1, Remove: 5, Unchanged: 19}, "one changes, five leave")
	p.tool.writes = nil
	r = p.apply()
	equal(t, r.Requests, 6, "requests")
	p.same()
	equal(t, p.statuses(), "delivered 20, removed 5", "ledger")
	equal(t, strings.Join(p.query(`select count(*) from "_cdp"."receipts"`), ""), "31", "receipts")
}

func TestOneRejected(t *testing.T) {
	p := newProject(t)
	p.people = people(50)
	p.tool.bad = func(id string) bool { return strings.Contains(id, "u00012@") }
	r := p.apply()
	equal(t, r.Delivered, 49, "delivered")
	equal(t, r.Rejected, 1, "rejected")
	equal(t, r.Status, "done", "status")
	equal(t, p.statuses(), "delivered 49, rejected 1", "ledger")
	if len(r.Rejects) != 1 || strings.Contains(r.Rejects[0].Message, "u00012") || !strings.Contains(r.Rejects[0].Message, "7f3c") {
		t.Errorf("rejects: %+v", r.Rejects)
	}
	p.tool.bad = func(string) bool { return false }
	p.tool.sent = nil
	p.apply()
	equal(t, len(p.tool.sent), 1, "sent again")
	p.same()
	equal(t, p.statuses(), "delivered 50", "ledger")
}

func TestBisect(t *testing.T) {
	for _, n := range []int{1, 2, 3, 7, 64, 500} {
		for _, at := range []int{0, n / 2, n - 1} {
			p := newProject(t)
			p.people = people(n)
			p.tool.strict = true
			p.tool.limit(schema.OpUpsert, 500)
			p.tool.bad = func(id string) bool { return strings.Contains(id, p.people[at].email) }
			r := p.apply()
			equal(t, r.Rejected, 1, "rejected")
			equal(t, r.Delivered, int64(n-1), "delivered")
			depth := 0
			for 1<<depth < n {
				depth++
			}
			if len(p.tool.writes) > 1+depth+2 {
				t.Errorf("%d requests to find one of %d at %d", len(p.tool.writes), n, at)
			}
		}
	}
}

// TestUnfit: a record of which no request can be made stops no other, and counts for nothing that was sent.
func TestUnfit(t *testing.T) {
	p := newProject(t)
	p.people = people(25)
	p.tool.unfit = true
	p.tool.bad = func(id string) bool { return strings.Contains(id, "u00012@") }
	r := p.apply()
	equal(t, r.Status, "done", "status")
	equal(t, r.Delivered, 24, "delivered")
	equal(t, r.Rejected, 1, "rejected")
	equal(t, r.Requests, int64(len(p.tool.writes)), "requests")
	equal(t, strings.Join(p.query(`select code, attempts from "_cdp"."ledger" where status = 'rejected'`), ""), "body 0", "ledger")
	equal(t, strings.Join(p.query(`select count(*), count(distinct key) from "_cdp"."receipts"`), ""), "24 24", "receipts")
}

// TestNothingSent: a tool that cannot be reached got nothing, and the receipts can be asked for that.
func TestNothingSent(t *testing.T) {
	p := newProject(t)
	p.people = people(25)
	p.tool.fault = func(int) string { return "unsent" }
	r := p.apply()
	equal(t, r.Pending, 25, "pending")
	equal(t, r.Requests, 0, "requests")
	equal(t, strings.Join(p.query(`select count(*) from "_cdp"."receipts"`), ""), "0", "receipts")
	equal(t, strings.Join(p.query(`select distinct status, attempts from "_cdp"."ledger"`), ""), "pending 0", "ledger")
}
