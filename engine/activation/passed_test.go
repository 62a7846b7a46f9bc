package activation

import (
	"fmt"
	"strings"
	"testing"
)

// annAndBob are two people in the tool; Bob has no name, and a null is skipped.
func annAndBob(t *testing.T) *project {
	p := newProject(t)
	p.people = []person{{id: "a", email: "a@x.example", name: "Ann", ltv: 1}, {id: "b", email: "b@x.example", ltv: 2}}
	p.apply()
	p.tool.log, p.tool.sent = nil, nil
	return p
}

func (t *twin) name(email string) string {
	return fmt.Sprint(t.contacts[`{"email":"`+email+`"}`]["first_name"])
}

func TestKeyThatPassesToAnotherLeavesNothingBehind(t *testing.T) {
	for _, partial := range []bool{false, true} {
		p := annAndBob(t)
		p.tool.object.Partial = partial
		p.people[0].email, p.people[1].email = "b@x.example", "a@x.example"
		equal(t, p.plan().Counts, Counts{Update: 2}, "plan")
		p.tool.bad = func(string) bool { return true }
		p.apply() // refused: what is held is still the other's
		equal(t, p.tool.name("a@x.example"), "Ann", "refused")
		p.tool.bad = func(string) bool { return false }
		p.apply()
		equal(t, p.tool.name("a@x.example"), "<nil>", "Bob's name under Ann's old key")
		equal(t, p.tool.name("b@x.example"), "Ann", "Ann's name under Bob's old key")
		equal(t, p.plan().Counts, Counts{Unchanged: 2}, "afterwards")
	}
}

// Their values are alike, but the tool still has a name that Ann had before hers became empty.
func TestKeyThatPassesToOneAlike(t *testing.T) {
	p := annAndBob(t)
	p.people[0].name = ""
	p.people[0].ltv = 2
	p.apply()
	p.people[0].email, p.people[1].email = "new@x.example", "a@x.example"
	p.apply()
	equal(t, p.tool.name("a@x.example"), "<nil>", "name of Bob")
}

func TestMergeIsNotAnotherPerson(t *testing.T) {
	p := annAndBob(t)
	p.people = []person{{id: "b", email: "a@x.example", ltv: 1}}
	p.redirects = map[string]string{"a": "b"}
	equal(t, p.plan().Counts, Counts{Remove: 1, Unchanged: 1}, "plan")
	p.apply()
	equal(t, p.tool.name("a@x.example"), "Ann", "a null is skipped")
	equal(t, fmt.Sprint(p.query(`select customer_id from "_cdp"."ledger" where status = 'delivered'`)), "[b]", "whose it is")
}

func TestTakenKeyIsAPairToo(t *testing.T) {
	p := annAndBob(t)
	p.people[0].email, p.people[1].email = "b@x.example", "z@x.example"
	equal(t, p.plan().Counts, Counts{Add: 1, Update: 1, Rekeyed: 1}, "plan")
	p.apply()
	equal(t, strings.Join(p.tool.log, " "), "remove upsert", "the old key goes first")
	equal(t, len(p.tool.contacts), 2, "contacts")
}

func TestRefusedRemovalKeepsTheNewKeyBack(t *testing.T) {
	p := annAndBob(t)
	p.people[0].email = "new@x.example"
	p.tool.bad = func(id string) bool { return strings.Contains(id, "a@x") }
	r := p.apply()
	equal(t, len(p.tool.contacts), 2, "nobody is there twice")
	equal(t, r.Pending, 1, "pending")
	equal(t, r.Status, "partial", "status")
	equal(t, fmt.Sprint(p.query(`select message from "_cdp"."ledger" where status = 'pending'`)), "[not tried: its old key is still there]", "why")
	p.tool.bad = func(string) bool { return false }
	p.apply()
	equal(t, p.tool.name("new@x.example"), "Ann", "once the old key is gone")
	equal(t, len(p.tool.contacts), 2, "contacts")
}

func TestStuckRecordKeepsWhatWasTried(t *testing.T) {
	p := newProject(t)
	p.people = people(1)
	p.tool.idempotent(false)
	p.tool.object.Readback = false
	p.tool.forget = func(string) bool { return true }
	p.apply()
	last := fmt.Sprint(p.query(`select status, code, message, wanted, operation from "_cdp"."ledger"`))
	if !strings.Contains(last, "does not speak of this record") {
		t.Fatal(last)
	}
	p.people[0].name = "Other"
	p.tool.sent = nil
	r := p.apply()
	equal(t, r.Unknown, 1, "unknown")
	equal(t, len(p.tool.sent), 0, "sent")
	equal(t, fmt.Sprint(p.query(`select status, code, message, wanted, operation from "_cdp"."ledger"`)), last, "ledger")
	p.resend["sync.vips"], p.tool.forget = true, func(string) bool { return false }
	p.apply()
	p.same()
}
