package main

import (
	"fmt"
	"strings"
)

// planning plans a project of 1,000 blocks over a warehouse of 1 M customers.
func planning(r *room) error {
	people, blocks := r.rows(1_000_000), r.rows(1000)
	hcl := manySegments(blocks)
	project, err := r.project("many", hcl)
	if err != nil {
		return err
	}
	generate := fmt.Sprintf("copy (select i as id, 'user' || i || '@shop.example' as email, hash(i) %% 100000 as score from range(%d) r(i)) to '%s/data/people.csv' (header)", people, project)
	if _, err := r.duck("generate", nil, []string{generate}); err != nil {
		return err
	}
	if _, err := r.cdpIn(project, "apply", "--auto-approve", "--json"); err != nil {
		return err
	}
	same, err := r.best(3, project, "plan", "--json")
	if err != nil {
		return err
	}
	r.add(figure{What: fmt.Sprintf("plan of %d blocks, nothing changed", blocks), Measured: same.took, MaxSeconds: 2})
	if _, err := r.project("many", strings.Replace(hcl, "where = \"score < 100\"", "where = \"score < 200\"", 1)); err != nil {
		return err
	}
	one, err := r.best(3, project, "plan", "--json")
	if err != nil {
		return err
	}
	query, err := r.best(3, project, "query", "--format", "csv", "select count(*) from (select customer_id from customer.profiles where score < 200)")
	if err != nil {
		return err
	}
	r.add(figure{What: "one segment changed, whole process", Measured: one.took, MaxSeconds: 2})
	r.add(figure{What: "one segment changed, beyond the plan without", Measured: took{Wall: max(one.Wall-same.Wall, 0), CPU: max(one.CPU-same.CPU, 0)}, Yard: &query.took, MaxRatio: 1.5,
		Note: "against the segment's own query as a process"})
	return nil
}

// peopleProject is a project of a shop's people, of whom it knows their e-mail and one attribute. streams and inputs are more of
// its source's and its identity's blocks.
func peopleProject(attribute, typ, streams, inputs string) string {
	return strings.NewReplacer("ATTRIBUTE", attribute, "TYPE", typ, "STREAMS", streams, "INPUTS", inputs).Replace(`
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "shop" {
  stream "people" {
    path        = "data/people.csv"
    primary_key = ["id"]
    columns     = { id = "bigint", email = "varchar", ATTRIBUTE = "TYPE" }
  }STREAMS
}
identity "customer" {
  identifier "user" { unique = true }
  identifier "email" { normalize = "email" }
  input "people" {
    stream      = source.shop.people
    identifiers = { user = "id", email = "email" }
    attributes  = { ATTRIBUTE = "ATTRIBUTE" }
  }INPUTS
}`)
}

// manySegments is a project of n blocks over one stream.
func manySegments(n int) string {
	var b strings.Builder
	b.WriteString(peopleProject("score", "bigint", "", "") + `
destination "file" "out" { dir = "out" }
segment "first" {
  of    = identity.customer
  where = "score < 100"
}
`)
	for i := range max(n-4, 0) {
		fmt.Fprintf(&b, "segment \"s%d\" {\n  of    = identity.customer\n  where = \"score = %d and email is not null\"\n}\n", i, i)
	}
	return b.String()
}
