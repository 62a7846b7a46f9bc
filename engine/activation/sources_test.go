package activation

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

func TestWhereAndTypes(t *testing.T) {
	p := newProject(t)
	p.people = people(6)
	p.people[2].ltv = 10
	p.sync.Where = sqlOf("ltv > 100")
	p.sync.Fields = append(p.sync.Fields,
		mapping("tags", "['vip', first_name]"), mapping("seen", "as_of"), mapping("day", "cast(as_of as date)"), mapping("n", "length(email)"),
		mapping("big", "cast(ltv as hugeint)"), mapping("yes", "ltv > 1"), mapping("nothing", "null"), mapping("id", "customer_id"))
	r := p.apply()
	equal(t, r.Delivered, 5, "delivered")
	got := p.tool.contacts[`{"email":"u00000@x.example"}`]
	equal(t, string(warehouse.Text(got["tags"])), `["vip","N0"]`, "a list is JSON")
	equal(t, got["seen"].(time.Time), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC), "as_of")
	equal(t, got["n"].(int64), int64(16), "a number")
	equal(t, got["yes"].(bool), true, "a boolean")
	equal(t, got["id"].(string), "cus_00000", "the customer id")
	if _, ok := got["nothing"]; ok {
		t.Error("a null was carried though on_null is skip")
	}
	equal(t, p.plan().Operations(), 0, "operations afterwards")
}

func TestLostRecordsOfAllTypesAreRecognised(t *testing.T) {
	p := newProject(t)
	p.people = people(5)
	p.tool.idempotent(false)
	p.sync.Fields = append(p.sync.Fields, mapping("tags", "['vip', first_name]"), mapping("seen", "as_of"), mapping("rate", "ltv / 7"), mapping("yes", "ltv > 1"))
	p.tool.fault = on("lose", 1)
	r := p.apply()
	equal(t, r.Delivered, 5, "delivered")
	equal(t, len(p.tool.sent), 5, "sent")
}

func TestNewestOfTwoCustomersIsSent(t *testing.T) {
	p := newProject(t)
	p.people = people(4)
	p.people[1].email = p.people[0].email
	p.sync.OnConflict = "newest"
	provenance := warehouse.Table{Schema: "customer", Name: "provenance", Columns: []schema.Column{
		{Name: "customer_id", Type: text}, {Name: "attribute", Type: text}, {Name: "updated_at", Type: schema.Type{Kind: schema.Timestamp}},
	}}
	at := func(day int) time.Time { return time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC) }
	c := p.open()
	p.must(c.Declare(context.Background(), provenance))
	p.must(c.Promote(context.Background()))
	p.must(c.Publish(context.Background(), warehouse.Publication{Deltas: []warehouse.Delta{{Table: provenance, Rows: [][]any{
		{"cus_00000", "first_name", at(1)}, {"cus_00001", "first_name", at(2)}, {"cus_00000", "city", nil}}}}}))
	p.must(c.Close())
	p.declared = append(p.declared, provenance)
	equal(t, p.plan().Counts, Counts{Add: 3, Held: 1}, "plan")
	p.apply()
	equal(t, p.tool.contacts[`{"email":"u00000@x.example"}`]["first_name"].(string), "N1", "the newer one")
	equal(t, p.plan().Counts, Counts{Unchanged: 3, Held: 1}, "afterwards")
}

func TestModel(t *testing.T) {
	p := newProject(t)
	report := warehouse.Table{Schema: "model", Name: "report", Key: []string{"email"}, Columns: []schema.Column{
		{Name: "email", Type: text}, {Name: "first_name", Type: text}, {Name: "ltv", Type: schema.Type{Kind: schema.Double}},
	}}
	p.sync.From.Addr, p.sync.Identity = addr.Address{Type: "model", Name: "report"}, addr.Address{}
	publish := func(rows ...[]any) {
		s := p.open()
		defer s.Close()
		p.must(s.Declare(context.Background(), report))
		p.must(s.Promote(context.Background()))
		p.must(s.Publish(context.Background(), warehouse.Publication{Deltas: []warehouse.Delta{{Table: report, Replace: true, Rows: rows}}}))
	}
	p.declared = append(p.declared, report)
	publish([]any{"a@x.example", "A", 1.5}, []any{"b@x.example", "B", 2.0}, []any{"b@x.example", "B2", 3.0}, []any{nil, "C", 4.0})
	r := p.plan()
	equal(t, r.Counts, Counts{Add: 1, Invalid: 3}, "plan")
	if !strings.Contains(r.Invalid[1].Reason, "2 rows share this key") {
		t.Errorf("reasons: %+v", r.Invalid)
	}
	p.apply()
	publish([]any{"b@x.example", "B", 2.0})
	p.apply()
	equal(t, len(p.tool.contacts), 1, "contacts")
	equal(t, p.tool.contacts[`{"email":"b@x.example"}`]["ltv"].(float64), 2.0, "value")
}

func TestAppendOfWholeFiles(t *testing.T) {
	p := newProject(t)
	p.people = people(5)
	p.sync.Mode, p.sync.OnLeave = "append", config.Leave{}
	p.tool.object = schema.Object{Name: "log-{run}.csv", WholeSet: true, Operations: []schema.Operation{{Op: schema.OpReplace}, {Op: schema.OpAppend}}}
	p.apply()
	p.people[2].ltv = 9
	p.apply()
	equal(t, len(p.tool.whole), 2, "files")
	equal(t, len(p.tool.whole[1]), 1, "rows of the second: what is new")
	p.people[3].ltv = 8
	p.tool.fault = func(int) string { return "lose" }
	r := p.apply()
	equal(t, r.Unknown, 1, "unknown")
	files := len(p.tool.whole)
	p.tool.fault = func(int) string { return "" }
	r = p.apply()
	equal(t, len(p.tool.whole), files, "what may have been appended is not appended again")
	equal(t, r.Unknown, 1, "still unknown")
	p.people[4].ltv = 7
	r = p.apply()
	equal(t, len(p.tool.whole[files]), 1, "rows of the next file: what is new")
	equal(t, r.Delivered, 1, "delivered with the next file")
	equal(t, p.statuses(), "delivered 4, unknown 1", "ledger: what was not in that file is as unknown as before")
	p.resend["sync.vips"] = true
	r = p.apply()
	equal(t, r.Status, "done", "status when allowed")
}

func TestReplaceMode(t *testing.T) {
	p := newProject(t)
	p.people = people(30)
	p.sync.Mode, p.sync.OnLeave = "replace", config.Leave{}
	p.tool.object.Operations = append(p.tool.object.Operations, schema.Operation{Op: schema.OpReplace})
	p.tool.contacts["somebody"] = map[string]any{}
	p.apply()
	p.same()
	p.people = p.people[:25]
	p.apply()
	p.same()
	p.apply()
	equal(t, len(p.tool.whole), 2, "writes")
}
