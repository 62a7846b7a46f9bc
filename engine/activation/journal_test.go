package activation

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/plugins/host"
)

func TestJournalTakesSeveralDeliveriesAtOnce(t *testing.T) {
	place := PlaceOf(filepath.Join(t.TempDir(), "w.duckdb"), "uuid")
	j, err := OpenJournal(place, "run1")
	if err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for n := range 8 {
		all.Go(func() {
			name := fmt.Sprint("sync", n)
			for b := range 20 {
				keys := []keyDigest{digestOf(name, fmt.Sprint(b, "a")), digestOf(name, fmt.Sprint(b, "b"))}
				if err := j.intent(name, fmt.Sprint("batch", b), keys); err != nil {
					t.Error(err)
				}
				if err := j.outcomes(name, fmt.Sprint("batch", b), "results", time.Now(), []journaled{{key: keys[0], status: delivered, outcome: "ok"}}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	r, err := readJournal(place.file("run1"), place)
	if err != nil || r.damaged || r.run != "run1" || len(r.syncs) != 8 {
		t.Fatalf("read back: %v %+v", err, r)
	}
	for name, records := range r.syncs {
		known, lost := 0, 0
		for _, e := range records {
			switch e.status {
			case delivered:
				known++
			case unknown:
				lost++
			}
		}
		if known != 20 || lost != 20 {
			t.Errorf("%s: %d delivered, %d unknown", name, known, lost)
		}
	}
	for _, path := range []string{place.Dir, place.file("run1")} {
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s is open to others: %v %v", path, info.Mode(), err)
		}
	}
	if _, err := OpenJournal(place, "run1"); err == nil {
		t.Error("a run's journal was opened twice")
	}
}

// TestJournalOfAnotherWarehouse: a journal beside the file is not this warehouse's, and is left alone.
func TestJournalOfAnotherWarehouse(t *testing.T) {
	p := newProject(t)
	p.people = people(3)
	p.apply()
	other, err := OpenJournal(PlaceOf(p.path(), "another"), "run0001")
	p.must(err)
	p.must(other.Close())
	if r := p.recover(); r != nil {
		t.Errorf("recovered %+v", r)
	}
	equal(t, p.journals(), 1, "journals left")
}

func FuzzJournal(f *testing.F) {
	place := PlaceOf(filepath.Join(f.TempDir(), "w.duckdb"), "uuid")
	j, err := OpenJournal(place, "run1")
	if err != nil {
		f.Fatal(err)
	}
	keys := []keyDigest{digestOf("s", "a"), digestOf("s", "b")}
	if err := errors.Join(j.intent("s", "b", keys), j.outcomes("s", "b", "results", time.Now(), []journaled{{key: keys[0], status: rejected, outcome: "rejected", code: "c", message: "m"}})); err != nil {
		f.Fatal(err)
	}
	whole, err := os.ReadFile(place.file("run1"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(whole)
	f.Add(whole[:len(whole)-3])
	path := filepath.Join(f.TempDir(), "x")
	f.Fuzz(func(t *testing.T, data []byte) {
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := readJournal(path, place); err != nil {
			t.Fatal(err)
		}
	})
}

func TestSeveralRequestsAtOnce(t *testing.T) {
	p := newProject(t)
	p.people = people(400)
	p.settings = `{"concurrency": 4, "retry": {"attempts": 3, "patience": "30s"}}`
	p.tool.fault = func(n int) string {
		if n%7 == 0 {
			return "lose"
		}
		return ""
	}
	r := p.apply()
	equal(t, r.Status, "done", "status")
	p.same()
	equal(t, p.statuses(), "delivered 400", "ledger")
}

func TestConnectorThatCannotStart(t *testing.T) {
	p := newProject(t)
	p.people = people(100)
	c := p.begin(context.Background()).publish()
	defer c.close()
	starts := 0
	c.env.Connect = func(context.Context, *config.Destination) (host.Connector, error) {
		starts++
		return nil, &host.Death{Connector: "crm", Cause: "could not be started"}
	}
	c.deliver()
	equal(t, c.report.Status, "failed", "status")
	equal(t, c.report.Pending, 100, "pending")
	equal(t, starts, 5, "starts")
}
