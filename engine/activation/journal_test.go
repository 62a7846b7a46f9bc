package activation

import (
	"context"
	"errors"
	"fmt"
	"io"
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
	run, damaged, syncs := replayAll(t, place.file("run1"), place)
	if damaged || run != "run1" || len(syncs) != 8 {
		t.Fatalf("read back: %s %t %+v", run, damaged, syncs)
	}
	for name, records := range syncs {
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

// replayAll reads a journal: the last entry of each key, by sync.
func replayAll(t testing.TB, path string, place JournalPlace) (run string, damaged bool, syncs map[string]map[keyDigest]replayed) {
	t.Helper()
	j, err := openJournalFile(path, place)
	if err != nil {
		t.Fatal(err)
	}
	defer j.close()
	syncs = map[string]map[keyDigest]replayed{}
	for {
		said, err := j.next()
		if errors.Is(err, io.EOF) {
			return j.run, j.damaged, syncs
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range said {
			if syncs[e.sync] == nil {
				syncs[e.sync] = map[keyDigest]replayed{}
			}
			syncs[e.sync][e.key] = e
		}
	}
}

// TestReplayIsCutIntoBatches: what many records of a journal say comes in batches of a bounded size, in order.
func TestReplayIsCutIntoBatches(t *testing.T) {
	place := PlaceOf(filepath.Join(t.TempDir(), "w.duckdb"), "uuid")
	j, err := OpenJournal(place, "run1")
	if err != nil {
		t.Fatal(err)
	}
	const batches, size = 25, 4000
	for b := range batches {
		keys := make([]keyDigest, size)
		for i := range keys {
			keys[i] = digestOf("s", fmt.Sprint(b, i))
		}
		if err := j.intent("s", fmt.Sprint(b), keys); err != nil {
			t.Fatal(err)
		}
	}
	r := newReplay(place, []string{"run0", "run1"})
	defer r.Release()
	rows, most := int64(0), int64(0)
	for r.Next() {
		rows, most = rows+r.RecordBatch().NumRows(), max(most, r.RecordBatch().NumRows())
	}
	if r.Err() != nil || rows != batches*size || most >= replayRows+size {
		t.Errorf("%d rows, %d at most in one batch: %v", rows, most, r.Err())
	}
	if len(r.ended) != 2 || !r.ended[0].missing || r.ended[1].damaged {
		t.Errorf("runs: %+v", r.ended)
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
		replayAll(t, path, place)
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
