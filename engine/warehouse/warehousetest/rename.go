package warehousetest

import (
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// renaming takes a table into another schema, with another name for a column, while a change of it is staged.
func renaming(s *suite) {
	s.seed()
	to := orders()
	to.Schema, to.Name = "raw_store", "sales"
	to.Columns[1].Name = "amount"
	inSchema := to
	inSchema.Name = "sold"
	for _, r := range []warehouse.Rename{
		{From: orders(), To: to, Columns: map[string]string{"total": "amount"}},
		{From: to, To: inSchema},
		{From: inSchema, To: inSchema, Columns: map[string]string{"amount": "total"}},
	} {
		now := r.To
		if r.From.String() == now.String() {
			now.Columns = orders().Columns
		}
		s.must(s.store.Declare(s.ctx, now)) // before or after: it is the same
		s.must(s.store.Rename(s.ctx, r, warehouse.Rename{From: warehouse.Named("no", "such"), To: warehouse.Named("no", "table")}))
		s.rows(`SELECT * FROM "`+now.Schema+`"."`+now.Name+`" ORDER BY 1`, "1 10", "2 20")
		s.run(`CREATE OR REPLACE TABLE delta.left AS SELECT * FROM (VALUES (99)) AS v(id)`)
		d := warehouse.Delta{Table: now, Delete: scratch("left")}
		s.must(s.store.Stage(s.ctx, d))
		s.must(s.store.Promote(s.ctx))
		s.must(s.store.Publish(s.ctx, warehouse.Publication{Renames: []warehouse.Rename{r}}))
		s.rows(`SELECT * FROM "`+now.Schema+`"."`+now.Name+`" ORDER BY 1`, "1 10", "2 20")
		s.publish(d)
		s.reopen()
		s.must(s.store.Declare(s.ctx, now))
		s.rows(`SELECT * FROM "`+now.Schema+`"."`+now.Name+`" ORDER BY 1`, "1 10", "2 20")
		if r.From.String() != now.String() {
			s.must(s.store.Declare(s.ctx, r.From))
			s.rows(`SELECT count(*) FROM "was"."`+r.From.String()+`"`, "0")
		}
	}
}

// labelling gives rows another name for what they are of. Rows of others keep theirs.
func labelling(s *suite) {
	ledger := warehouse.Table{Schema: "_cdp", Name: "ledger", Key: []string{"sync", "key"},
		Columns: []schema.Column{column("sync", schema.String), column("kind", schema.String), column("key", schema.String)}}
	s.must(s.store.Declare(s.ctx, ledger))
	s.publish(warehouse.Delta{Table: ledger, Rows: [][]any{{"a", "x", "1"}, {"a", "y", "2"}, {"b", "x", "3"}, {"c'", "x", "3"}}})
	s.reopen()
	s.must(s.store.Declare(s.ctx, ledger))
	r := warehouse.Rename{From: ledger, To: ledger, Labels: []warehouse.Label{
		{Columns: []string{"sync"}, Old: []string{"b"}, New: []string{"c'"}, Replace: true},
		{Columns: []string{"sync", "kind"}, Old: []string{"a", "x"}, New: []string{"d", "x"}},
	}}
	s.must(s.store.Rename(s.ctx, r))
	all := []string{"1 d x", "2 a y", "3 c' x"}
	s.rows(`SELECT key, sync, kind FROM "was"."_cdp.ledger" ORDER BY 1`, all...)
	s.must(s.store.Promote(s.ctx))
	s.rows(`SELECT key, sync, kind FROM "_cdp"."ledger" ORDER BY 1`, all...)
	s.must(s.store.Publish(s.ctx, warehouse.Publication{Renames: []warehouse.Rename{r},
		Deltas: []warehouse.Delta{{Table: ledger, Gone: [][]any{{"d", "1"}}}}}))
	s.rows(`SELECT key, sync, kind FROM "_cdp"."ledger" ORDER BY 1`, all[1:]...)
	s.reopen()
	s.must(s.store.Declare(s.ctx, ledger))
	s.rows(`SELECT key, sync, kind FROM "_cdp"."ledger" ORDER BY 1`, all[1:]...)
}
