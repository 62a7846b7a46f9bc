package main

import (
	"fmt"
	"strings"
)

// validating checks a project of 1,000 blocks.
func validating(r *room) error {
	n := r.rows(1000)
	project, err := r.project("large", manyBlocks(n))
	if err != nil {
		return err
	}
	a, err := r.best(3, project, "validate")
	if err != nil {
		return err
	}
	r.add(figure{What: fmt.Sprintf("validate of %d blocks, best of 3", n), Measured: a.took, MaxSeconds: 0.3})
	return nil
}

// manyBlocks is a project of n blocks beside its source and identity: models, traits, segments and syncs.
func manyBlocks(n int) string {
	var b strings.Builder
	b.WriteString(peopleProject("name", "varchar", `
  stream "orders" {
    path        = "data/orders.csv"
    primary_key = ["order_id"]
    columns     = `+orderColumns+`
  }`, `
  input "orders" {
    stream      = source.shop.orders
    identifiers = { user = "customer_id" }
    occurred_at = "ordered_at"
  }`) + `
destination "file" "out" { dir = "out" }
`)
	for i := range n - 4 {
		switch i % 4 {
		case 0:
			fmt.Fprintf(&b, "model \"m%d\" {\n  sql = \"select order_id, total * %d as amount from ${source.shop.orders} where status = 'paid'\"\n}\n", i, i+1)
		case 1:
			fmt.Fprintf(&b, "trait \"t%d\" {\n  of = identity.customer\n  input = \"orders\"\n  value = \"sum(total)\"\n  where = \"total > %d and status = 'paid'\"\n  window = \"%d days\"\n  default = 0\n}\n", i, i, i%365+1)
		case 2:
			fmt.Fprintf(&b, "segment \"s%d\" {\n  of = identity.customer\n  where = \"t%d > %d and email is not null\"\n}\n", i, i-1, i)
		default:
			fmt.Fprintf(&b, "sync \"y%d\" {\n  segment = segment.s%d\n  destination = destination.out\n  object = \"s%d.csv\"\n  mode = \"mirror\"\n  on_leave = \"remove\"\n  key = { email = \"email\" }\n  fields = { value = \"round(t%d, 2)\" }\n}\n", i, i-1, i, i-2)
		}
	}
	return b.String()
}
