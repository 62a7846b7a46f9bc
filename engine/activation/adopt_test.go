package activation

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
)

func TestFirstRunAdoptsWhatTheToolHas(t *testing.T) {
	p := newProject(t)
	p.people = people(4)
	p.people[3].name = "" // skipped: the tool's own name stays
	p.sync.Import = "readback"
	for i, name := range []string{"N0", "Other", "", "Kept"} {
		if i != 2 {
			p.tool.contacts[fmt.Sprintf(`{"email": "u%05d@x.example"}`, i)] = map[string]any{"first_name": name, "ltv": 150.0}
		}
	}
	p.tool.contacts[`{"email":"stranger@x.example"}`] = map[string]any{"first_name": "Somebody"}
	r := p.plan()
	equal(t, r.Counts, Counts{Add: 1, Update: 1, Unchanged: 2}, "plan")
	equal(t, r.Adopted, 3, "adopted")
	p.apply()
	equal(t, strings.Join(p.tool.sent, " "), `{"email":"u00001@x.example"} {"email":"u00002@x.example"}`, "sent")
	equal(t, p.statuses(), "delivered 4", "ledger")
	p.tool.log = nil
	r = p.plan()
	equal(t, r.Counts, Counts{Unchanged: 4}, "the second run")
	equal(t, r.Adopted, 0, "adopted by the second run")
	equal(t, len(p.tool.log), 0, "the tool is asked once")
	p.people[0].name, p.people[3].name = "New", "Newer"
	p.people = append(p.people[:1], p.people[2:]...)
	equal(t, p.plan().Counts, Counts{Update: 2, Remove: 1, Unchanged: 1}, "adopted people are ours")
}

func TestAdoptionThatChangesNothingIsKept(t *testing.T) {
	p := newProject(t)
	p.people = people(2)
	p.apply()
	was := p.tool.contacts
	p.sync.Import = "readback"
	q := newProject(t)
	q.people, q.sync.Import, q.tool.contacts = p.people, "readback", was
	equal(t, q.plan().Changed(), true, "there is something to publish")
	q.apply()
	equal(t, len(q.tool.sent), 0, "sent")
	equal(t, q.statuses(), "delivered 2", "ledger")
}

func TestWhatCannotBeReadBackIsNotAdopted(t *testing.T) {
	p := newProject(t)
	p.sync.Import = "readback"
	p.tool.object.Readback = false
	an, err := analyzer()
	p.must(err)
	_, ds := Compile(context.Background(), Given{Sync: p.sync, Object: &p.tool.object, Columns: p.columns()}, an)
	if len(ds) != 1 || ds[0].Code != "activation.import" {
		t.Error(ds)
	}
	p.tool.object = schema.Object{Name: "x.csv", Readback: true, WholeSet: true, Operations: []schema.Operation{{Op: schema.OpReplace}}}
	if _, ds = Compile(context.Background(), Given{Sync: p.sync, Object: &p.tool.object, Columns: p.columns()}, an); len(ds) != 1 {
		t.Error(ds)
	}
}
