package main

import (
	"fmt"
	"path/filepath"
	"time"
)

const mergeProject = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "shop" {
  stream "orders" {
    path        = "data/*.csv"
    primary_key = ["order_id"]
    cursor      = "updated_at"
    columns     = ` + orderColumns + `
  }
}
`

// merging loads a small file of changed rows into a large table.
func merging(r *room) error {
	n, changed := r.rows(1_000_000), r.rows(10_000)
	project, err := r.project("merge", mergeProject)
	if err != nil {
		return err
	}
	base, news := filepath.Join(project, "data/base.csv"), filepath.Join(project, "data/news.csv")
	if err := writeOrders(base, n, 0, n, 0); err != nil {
		return err
	}
	if _, err := r.cdpIn(project, "apply", "--auto-approve"); err != nil {
		return err
	}
	idle, err := r.best(3, project, "run", "--json")
	if err != nil {
		return err
	}
	later := time.Duration(n) * 6 * time.Second // all of them are newer than the cursor
	if err := writeOrders(news, n, 0, changed, later); err != nil {
		return err
	}
	a, err := r.cdpIn(project, "run", "--json")
	if err != nil {
		return err
	}
	if got, _ := a.result("source.shop.orders").Counts["updated"].(float64); int(got) != changed {
		return fmt.Errorf("%v rows were updated, %d changed", got, changed)
	}
	yard, err := r.duck("merge", []string{"create table orders as select * from read_csv('" + base + "')"}, []string{
		"merge into orders using (select * from read_csv('" + news + "')) n using (order_id) when matched then update when not matched then insert",
	})
	if err != nil {
		return err
	}
	work := took{Wall: a.Wall - idle.Wall, CPU: a.CPU - idle.CPU}
	r.add(figure{What: "10,000 changed rows into 1 M, whole process", Measured: a.took, Yard: &yard, MaxRatio: 2})
	r.add(figure{What: "the same beyond a run with nothing new", Measured: work, Yard: &yard, MaxRatio: 2})
	r.add(figure{What: "a run with nothing new", Measured: idle.took})
	return nil
}
