package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
)

// people writes n people whom a sync sends.
func people(path string, n int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	w := bufio.NewWriterSize(f, 1<<20)
	fmt.Fprintln(w, "id,email,first_name,city,value")
	for i := range n {
		fmt.Fprintf(w, "%d,user%d@mail.example,Name%d,City%d,%d.%02d\n", i, i, i%5000, i%300, i%1000, i%100)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return f.Close()
}

// sender makes a project whose people are loaded and whose sync sends them all to a tool of ours.
func (r *room) sender(n, batch int) (string, *tool, error) {
	t, err := newTool()
	if err != nil {
		return "", nil, err
	}
	project, err := r.project("tool", fmt.Sprintf(toolProject, t.url, batch))
	if err == nil {
		err = people(filepath.Join(project, "data/people.csv"), n)
	}
	return project, t, err
}

// comparing plans a sync of many rows: first when the tool has nothing, then when it has everything.
func comparing(r *room) error {
	n := r.rows(1_000_000)
	project, t, err := r.sender(n, 10_000)
	if err != nil {
		return err
	}
	defer t.close()
	hcl := filepath.Join(project, "main.cdp.hcl")
	whole, err := os.ReadFile(hcl)
	if err != nil {
		return err
	}
	if err := r.loadedOnly(project, whole); err != nil {
		return err
	}
	yard, err := r.byHand(filepath.Join(project, "data/people.csv"))
	if err != nil {
		return err
	}
	idle, err := r.best(2, project, "plan", "--refresh", "none") // the sync is not there yet
	if err != nil {
		return err
	}
	if err := os.WriteFile(hcl, whole, 0o644); err != nil {
		return err
	}
	file := filepath.Join(project, "first.cdpplan")
	first, err := r.cdpIn(project, "plan", "--refresh", "none", "--out", file)
	if err != nil {
		return err
	}
	again, err := r.byHand(filepath.Join(project, "data/people.csv"))
	if err != nil {
		return err
	}
	yard = mean(yard, again)
	r.add(figure{What: "first plan of a sync of 1 M rows, whole process", Measured: first.took, Yard: &yard, MaxRatio: 1.5})
	r.add(figure{What: "the same beyond a plan without it", Measured: took{Wall: first.Wall - idle.Wall, CPU: first.CPU - idle.CPU}, Yard: &yard, MaxRatio: 1.5})
	r.add(figure{What: "first plan: file", Bytes: size(file), MaxBytes: 1 << 20})
	a, err := r.cdpIn(project, "apply", file, "--json")
	if err != nil {
		return err
	}
	r.add(figure{What: "delivery of 1 M rows, batches of 10,000", Measured: a.took, Rate: float64(n) / a.result("sync.people").Seconds})
	if again, err := r.cdpIn(project, "run", "--json"); err != nil {
		return err
	} else if t.requests.Load() != a.requests() {
		return fmt.Errorf("a run with nothing new made requests: %v", again.result("sync.people").Counts)
	}
	return r.planAgain(project)
}

func (a answer) requests() int64 {
	n, _ := a.result("sync.people").Counts["requests"].(float64)
	return int64(n)
}

// loadedOnly applies a project without its sync.
func (r *room) loadedOnly(project string, whole []byte) error {
	hcl := filepath.Join(project, "main.cdp.hcl")
	if err := os.WriteFile(hcl, cutFrom(whole, "\nsync "), 0o644); err != nil {
		return err
	}
	_, err := r.cdpIn(project, "apply", "--auto-approve")
	return err
}

// planAgain plans with nothing changed: with a sync that has no reason to look, then with one that has.
func (r *room) planAgain(project string) error {
	file := filepath.Join(project, "second.cdpplan")
	a, err := r.cdpIn(project, "plan", "--out", file)
	if err != nil {
		return err
	}
	r.add(figure{What: "next plan, nothing changed", Measured: a.took, MaxSeconds: 2})
	r.add(figure{What: "next plan: file", Bytes: size(file), MaxBytes: 1 << 20})
	hcl := filepath.Join(project, "main.cdp.hcl")
	whole, err := os.ReadFile(hcl)
	if err != nil {
		return err
	}
	respelled := cutFrom(whole, "\nsync ")
	tail := string(whole[len(respelled):])
	tail = replace(tail, `city = "city"`, `city = "trim(city)"`) // the same values: all are compared, none is sent
	if err := os.WriteFile(hcl, append(respelled, tail...), 0o644); err != nil {
		return err
	}
	if a, err = r.cdpIn(project, "plan", "--out", file); err != nil {
		return err
	}
	r.add(figure{What: "next plan, all rows compared, none sent", Measured: a.took, MaxSeconds: 2})
	return nil
}

// byHand is what an engineer would write: a hash for each row, joined with a table of the hashes that were sent.
func (r *room) byHand(file string) (took, error) {
	_ = os.Remove(filepath.Join(r.dir, "hand.duckdb"))
	return r.duck("hand", []string{
		"create table people as select * from read_csv('" + file + "')",
		"create table sent (email varchar, hash varchar)",
	}, []string{
		"create table wanted as select email, first_name, city, value, sha256(concat_ws('|', email, first_name, city, value)) as hash from people",
		"create table operations as select w.* from wanted w left join sent s on s.email = w.email where s.hash is distinct from w.hash order by w.email",
	})
}

// delivering sends rows with journal and receipts on.
func delivering(r *room) error {
	n := r.rows(100_000)
	project, t, err := r.sender(n, 1000)
	if err != nil {
		return err
	}
	defer t.close()
	whole, err := os.ReadFile(filepath.Join(project, "main.cdp.hcl"))
	if err != nil {
		return err
	}
	if err := r.loadedOnly(project, whole); err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(project, "main.cdp.hcl"), whole, 0o644); err != nil {
		return err
	}
	file := filepath.Join(project, "send.cdpplan")
	if _, err := r.cdpIn(project, "plan", "--refresh", "none", "--out", file); err != nil {
		return err
	}
	a, err := r.cdpIn(project, "apply", file, "--json")
	if err != nil {
		return err
	}
	sent := a.result("sync.people")
	if got, _ := sent.Counts["delivered"].(float64); int(got) != n {
		return fmt.Errorf("%v of %d rows were delivered", got, n)
	}
	r.add(figure{What: "delivery of 100,000 rows, batches of 1,000", Measured: took{Wall: sent.Seconds}, Rate: float64(n) / sent.Seconds, MinRate: 30_000})
	r.add(figure{What: "the same, whole process of apply", Measured: a.took, Rate: float64(n) / a.Wall, Note: fmt.Sprintf("%d requests", t.requests.Load())})
	return nil
}
