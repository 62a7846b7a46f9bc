package main

import (
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const loadProject = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "shop" {
  stream "orders" {
    path        = "data/orders.csv"
    primary_key = ["order_id"]
    %s
  }
}
`

// loading loads the same file pinned and detected, then touched, with and without a cursor.
func loading(r *room) error {
	file, err := r.orders(r.rows(10_000_000))
	if err != nil {
		return err
	}
	copySQL := []string{"create table orders as select * from read_csv('" + file + "')"}
	if _, err := r.duck("warm", nil, copySQL); err != nil { // the file is in memory for everyone after it
		return err
	}
	before, err := r.duck("before", nil, copySQL)
	if err != nil {
		return err
	}
	pinned, first, err := r.firstLoad("pinned", "cursor = \"updated_at\"\n    columns = "+orderColumns, file, true)
	if err != nil {
		return err
	}
	detected, second, err := r.firstLoad("detected", "mode = \"full_refresh\"", file, false)
	if err != nil {
		return err
	}
	after, err := r.duck("after", nil, copySQL)
	if err != nil {
		return err
	}
	yard := mean(before, after)
	r.add(figure{What: "first load, columns pinned", Measured: first, Yard: &yard, MaxRatio: 1.7})
	r.add(figure{What: "first load, types found in the whole file", Measured: second, Yard: &yard, MaxRatio: 2.4})
	r.add(figure{What: "first load: peak of memory", Bytes: first.Peak})
	return r.again(pinned, detected, first)
}

// firstLoad makes a project and runs its first load. adopted: its config was applied before, so that only the run counts;
// else the apply that finds the types counts as a whole.
func (r *room) firstLoad(name, arguments, file string, adopted bool) (string, took, error) {
	project, err := r.project(name, fmt.Sprintf(loadProject, arguments))
	if err != nil {
		return "", took{}, err
	}
	if err := os.Link(file, filepath.Join(project, "data/orders.csv")); err != nil {
		return "", took{}, err
	}
	command := []string{"apply", "--auto-approve", "--json"}
	if adopted {
		if err := r.adopt(project); err != nil {
			return "", took{}, err
		}
		command = []string{"run", "--json"}
	}
	a, err := r.cdpIn(project, command...)
	if err != nil {
		return "", took{}, err
	}
	if n, _ := a.result("source.shop.orders").Counts["inserted"].(float64); int(n) != r.rows(10_000_000) {
		return "", took{}, fmt.Errorf("%s: %v rows were inserted, %d are in the file", name, n, r.rows(10_000_000))
	}
	return project, a.took, nil
}

// again runs with the file unchanged, then touched.
func (r *room) again(withCursor, whole string, first took) error {
	for _, project := range []string{withCursor, whole} {
		if err := r.unchanged(project); err != nil {
			return err
		}
	}
	file := filepath.Join(whole, "data/orders.csv")
	later := time.Now().Add(time.Minute) // the same file in both projects
	if err := os.Chtimes(file, later, later); err != nil {
		return err
	}
	defer func() { _ = os.Chtimes(file, epoch, epoch) }()
	a, err := r.cdpIn(whole, "run", "--json")
	if err != nil {
		return err
	}
	r.add(figure{What: "touched but equal, full refresh", Measured: a.took, Yard: &first, MaxRatio: 1.5})
	r.add(figure{What: "touched, full refresh: peak of memory", Bytes: a.Peak})
	if a, err = r.cdpIn(withCursor, "run", "--json"); err != nil {
		return err
	}
	r.add(figure{What: "touched but equal, with a cursor", Measured: a.took, Yard: &first, MaxRatio: 0.3})
	return nil
}

// unchanged runs with nothing new: the file must not be read at all.
func (r *room) unchanged(project string) error {
	a, err := r.cdpIn(project, "run", "--json")
	if err != nil {
		return err
	}
	if n, _ := a.result("source.shop.orders").Counts["extracted"].(float64); n != 0 {
		return fmt.Errorf("%s: an unchanged file was read: %v rows", filepath.Base(project), n)
	}
	r.add(figure{What: "unchanged file, " + filepath.Base(project) + ": not read", Measured: a.took})
	return nil
}
