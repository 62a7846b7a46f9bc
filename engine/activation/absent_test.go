package activation

import (
	"context"
	"fmt"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// updating is a project that updates what the tool has, of two people, of whom it has the first.
func updating(t *testing.T) *project {
	p := newProject(t)
	p.people = people(2)
	p.sync.Mode, p.sync.OnLeave.Rule = "update", ""
	p.tool.only(schema.OpUpdate)
	p.tool.noop = "whatever"
	p.tool.contacts[`{"email":"u00000@x.example"}`] = map[string]any{}
	return p
}

func (p *project) due() bool {
	p.Helper()
	s := p.open()
	defer s.Close()
	w, err := Wait(context.Background(), s, "vips")
	p.must(err)
	return w.Any("")
}

func TestUpdateOfWhatIsNotThereIsTriedAgain(t *testing.T) {
	p := updating(t)
	p.apply()
	equal(t, p.statuses(), "delivered 1, removed 1", "ledger")
	equal(t, fmt.Sprint(p.query(`select held is null, code from "_cdp"."ledger" where status = 'removed'`)), "[true not_found]", "what is held")
	equal(t, p.plan().Counts, Counts{Update: 1, Unchanged: 1}, "plan")
	equal(t, p.due(), true, "due")
	p.tool.contacts[`{"email":"u00001@x.example"}`] = map[string]any{}
	p.apply()
	p.same()
	equal(t, p.statuses(), "delivered 2", "ledger once they appeared")
	equal(t, p.due(), false, "due")
}

func TestWhoIsNotThereAndNotWantedIsForgotten(t *testing.T) {
	p := updating(t)
	p.apply()
	p.people = p.people[:1]
	p.apply()
	equal(t, p.statuses(), "delivered 1", "ledger")
}

func TestRecoveryKnowsWhatWasNotThere(t *testing.T) {
	p := updating(t)
	ctx := context.Background()
	c := p.begin(ctx).publish()
	spec := c.spec
	digest := digestOf(spec.Name, `{"email":"u00001@x.example"}`)
	p.must(c.journal.intent(spec.Name, "b", []keyDigest{digest}))
	p.must(c.journal.outcomes(spec.Name, "b", "results", c.run.StartedAt, []journaled{{key: digest, status: delivered, outcome: "noop", code: notFound}}))
	p.must(c.journal.Close())
	c.close()
	p.recover()
	equal(t, p.statuses(), "pending 1, removed 1", "ledger")
	p.tool.contacts[`{"email":"u00001@x.example"}`] = map[string]any{}
	p.apply()
	p.same()
}

// A mirror whose record was deleted in the tool puts it there again; a noop without that word is "already so".
func TestMirrorPutsBackWhatTheToolLost(t *testing.T) {
	for code, counts := range map[string]Counts{"404": {Add: 1, Unchanged: 1}, "same": {Unchanged: 2}} {
		p := newProject(t)
		p.people = people(2)
		p.tool.only(schema.OpAdd, schema.OpUpdate, schema.OpRemove)
		p.tool.noop = code
		p.apply()
		delete(p.tool.contacts, `{"email":"u00001@x.example"}`)
		p.people[1].ltv = 9
		p.apply()
		equal(t, p.plan().Counts, counts, code)
	}
}
