package activation

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// one gives the twin an object of these operations only.
func (t *twin) only(ops ...schema.Op) {
	t.object.Operations = nil
	for _, op := range ops {
		t.object.Operations = append(t.object.Operations, schema.Operation{Op: op, MaxRecords: 10, Idempotent: true})
	}
}

func TestModes(t *testing.T) {
	change := func(p *project) { p.people[1].ltv = 7 }
	leave := func(p *project) { p.people = p.people[:4] }
	for _, c := range []struct {
		mode  string
		rule  string
		ops   []schema.Op
		log   string // of the first run; after a change; after one leaves
		plans [3]Counts
	}{
		{"mirror", "remove", []schema.Op{schema.OpAdd, schema.OpUpdate, schema.OpRemove}, "add update remove",
			[3]Counts{{Add: 5}, {Update: 1, Unchanged: 4}, {Remove: 1, Unchanged: 4}}},
		{"mirror", "delete", []schema.Op{schema.OpUpsert, schema.OpDelete}, "upsert upsert delete",
			[3]Counts{{Add: 5}, {Update: 1, Unchanged: 4}, {Remove: 1, Unchanged: 4}}},
		{"mirror", "keep", []schema.Op{schema.OpUpsert}, "upsert upsert",
			[3]Counts{{Add: 5}, {Update: 1, Unchanged: 4}, {Unchanged: 4}}},
		{"upsert", "", []schema.Op{schema.OpUpsert}, "upsert upsert", [3]Counts{{Add: 5}, {Update: 1, Unchanged: 4}, {Unchanged: 4}}},
		{"insert", "", []schema.Op{schema.OpAdd}, "add", [3]Counts{{Add: 5}, {Unchanged: 5}, {Unchanged: 4}}},
		{"update", "", []schema.Op{schema.OpUpdate}, "update update", [3]Counts{{Update: 5}, {Update: 1, Unchanged: 4}, {Unchanged: 4}}},
		{"append", "", []schema.Op{schema.OpAppend}, "append append", [3]Counts{{Add: 5}, {Add: 1, Unchanged: 4}, {Unchanged: 4}}},
	} {
		t.Run(c.mode+" "+c.rule, func(t *testing.T) {
			p := newProject(t)
			p.people = people(5)
			p.sync.Mode, p.sync.OnLeave.Rule = c.mode, c.rule
			p.tool.only(c.ops...)
			for i, step := range []func(*project){func(*project) {}, change, leave} {
				step(p)
				equal(t, p.plan().Counts, c.plans[i], fmt.Sprintf("plan %d", i+1))
				p.apply()
				equal(t, p.plan().Operations(), 0, "operations after all was done")
			}
			equal(t, strings.Join(p.tool.log, " "), c.log, "requests")
		})
	}
}

func TestAppendEachRun(t *testing.T) {
	p := newProject(t)
	p.people = people(3)
	p.sync.Mode, p.sync.OnLeave.Rule, p.sync.Each = "append", "", "run"
	p.tool.only(schema.OpAppend)
	p.apply()
	p.apply()
	equal(t, len(p.tool.sent), 6, "rows appended by two runs")
}

func TestChangedKeyIsOnePair(t *testing.T) {
	p := newProject(t)
	p.people = people(15)
	p.apply()
	p.people[4].email, p.people[9].email = "new@x.example", "a@x.example"
	planned := p.plan()
	equal(t, planned.Counts, Counts{Update: 2, Unchanged: 13, Rekeyed: 2}, "plan")
	equal(t, planned.Operations(), 4, "operations planned")
	equal(t, verdict(planned, "max_remove_ratio").Rows, 0, "leavers that the guard sees")
	p.tool.log = nil
	done := p.apply()
	equal(t, done.Operations, planned.Operations(), "operations of the delivery")
	equal(t, done.Delivered, planned.Operations(), "operations delivered")
	equal(t, strings.Join(p.tool.log, " "), "remove remove upsert", "the old keys go first")
	p.same()
	p.people[4].email = "newer@x.example"
	p.tool.fault = func(int) string { return "transient" }
	p.tool.log = nil
	p.apply()
	if slices.Contains(p.tool.log, "upsert") {
		t.Error("the new key was sent though the old one is not gone")
	}
	p.tool.fault = func(int) string { return "" }
	p.apply()
	p.same()
}

// Where those who leave are kept, only the new key is told.
func TestChangedKeyOfThoseWhoAreKept(t *testing.T) {
	p := newProject(t)
	p.people = people(5)
	p.sync.OnLeave.Rule = "keep"
	p.apply()
	p.people[4].email = "new@x.example"
	planned := p.plan()
	equal(t, planned.Counts, Counts{Add: 1, Unchanged: 4}, "plan")
	equal(t, p.apply().Delivered, planned.Operations(), "operations delivered")
}

// Where those who leave are marked, the record under a key is there still when its owner comes back.
func TestFormerKeyComesBack(t *testing.T) {
	p := newProject(t)
	p.people = people(5)
	p.sync.OnLeave = config.Leave{Rule: "update", Update: []config.Mapping{mapping("status", "'left'"), mapping("ltv", "0")}}
	p.apply()
	before := p.people[4].email
	for _, email := range []string{"new@x.example", before} {
		p.people[4].email = email
		planned := p.plan()
		equal(t, planned.Counts, Counts{Update: 1, Unchanged: 4, Rekeyed: 1}, "plan of "+email)
		p.tool.log = nil
		equal(t, p.apply().Delivered, 2, "delivered for "+email)
	}
}

func TestInvalidRows(t *testing.T) {
	p := newProject(t)
	p.people = people(6)
	p.apply()
	p.people[0].email = ""                // no key
	p.people[2].email = p.people[1].email // one key for two
	r := p.plan()
	equal(t, r.Counts, Counts{Remove: 2, Unchanged: 3, Invalid: 3}, "plan")
	var reasons []string
	for _, i := range r.Invalid {
		reasons = append(reasons, fmt.Sprint(i.Rows, " ", i.Reason))
	}
	equal(t, strings.Join(reasons, "; "), `1 the key "email" is empty; 2 2 customers share this key`, "reasons")
	p.apply()
	if p.tool.contacts[`{"email":"u00001@x.example"}`] == nil {
		t.Error("what the tool holds under a key that two share was taken out")
	}
	equal(t, len(p.tool.contacts), 4, "contacts")
}

func TestNullPolicies(t *testing.T) {
	for _, c := range []struct {
		policy string
		counts Counts
		want   string
	}{
		{"skip", Counts{Unchanged: 2}, "N0"},
		{"clear", Counts{Update: 1, Unchanged: 1}, "<nil>"},
		{"invalid", Counts{Invalid: 1, Unchanged: 1}, "N0"},
	} {
		p := newProject(t)
		p.people = people(2)
		p.sync.Null = map[string]string{"first_name": c.policy}
		p.apply()
		p.people[0].name = ""
		equal(t, p.plan().Counts, c.counts, c.policy)
		p.apply()
		equal(t, fmt.Sprint(p.tool.contacts[`{"email":"u00000@x.example"}`]["first_name"]), c.want, c.policy)
		equal(t, p.plan().Operations(), 0, "operations afterwards")
	}
}

func TestPartialUpdateCarriesWhatChanged(t *testing.T) {
	p := newProject(t)
	p.people = people(3)
	p.tool.object.Partial = true
	p.apply()
	p.people[1].ltv = 8
	p.tool.writes = nil
	p.apply()
	bits := p.tool.writes[0].Record.Column(2).ValueStr(0)
	equal(t, bits, "Ag==", "carried fields") // the second of two
	p.same()
	p.people[1].name = "Other"
	p.apply()
	p.same()
	p.tool.contacts[`{"email":"u00001@x.example"}`]["ltv"] = "touched by somebody"
	p.people[1].name = "Third"
	p.apply()
	equal(t, fmt.Sprint(p.tool.contacts[`{"email":"u00001@x.example"}`]["ltv"]), "touched by somebody", "a field that was not carried")
}

func TestLeaveByUpdate(t *testing.T) {
	p := newProject(t)
	p.people = people(4)
	p.sync.OnLeave = config.Leave{Rule: "update", Update: []config.Mapping{mapping("status", "'left'"), mapping("ltv", "0")}}
	p.apply()
	gone := p.people[3]
	p.people = p.people[:3]
	equal(t, p.plan().Counts, Counts{Remove: 1, Unchanged: 3}, "plan")
	p.apply()
	left := p.tool.contacts[`{"email":"u00003@x.example"}`]
	equal(t, fmt.Sprint(left["status"], " ", left["first_name"], " ", left["ltv"]), "left N3 0.00", "who left")
	equal(t, fmt.Sprint(p.tool.contacts[`{"email":"u00000@x.example"}`]["status"]), "<nil>", "who stays")
	equal(t, p.statuses(), "delivered 3, removed 1", "ledger")
	equal(t, p.plan().Operations(), 0, "operations afterwards")
	p.people = append(p.people, gone)
	equal(t, p.plan().Counts, Counts{Update: 1, Unchanged: 3}, "who comes back")
	p.apply()
	equal(t, fmt.Sprint(p.tool.contacts[`{"email":"u00003@x.example"}`]["ltv"]), "150.00", "who came back")
}

func TestHoldoutsAndGuards(t *testing.T) {
	p := newProject(t)
	p.people = people(40)
	p.people[0].holdout = true
	r := p.plan()
	equal(t, r.Counts, Counts{Add: 39, Held: 1}, "plan")
	p.apply()
	p.people = p.people[:20]
	v := verdict(p.plan(), "max_remove_ratio")
	equal(t, v.Status, guard.Blocked, "mass removal")
	equal(t, v.Limit, 0.2, "limit")
	p.people = nil
	equal(t, verdict(p.plan(), "empty_result").Status, guard.Blocked, "nothing left")
	p.sync.Guards = []config.Guard{{Name: "max_remove", Limit: 100, Floor: -1}, {Name: "max_remove_ratio", Limit: 1, Floor: -1}}
	equal(t, verdict(p.plan(), "max_remove").Status, guard.OK, "own limit")
	equal(t, verdict(p.plan(), "max_remove_ratio").Status, guard.OK, "own limit")
}

// Who is held out of a segment is not sent through another that includes it.
func TestHoldoutOfAnIncludedSegment(t *testing.T) {
	p := newProject(t)
	p.people = people(4)
	p.people[3].holdout = true
	p.heldOutOf = map[string][]string{"base": {"cus_00001", "cus_00002"}}
	p.apply()
	equal(t, len(p.tool.contacts), 3, "without the included one")
	p.sync.Includes = []addr.Address{{Type: "segment", Name: "base"}}
	equal(t, p.plan().Counts, Counts{Remove: 2, Unchanged: 1, Held: 3}, "plan")
	p.sync.Holdouts = "include"
	equal(t, p.plan().Counts, Counts{Add: 1, Unchanged: 3}, "holdouts included")
}

func verdict(r *Result, name string) guard.Verdict {
	for _, v := range r.Verdicts {
		if v.Name == name {
			return v
		}
	}
	return guard.Verdict{}
}

func TestWholeSet(t *testing.T) {
	p := newProject(t)
	p.people = people(12)
	p.tool.object = schema.Object{Name: "vips.csv", WholeSet: true, Operations: []schema.Operation{{Op: schema.OpReplace}, {Op: schema.OpAppend}}}
	r := p.apply()
	equal(t, r.Delivered, 12, "delivered")
	p.same()
	p.apply()
	equal(t, len(p.tool.whole), 1, "an unchanged file is not written again")
	p.people[2].ltv = 3
	p.people = p.people[:11]
	equal(t, p.plan().Counts, Counts{Update: 1, Remove: 1, Unchanged: 10}, "plan")
	p.tool.fault, p.tool.closed = on("transient", 2), 0
	r = p.apply()
	equal(t, r.Requests, 2, "writes")
	equal(t, p.tool.closed, 1, "times the connector was closed: a full disk is no reason to start another")
	equal(t, strings.Join(p.query(`select distinct attempts from "_cdp"."ledger" where status = 'removed'`), ""), "3", "attempts: one before, two now")
	equal(t, r.Delivered, 2, "delivered")
	p.same()
	equal(t, p.statuses(), "delivered 11, removed 1", "ledger")
	p.tool.fault = func(int) string { return "lose" }
	p.people[1].ltv = 5
	r = p.apply()
	equal(t, r.Unknown, 1, "unknown when the answer is lost")
	equal(t, strings.Join(p.query(`select code, message from "_cdp"."ledger" where status = 'unknown'`), ""), "no_answer connection reset", "why")
	p.tool.fault = func(int) string { return "" }
	p.apply()
	p.same()
	equal(t, p.statuses(), "delivered 11, removed 1", "ledger")
}

func TestFingerprintsKeepTypesApartButNotWidths(t *testing.T) {
	p := newProject(t)
	p.people = people(3)
	p.apply()
	p.sync.Fields[1] = mapping("ltv", "cast(ltv as decimal(38, 6))")
	equal(t, p.plan().Operations(), 0, "a wider number")
	p.sync.Fields[1] = mapping("ltv", "cast(ltv as double)")
	equal(t, p.plan().Operations(), 0, "a number of another kind")
	p.sync.Fields[1] = mapping("ltv", "cast(ltv as varchar)")
	equal(t, p.plan().Counts.Update, 3, "a text")
}

func TestRetryRules(t *testing.T) {
	for _, c := range []struct {
		rule        string
		same, other int
	}{{"each_run", 1, 1}, {"when_changed", 0, 1}, {"never", 0, 0}} {
		p := newProject(t)
		p.people = people(3)
		p.sync.Retry = c.rule
		p.tool.bad = func(id string) bool { return strings.Contains(id, "u00001") }
		p.apply()
		p.tool.sent = nil
		p.apply()
		equal(t, len(p.tool.sent), c.same, c.rule+", nothing changed")
		p.people[1].ltv = 1
		p.tool.sent = nil
		p.apply()
		equal(t, len(p.tool.sent), c.other, c.rule+", changed")
		p.people = slices.Delete(p.people, 1, 2)
		p.apply()
		equal(t, p.statuses(), "delivered 2", "the ledger forgets what never arrived")
	}
}

func TestDigestNamesTheOperations(t *testing.T) {
	p := newProject(t)
	p.people = people(20)
	first := p.plan().Digest
	slices.Reverse(p.people)
	equal(t, p.plan().Digest, first, "in another order")
	p.people[3].ltv = 1
	if p.plan().Digest == first {
		t.Error("other operations have the same digest")
	}
}
