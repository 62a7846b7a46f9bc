package identity_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/google/go-cmp/cmp"
)

func TestSharedEmail(t *testing.T) {
	p := newProject(t, customer(), person{id: "a", user: "u1", email: "home@x.example"}, person{id: "b", user: "u2", email: "home@x.example"}, person{id: "c", email: "home@x.example"})
	got := p.run()
	if got["a"] == got["b"] || len(clusters(got)) != 2 {
		t.Errorf("clusters: %v", clusters(got))
	}
	if diff := cmp.Diff([][]string{{"email", "home@x.example", "same_email", "conflict: user_id is unique", "1", "people:b would join u1 and u2"}},
		p.look("from wh.customer.rejections")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"2", "true"}}, p.look("select count(*), min(shared) from wh.customer.identifiers where identifier = 'email'")); diff != "" {
		t.Error(diff)
	}
}

func TestMergeAndBack(t *testing.T) {
	people := []person{{id: "a", email: "a@x.example"}, {id: "b", phone: "+14155552671"}, {id: "b2", phone: "415-555-2671"}}
	p := newProject(t, customer(), people...)
	first := p.run()
	p.streams["people"] = append(slices.Clone(people), person{id: "c", email: "A@X.example", phone: "(415) 555 2671"})
	merged := p.run()
	if len(clusters(merged)) != 1 {
		t.Fatalf("clusters: %v", clusters(merged))
	}
	if n := p.last.Counts; n.Merged != 1 || n.Profiles != 1 || n.Before != 2 || n.LargestMerge != 2 {
		t.Errorf("%+v", n)
	}
	if diff := cmp.Diff([][]string{{first["a"], first["b"], "01RUN0002"}}, p.look("from wh.customer.redirects")); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"merged", first["a"], first["b"], "shared email phone"}},
		p.look("select event, customer_id, other_id, reason from wh.customer.history where run_id = '01RUN0002'")); diff != "" {
		t.Error(diff)
	}
	p.streams["people"] = people
	if diff := cmp.Diff(first, p.run()); diff != "" {
		t.Errorf("ids once the bridge is gone: %s", diff)
	}
	if diff := cmp.Diff([][]string{{"resurrected", first["a"], first["b"]}, {"split", first["b"], first["a"]}},
		p.look("select event, customer_id, other_id from wh.customer.history where run_id = '01RUN0003' order by all")); diff != "" {
		t.Error(diff)
	}
	if got := p.look("from wh.customer.redirects"); len(got) != 0 {
		t.Errorf("redirects: %v", got)
	}
	p.run()
	if p.last.Changed() {
		t.Errorf("a run on the same data changes %+v", p.last.Deltas)
	}
}

// The id of the larger part goes with its records, and what is left of the cluster gets its own id back.
func TestHistorySaysWhy(t *testing.T) {
	people := []person{{id: "1", email: "a@x.example"}, {id: "2", email: "a@x.example"}, {id: "3", phone: "+14155552671"}, {id: "4", phone: "+14155552671"}, {id: "5", phone: "+14155552671"}}
	p := newProject(t, customer(), people...)
	p.run()
	p.streams["people"] = append(slices.Clone(people), person{id: "6", email: "a@x.example", phone: "+14155552671"})
	p.run()
	p.streams["people"] = people[:2]
	p.run()
	p.streams["people"] = append(people[:2:2], person{id: "9", email: "z@x.example"})
	p.run()
	want := [][]string{
		{"01RUN0001", "created", "new records"}, {"01RUN0001", "created", "new records"}, {"01RUN0002", "merged", "shared email phone"},
		{"01RUN0003", "merged", "records gone"}, {"01RUN0003", "resurrected", "its records are back"}, {"01RUN0004", "created", "new records"},
	}
	if diff := cmp.Diff(want, p.look("select run_id, event, reason from wh.customer.history order by all")); diff != "" {
		t.Error(diff)
	}
}

// A retired id must not take over from the one it was merged into just because something else moved.
func TestMergedIDStaysMerged(t *testing.T) {
	people := []person{{id: "a", email: "a@x.example"}, {id: "a2", email: "a@x.example"}, {id: "b", phone: "+14155552671"}}
	p := newProject(t, customer(), people...)
	p.run()
	p.streams["people"] = append(slices.Clone(people), person{id: "c", email: "a@x.example", phone: "+14155552671", device: "d"}, person{id: "d", device: "d"})
	merged := p.run()
	p.streams["people"][3].device = ""
	got := p.run()
	for _, k := range []string{"a", "a2", "b", "c"} {
		if got[k] != merged[k] {
			t.Errorf("%s moved from %s to %s", k, merged[k], got[k])
		}
	}
	if got["d"] == got["a"] {
		t.Error("d is still of the customer")
	}
}

func TestChainLosesTheSameLink(t *testing.T) {
	rows := []person{{id: "a", user: "u1", email: "ab@x.example"}, {id: "b", email: "ab@x.example", phone: "+14155552671"}, {id: "c", user: "u2", phone: "+14155552671"}}
	for _, order := range [][]int{{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}} {
		p := newProject(t, customer())
		var got map[string]string
		for _, i := range order {
			p.streams["people"] = append(p.streams["people"], rows[i])
			got = p.run()
		}
		if diff := cmp.Diff([][]string{{"a", "b"}, {"c"}}, clusters(got)); diff != "" {
			t.Errorf("order %v: %s", order, diff)
		}
	}
}

func TestPlaceholders(t *testing.T) {
	users := []string{"null", "NULL", "undefined", "0", "-1", "anonymous", "none", "n/a", "unknown", "00000000-0000-0000-0000-000000000000", "999999999"}
	emails := []string{"test@test.com", "noreply@shop.example", "none", " ", "a@"}
	phones := []string{"0000000000", "+10000000000", "unknown"}
	var people []person
	for i := range 330 {
		people = append(people, person{id: fmt.Sprint("r", i), user: users[i%len(users)], email: emails[i%len(emails)], phone: phones[i%len(phones)], device: "undefined"})
	}
	p := newProject(t, customer(), people...)
	if got := clusters(p.run()); len(got) != 330 {
		t.Errorf("%d customers of 330 records with placeholders", len(got))
	}
	blocked := p.look("select distinct value from wh.customer.rejections where rule = 'placeholder' order by 1")
	if len(blocked) < 14 {
		t.Errorf("blocked: %v", blocked)
	}
	if got := p.look("from wh.customer.identifiers"); len(got) != 0 {
		t.Errorf("placeholders are identifiers: %v", got)
	}
}

func TestSpellings(t *testing.T) {
	p := newProject(t, customer(),
		person{id: "a1", email: "j.doe@gmail.com"}, person{id: "a2", email: "JDOE+news@googlemail.com"}, person{id: "b1", email: "j.doe@corp.example"}, person{id: "b2", email: "jdoe@corp.example"},
		person{id: "c1", email: "ｋｉｍ@x.example"}, person{id: "c2", email: "kim@x.example"}, person{id: "d1", email: "li\u200dn@x.example"}, person{id: "d2", email: "lin@x.example"},
		person{id: "e1"}, person{id: "e2", email: "   "}, person{id: "h1", email: "jos\u00e9@x.example"}, person{id: "h2", email: "JOSE\u0301@X.example"},
		person{id: "f1", phone: "(415) 555-2671"}, person{id: "f2", phone: "+1 (415) 555\u20112671"}, person{id: "g1", phone: "12"}, person{id: "g2", phone: "12"},
		person{id: "i1", user: " u1"}, person{id: "i2", user: "u1"})
	want := [][]string{{"a1", "a2"}, {"b1"}, {"b2"}, {"c1", "c2"}, {"d1", "d2"}, {"e1"}, {"e2"}, {"f1", "f2"}, {"g1"}, {"g2"}, {"h1", "h2"}, {"i1"}, {"i2"}}
	if diff := cmp.Diff(want, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
}

func TestPhoneRegions(t *testing.T) {
	id := customer()
	id.Identifiers[2].Region = expr("device")
	id.Inputs[0].Identifiers = mapping("phone", "phone")
	p := newProject(t, id, person{id: "us", phone: "2070313000", device: "US"}, person{id: "gb", phone: "020 7031 3000", device: "GB"}, person{id: "gb2", phone: "+442070313000"},
		person{id: "none", phone: "2070313000"})
	if diff := cmp.Diff([][]string{{"gb", "gb2"}, {"none"}, {"us"}}, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
}

func TestTakeAwayAndBack(t *testing.T) {
	rng := rand.New(rand.NewPCG(11, 1))
	var people []person
	for i := range 60 {
		one := person{id: fmt.Sprint("r", i), email: fmt.Sprintf("e%d@x.example", rng.IntN(30))}
		if rng.IntN(2) == 0 {
			one.device = fmt.Sprint("d", rng.IntN(40))
		}
		people = append(people, one)
	}
	id := customer()
	p := newProject(t, id, people...)
	first := p.run()
	for range 5 {
		gone := rng.IntN(len(people))
		p.streams["people"] = slices.Delete(slices.Clone(people), gone, gone+1)
		now := p.run()
		for k, was := range first {
			if was != first[people[gone].id] && now[k] != was {
				t.Errorf("%s has nothing to do with it and moved", k)
			}
		}
		p.streams["people"] = people
		if diff := cmp.Diff(first, p.run()); diff != "" {
			t.Fatalf("after %s came back: %s", people[gone].id, diff)
		}
	}
}

func TestRuleWithCondition(t *testing.T) {
	id := customer()
	id.Rules = []*config.Rule{{Name: "same_email", On: []string{"email"}}, {Name: "phone_person", On: []string{"phone"}, Where: expr("l.name = r.name")}}
	p := newProject(t, id, person{id: "a", phone: "+14155552671", name: "Ann"}, person{id: "b", phone: "+14155552671", name: "Bob"}, person{id: "c", phone: "+14155552671", name: "Ann"})
	if diff := cmp.Diff([][]string{{"a", "c"}, {"b"}}, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
	for i := range 201 {
		p.streams["people"] = append(p.streams["people"], person{id: fmt.Sprint("x", i), phone: "+14155552672", name: "Ann"})
	}
	if got := clusters(p.run()); len(got) != 203 {
		t.Errorf("%d customers: a phone of more than 200 records is a hub", len(got))
	}
	if diff := cmp.Diff([][]string{{"phone", "+14155552672", "phone_person", "201"}}, p.look("select identifier, value, rule, records from wh.customer.rejections")); diff != "" {
		t.Error(diff)
	}
}

func TestRuleWithTwoIdentifiers(t *testing.T) {
	id := customer()
	id.Rules = []*config.Rule{{Name: "both", On: []string{"email", "device"}}}
	p := newProject(t, id, person{id: "a", email: "h@x.example", device: "d1", user: "u1"}, person{id: "b", email: "h@x.example", device: "d2"},
		person{id: "c", email: "h@x.example", device: "d1"}, person{id: "d", email: "h@x.example", device: "d1", user: "u2"})
	got := clusters(p.run())
	if diff := cmp.Diff([][]string{{"a", "c"}, {"b"}, {"d"}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestSeveralValues(t *testing.T) {
	id := customer()
	id.Inputs[0].Identifiers = mapping("user_id", "user_id", "email", "email|device")
	p := newProject(t, id, person{id: "a", email: "a@x.example", device: "b@x.example"}, person{id: "b", email: "b@x.example"}, person{id: "c", email: "C@x.example", device: "c@x.example"})
	if diff := cmp.Diff([][]string{{"a", "b"}, {"c"}}, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([][]string{{"c@x.example", "1"}}, p.look("select value, records from wh.customer.identifiers where value like 'c%'")); diff != "" {
		t.Error(diff)
	}
}

func TestUniqueInOneRecord(t *testing.T) {
	id := customer()
	id.Inputs[0].Identifiers = mapping("user_id", "user_id|device")
	p := newProject(t, id, person{id: "a", user: "u1", device: "u2"}, person{id: "b", user: "u2"}, person{id: "c", user: "u1"})
	if diff := cmp.Diff([][]string{{"a", "c"}, {"b"}}, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
}

func TestAttachOnly(t *testing.T) {
	id := customer()
	events := input("events", "email", "email")
	events.Creates = false
	id.Inputs = append(id.Inputs, events)
	p := newProject(t, id, person{id: "a", email: "a@x.example"})
	p.keys["source.f.events"] = []string{"id"}
	p.streams["events"] = []person{{id: "1", email: "a@x.example"}, {id: "2", email: "z@x.example"}, {id: "3", email: "z@x.example"}}
	got := p.run()
	if diff := cmp.Diff([][]string{{"a", "events:1"}}, clusters(got)); diff != "" {
		t.Error(diff)
	}
	p.streams["people"] = append(p.streams["people"], person{id: "z", email: "z@x.example"})
	if diff := cmp.Diff([][]string{{"a", "events:1"}, {"events:2", "events:3", "z"}}, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
}

func TestDeletedFlag(t *testing.T) {
	id := customer()
	id.Inputs[0].Deleted = expr("device = 'gone'")
	p := newProject(t, id, person{id: "a", email: "a@x.example"}, person{id: "b", email: "a@x.example", device: "gone"}, person{id: "c"})
	if diff := cmp.Diff([][]string{{"a"}, {"c"}}, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
}

func TestNoPrimaryKey(t *testing.T) {
	p := newProject(t, customer(), person{id: "a", email: "a@x.example"}, person{id: "a", email: "a@x.example"}, person{id: "b"})
	p.keys = nil
	first := p.run()
	if len(first) != 3 || len(clusters(first)) != 2 {
		t.Errorf("%v", first)
	}
	slices.Reverse(p.streams["people"])
	if diff := cmp.Diff(first, p.run()); diff != "" {
		t.Error(diff)
	}
}

func TestRepeatedKey(t *testing.T) {
	p := newProject(t, customer(), person{id: "a", email: "old@x.example", at: "2026-01-01 00:00:00"}, person{id: "a", email: "new@x.example", at: "2026-02-01 00:00:00"}, person{id: "b", email: "new@x.example"})
	p.repeats["source.f.people"] = true
	if diff := cmp.Diff([][]string{{"a", "b"}}, clusters(p.run())); diff != "" {
		t.Error(diff)
	}
}

func TestNothing(t *testing.T) {
	p := newProject(t, customer())
	if got := p.run(); len(got) != 0 || p.last.Changed() {
		t.Errorf("%v %+v", got, p.last.Deltas)
	}
	p.streams["people"] = []person{{id: "a"}, {id: "b"}}
	first := p.run()
	if len(clusters(first)) != 2 {
		t.Errorf("all null: %v", first)
	}
	p.streams["people"] = nil
	if got := p.run(); len(got) != 0 || p.last.Counts.Retired != 2 {
		t.Errorf("%v %+v", got, p.last.Counts)
	}
	p.streams["people"] = []person{{id: "b"}, {id: "a"}}
	if diff := cmp.Diff(first, p.run()); diff != "" || p.last.Counts.Resurrected != 2 {
		t.Errorf("%s %+v", diff, p.last.Counts)
	}
}

func TestRedirectsLeadToTheLiving(t *testing.T) {
	p := newProject(t, customer(), person{id: "a", email: "a@x.example"}, person{id: "b", email: "b@x.example"}, person{id: "c", email: "c@x.example"})
	first := p.run()
	p.streams["people"] = append(p.streams["people"], person{id: "ab", email: "a@x.example", device: "1"}, person{id: "ba", email: "b@x.example", device: "1"})
	p.run()
	p.streams["people"] = append(p.streams["people"], person{id: "bc", email: "b@x.example", device: "2"}, person{id: "cb", email: "c@x.example", device: "2"})
	last := p.run()
	if len(clusters(last)) != 1 {
		t.Fatal(clusters(last))
	}
	got := p.look("select from_id, to_id from wh.customer.redirects")
	if len(got) != 2 {
		t.Errorf("redirects: %v", got)
	}
	for _, r := range got {
		if r[1] != last["a"] || !slices.Contains([]string{first["a"], first["b"], first["c"]}, r[0]) {
			t.Errorf("redirect %v, the living id is %s", r, last["a"])
		}
	}
}

func TestSplitKeepsTheLargerPart(t *testing.T) {
	p := newProject(t, customer(), person{id: "a", email: "a@x.example"}, person{id: "b", email: "a@x.example", device: "1"}, person{id: "c", device: "1", phone: "+14155552671"}, person{id: "d", phone: "+14155552671"}, person{id: "e", phone: "+14155552671"})
	first := p.run()
	p.id.Identifiers = p.id.Identifiers[:3]
	p.id.Inputs[0].Identifiers = p.id.Inputs[0].Identifiers[:3]
	now := p.run()
	if diff := cmp.Diff([][]string{{"a", "b"}, {"c", "d", "e"}}, clusters(now)); diff != "" {
		t.Fatal(diff)
	}
	if now["c"] != first["c"] || now["a"] == first["a"] {
		t.Errorf("first %v, now %v", first, now)
	}
	if n := p.last.Counts; n.Split != 1 || n.Created != 0 || n.Moved != 2 {
		t.Errorf("%+v", n)
	}
}

func TestGuardsAndAsserts(t *testing.T) {
	id := customer()
	id.Guards = []config.Guard{{Name: "max_cluster_size", Limit: 2, Floor: -1}, {Name: "max_merge_size", Limit: 1, Floor: -1}}
	id.Asserts = []*config.Assert{{Name: "names", Condition: expr("max(distinct_names) <= 1")}, {Name: "emails", Condition: expr("max(distinct_email) <= 1 and sum(identifiers) > 0")}}
	p := newProject(t, id, person{id: "a", email: "a@x.example", name: "Ann"}, person{id: "b", email: "b@x.example", name: "Bob"})
	p.run()
	status := func() string {
		var out []string
		for _, v := range p.last.Verdicts {
			if v.Status != guard.OK {
				out = append(out, v.Name+" "+string(v.Status))
			}
		}
		return strings.Join(out, ", ")
	}
	if got := status(); got != "" {
		t.Errorf("first run: %s", got)
	}
	p.streams["people"] = append(p.streams["people"], person{id: "c", email: "a@x.example", device: "1"}, person{id: "d", email: "b@x.example", device: "1"})
	p.run()
	if got := status(); got != "max_cluster_size blocked, max_merge_size blocked, assert names blocked, assert emails blocked" {
		t.Errorf("second run: %s", got)
	}
}

func TestHousehold(t *testing.T) {
	people := []person{{id: "a", user: "u1", phone: "+14155552671"}, {id: "b", user: "u2", phone: "+14155552671"}}
	p := newProject(t, customer(), people...)
	if got := clusters(p.run()); len(got) != 2 {
		t.Errorf("customers: %v", got)
	}
	p.id = customer()
	p.id.Addr.Name, p.id.IDPrefix = "household", "hou"
	p.id.Inputs[0].Identifiers = mapping("phone", "phone")
	p.run()
	if got := p.look("select count(distinct household_id), min(household_id)[:4] from wh.household.members"); got[0][0] != "1" || got[0][1] != "hou_" {
		t.Errorf("households: %v", got)
	}
}

func TestNoIdentifiers(t *testing.T) {
	id := customer()
	id.Identifiers, id.Inputs[0].Identifiers = nil, nil
	p := newProject(t, id, person{id: "a"}, person{id: "b"})
	if got := clusters(p.run()); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestExpressionThatFails(t *testing.T) {
	id := customer()
	id.Inputs[0].Attributes = mapping("age", "cast(name as integer)")
	p := newProject(t, id, person{id: "a", name: "secret"})
	s := p.open()
	defer s.Close()
	_, _, err := identity.Compute(p.ctx, identity.Env{Store: s, AsOf: asOf}, p.compile())
	var m *identity.Mistake
	if !errors.As(err, &m) || !strings.Contains(m.Diagnostic.Detail, `"age"`) || strings.Contains(m.Error(), "secret") {
		t.Errorf("%v", err)
	}
}

// Ids that were given out are not given out again, whoever asks.
func TestAnchorOfAnotherID(t *testing.T) {
	p := newProject(t, customer(), person{id: "a", email: "a@x.example"}, person{id: "b", email: "a@x.example"}, person{id: "c", email: "a@x.example"})
	first := p.run()
	p.streams["people"] = []person{{id: "a", email: "other@x.example"}, {id: "b", email: "a@x.example"}, {id: "c", email: "a@x.example"}}
	now := p.run()
	if now["b"] != first["b"] || now["a"] == first["a"] {
		t.Errorf("the larger part keeps the id: %v then %v", first, now)
	}
	check(t, p, now)
}

// Where the identity itself need not be computed, the records are rebuilt from the members there are.
func TestRecordsRebuilt(t *testing.T) {
	id := customer()
	id.Inputs[0].Attributes = mapping("name", "name", "born", "seen_at")
	p := newProject(t, id, person{id: "a", email: " A@x.example", name: "Ann", at: "2026-01-01"}, person{id: "b", email: "a@X.example"}, person{id: "c", user: "0"})
	first := p.run()
	s := p.open()
	defer s.Close()
	p.must(identity.Records(p.ctx, identity.Env{Store: s, AsOf: asOf}, p.compile()))
	const sql = `select record_key, customer_id, a_name, i_email, i_user_id, updated_at from work."customer.records" order by all`
	rebuilt := fmt.Sprint(p.rows(s, sql))
	for _, part := range []string{"[a " + first["a"] + " Ann a@x.example <nil> 2026-01-01", "[b " + first["a"] + " <nil> a@x.example", "[c " + first["c"] + " <nil> <nil> <nil>"} {
		if !strings.Contains(rebuilt, part) {
			t.Errorf("%s is not in %s", part, rebuilt)
		}
	}
	if diff := cmp.Diff([]warehouse.Row{{"a"}, {"b"}, {"c"}}, p.rows(s, `select _cdp_record from work."customer.input.people" order by 1`)); diff != "" {
		t.Error(diff)
	}
	_, _, err := identity.Compute(p.ctx, identity.Env{Store: s, AsOf: asOf}, p.compile())
	p.must(err)
	if again := fmt.Sprint(p.rows(s, sql)); again != rebuilt {
		t.Errorf("computed %s, rebuilt %s", again, rebuilt)
	}
}
