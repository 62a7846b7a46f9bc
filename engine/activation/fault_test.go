package activation

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// on makes a fault happen at some writes.
func on(fault string, at ...int) func(int) string {
	return func(n int) string {
		for _, x := range at {
			if x == n {
				return fault
			}
		}
		return ""
	}
}

func TestLostAnswer(t *testing.T) {
	for _, idempotent := range []bool{true, false} {
		for _, fault := range []string{"lose", "drop", "die", "liar", "twice"} {
			p := newProject(t)
			p.people = people(50)
			p.tool.idempotent(idempotent)
			p.tool.fault = on(fault, 3)
			r := p.apply()
			equal(t, r.Status, "done", fault)
			p.same()
			equal(t, p.statuses(), "delivered 50", "ledger")
			if !idempotent && len(p.tool.sent) != 50 {
				t.Errorf("%s: %d records sent, some twice", fault, len(p.tool.sent))
			}
		}
	}
}

// TestLieIsNamed: what the connector did wrong is in the ledger, in the receipts and in what the user reads.
func TestLieIsNamed(t *testing.T) {
	p := newProject(t)
	p.people = people(10)
	p.tool.idempotent(false)
	p.tool.object.Readback = false
	p.tool.fault = on("liar", 1)
	r := p.apply()
	const words = "result 11 of a batch answers a record that was not in it"
	equal(t, strings.Join(p.query(`select distinct status, code, message from "_cdp"."ledger"`), ""), "unknown protocol "+words, "ledger")
	equal(t, strings.Join(p.query(`select outcome, code, message, count(*) from "_cdp"."receipts" group by all`), ""), "unknown protocol "+words+" 10", "receipts")
	if len(r.Diagnostics) != 1 || !strings.Contains(r.Diagnostics[0].Detail, words) {
		t.Errorf("diagnostics: %+v", r.Diagnostics)
	}
	p.apply()
	equal(t, strings.Join(p.query(`select count(*) from "_cdp"."receipts"`), ""), "10", "receipts after a run that sent nothing")
	equal(t, strings.Join(p.query(`select distinct status, code, message from "_cdp"."ledger"`), ""), "unknown protocol "+words, "ledger after a run that sent nothing")
}

// TestReceiptsOfEverySend: each send has a receipt, and attempts counts the sends.
func TestReceiptsOfEverySend(t *testing.T) {
	for fault, code := range map[string]string{"transient": "503", "busy": "429", "drop": "no_answer"} {
		p := newProject(t)
		p.people = people(10)
		p.tool.fault = on(fault, 1, 2)
		p.settings = `{"retry": {"patience": "3m"}}`
		equal(t, p.apply().Status, "done", fault)
		equal(t, p.receipts(), "retried "+code+" 20, ok  10", fault+": receipts")
		equal(t, strings.Join(p.query(`select status, attempts, count(*) from "_cdp"."ledger" group by all`), ""), "delivered 3 10", fault+": ledger")
	}
}

func (p *project) receipts() string {
	p.Helper()
	return strings.Join(p.query(`select outcome, code, count(*) from "_cdp"."receipts" group by all order by outcome desc`), ", ")
}

// TestBudgetOfABatch: waiting as told is an attempt too, and what was tried says so.
func TestBudgetOfABatch(t *testing.T) {
	for fault, code := range map[string]string{"transient": "503", "busy": "429"} {
		p := newProject(t)
		p.people = people(10)
		p.settings = `{"retry": {"attempts": 2, "patience": "1h"}}`
		p.tool.fault = func(int) string { return fault }
		r := p.apply()
		equal(t, len(p.tool.writes), 2, fault+": requests")
		equal(t, r.Requests, 2, fault+": requests of the report")
		equal(t, r.Pending, 10, fault+": pending")
		equal(t, p.receipts(), "retried "+code+" 20", fault+": receipts")
		equal(t, strings.Join(p.query(`select distinct status, code, attempts, message from "_cdp"."ledger"`), ""), "pending "+code+" 2 tried in 2 attempts: "+code, fault+": ledger")
	}
}

func TestBatchIDsAreStable(t *testing.T) {
	p := newProject(t)
	p.people = people(30)
	p.tool.fault = on("lose", 2)
	p.apply()
	if p.tool.writes[1].ID != p.tool.writes[2].ID || p.tool.writes[0].ID == p.tool.writes[1].ID {
		t.Error("a batch sent again has another id")
	}
	q := newProject(t)
	q.people = people(30)
	q.tool.fault = func(n int) string {
		if n >= 2 {
			return "drop"
		}
		return ""
	}
	q.apply()
	lost := q.tool.writes[1].ID
	q.tool.fault, q.tool.writes = func(int) string { return "" }, nil
	q.apply()
	q.same()
	if q.tool.writes[0].ID != lost {
		t.Error("a batch taken up by the next run has another id")
	}
}

func TestSilentAnswer(t *testing.T) {
	p := newProject(t)
	p.people = people(50)
	p.tool.idempotent(false)
	p.tool.object.Readback = false
	p.tool.forget = func(id string) bool { return strings.Contains(id, "u00042") }
	r := p.apply()
	equal(t, r.Status, "partial", "status")
	equal(t, r.Unknown, 1, "unknown")
	equal(t, p.statuses(), "delivered 49, unknown 1", "ledger")
	p.tool.sent = nil
	r = p.apply()
	equal(t, len(p.tool.sent), 0, "sent again")
	equal(t, r.Unknown, 1, "still unknown")
	p.resend["sync.vips"] = true
	p.tool.forget = func(string) bool { return false }
	r = p.apply()
	equal(t, len(p.tool.sent), 1, "sent when allowed")
	equal(t, p.statuses(), "delivered 50", "ledger")
	equal(t, r.Status, "done", "status")
}

func TestToolIsDown(t *testing.T) {
	p := newProject(t)
	p.people = people(50)
	p.tool.fault = func(int) string { return "transient" }
	r := p.apply()
	equal(t, r.Pending, 50, "pending")
	equal(t, r.Delivered+r.Unknown+r.Rejected, 0, "others")
	equal(t, p.statuses(), "pending 50", "ledger")
	if len(p.tool.writes) > 25 {
		t.Errorf("%d requests to a tool that is down", len(p.tool.writes))
	}
	equal(t, p.plan().Counts.Add, 50, "planned again")
	p.tool.fault = func(int) string { return "" }
	p.apply()
	p.same()
	equal(t, p.statuses(), "delivered 50", "ledger")
}

func TestPatienceEndsAfterAMinute(t *testing.T) {
	p := newProject(t)
	p.people = people(5000)
	p.tool.fault = func(int) string { return "transient" }
	r := p.apply()
	equal(t, r.Pending, 5000, "pending")
	if waited := p.clock.(*quick).waited; waited > time.Minute {
		t.Errorf("waited %s", waited)
	}
}

func TestRetryAfterIsWaitedFor(t *testing.T) {
	p := newProject(t)
	p.people = people(30)
	p.tool.fault = on("busy", 2)
	r := p.apply()
	equal(t, r.Status, "done", "status")
	if waited := p.clock.(*quick).waited; waited < 37*time.Second || waited > 38*time.Second {
		t.Errorf("waited %s", waited)
	}
	p.same()
}

func TestAuthEndsTheSync(t *testing.T) {
	p := newProject(t)
	p.people = people(50)
	p.tool.fault = on("auth", 2)
	r := p.apply()
	equal(t, r.Status, "failed", "status")
	equal(t, r.Delivered, 10, "delivered")
	equal(t, r.Pending, 40, "pending")
	equal(t, r.Diagnostics[0].Code, "activation.auth", "diagnostic")
	p.apply()
	p.same()
}

func TestOneDestinationStopsNoOther(t *testing.T) {
	p, q := newProject(t), newTwin()
	p.people = people(30)
	p.tool.fault = func(int) string { return "auth" }
	c := p.begin(context.Background()).publish()
	defer c.close()
	second := *c.spec
	second.Key, second.Fields = slices.Clone(second.Key), slices.Clone(second.Fields) // a sync's spec is its own
	other := *p.sync
	other.Addr.Name = "other"
	second.Sync, second.Name, second.Address = &other, "other", "sync.other"
	result, _, err := Compute(c.ctx, Env{Store: c.store, AsOf: c.run.AsOf}, &second)
	p.must(err)
	p.must(Publish(c.ctx, c.store, c.state, c.run, result, c.journal))
	c.env.Connect = func(_ context.Context, d *config.Destination) (host.Connector, error) {
		if d.Addr.Name == "b" {
			return q, nil
		}
		return p.tool, nil
	}
	a, b := &config.Destination{}, &config.Destination{}
	a.Addr.Name, b.Addr.Name = "a", "b"
	reports, err := Deliver(c.ctx, c.env, []Delivery{{c.result, a}, {result, b}})
	p.must(err)
	equal(t, reports[0].Status, "failed", "first")
	equal(t, reports[1].Status, "done", "second")
	equal(t, len(q.contacts), 30, "contacts of the second")
}

func TestInterrupted(t *testing.T) {
	p := newProject(t)
	p.people = people(50)
	ctx, cancel := context.WithCancel(context.Background())
	p.tool.fault = func(n int) string {
		if n == 3 {
			cancel()
		}
		return ""
	}
	c := p.begin(context.Background()).publish()
	c.ctx = ctx
	c.deliver()
	c.close()
	equal(t, c.report.Interrupted, true, "interrupted")
	equal(t, c.report.Delivered, 30, "delivered")
	equal(t, c.report.Pending, 20, "pending")
	equal(t, p.statuses(), "delivered 30, pending 20", "ledger")
	p.tool.sent = nil
	p.apply()
	equal(t, len(p.tool.sent), 20, "sent by the next run")
	p.same()
}

// TestKilledAnywhere cuts the journal of a delivery at every place, as a kill would, and goes on from there.
func TestKilledAnywhere(t *testing.T) {
	for _, idempotent := range []bool{true, false} {
		p := newProject(t)
		p.people = people(35)
		p.tool.idempotent(idempotent)
		p.recover()
		c := p.begin(context.Background()).publish()
		c.store.Close()
		pristine := read(t, p.path())
		place := PlaceOf(p.path(), c.state.UUID)
		journal := fullJournal(t, p, place, c.run.ID)
		full := len(p.tool.writes)
		equal(t, full, 4, "requests")
		for _, cut := range cuts(journal) {
			q := newProject(t)
			q.people, q.runs = p.people, 10
			q.tool.idempotent(idempotent)
			write(t, q.path(), pristine)
			write(t, PlaceOf(q.path(), c.state.UUID).file(c.run.ID), journal[:cut])
			reached := sentBy(journal[:cut])
			arrived := 0
			for _, b := range p.tool.writes { // what had reached the tool by then
				if reached[b.ID] {
					arrived += int(b.Record.NumRows())
					q.tool.take(wireRequest(c.spec), b)
				}
			}
			q.tool.writes, q.tool.sent = nil, nil
			r := q.apply()
			q.same()
			if r.Status != "done" || q.statuses() != "delivered 35" {
				t.Fatalf("cut at %d of %d: %s, ledger %s", cut, len(journal), r.Status, q.statuses())
			}
			equal(t, q.journals(), 0, "journals left")
			if !idempotent && len(q.tool.sent)+arrived != 35 {
				t.Errorf("cut at %d: %d records sent after %d batches had arrived", cut, len(q.tool.sent), len(reached))
			}
		}
	}
}

// TestJournalDamaged changes single bytes of a journal: nothing false is believed, and the next run ends well.
func TestJournalDamaged(t *testing.T) {
	p := newProject(t)
	p.people = people(20)
	c := p.begin(context.Background()).publish()
	c.store.Close()
	pristine := read(t, p.path())
	place := PlaceOf(p.path(), c.state.UUID)
	journal := fullJournal(t, p, place, c.run.ID)
	for at := 0; at < len(journal); at += 151 {
		r := damagedRun(t, p, c, pristine, func(file string) {
			broken := append([]byte{}, journal...)
			broken[at] ^= 0x41
			write(t, file, broken)
		})
		if r.Delivered+r.Unknown != 20 {
			t.Errorf("byte %d: %+v", at, r)
		}
	}
	r := damagedRun(t, p, c, pristine, func(string) {})
	equal(t, r.Unknown, 20, "unknown without a journal")
	equal(t, len(r.Diagnostics), 1, "diagnostics")
}

func damagedRun(t *testing.T, p *project, c *cycle, pristine []byte, prepare func(string)) *Recovery {
	t.Helper()
	q := newProject(t)
	q.people, q.runs = p.people, 10
	q.tool.idempotent(false)
	for _, b := range p.tool.writes {
		q.tool.take(wireRequest(c.spec), b)
	}
	q.tool.writes, q.tool.sent = nil, nil
	write(t, q.path(), pristine)
	prepare(PlaceOf(q.path(), c.state.UUID).file(c.run.ID))
	r := q.recover()
	q.apply()
	q.same()
	equal(t, len(q.tool.sent), 0, "sent again though the tool had it")
	equal(t, q.statuses(), "delivered 20", "ledger")
	return r
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func write(t *testing.T, path string, b []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		t.Fatal(err)
	}
}

// fullJournal delivers what a run has published and returns the journal that this wrote. The warehouse is put back.
func fullJournal(t *testing.T, p *project, place JournalPlace, run string) []byte {
	t.Helper()
	keep := read(t, p.path())
	p.must(os.Remove(place.file(run)))
	c := p.begin(context.Background())
	c.run.ID = run
	c.publish()
	copied := place.file(run) + ".copy"
	p.must(os.Link(place.file(run), copied))
	c.deliver()
	c.close()
	full := read(t, copied)
	p.must(os.Remove(copied))
	write(t, p.path(), keep)
	return full
}

func wireRequest(spec *Spec) (req wire.WriteRequest) {
	req.Key, req.Fields = spec.wireKey(), spec.wireFields()
	return req
}

// frames are the records of a journal.
func frames(journal []byte) *journalFile {
	return &journalFile{in: bufio.NewReader(bytes.NewReader(journal)), left: int64(len(journal))}
}

// sentBy are the batches whose intent is in a journal.
func sentBy(journal []byte) map[string]bool {
	out, all := map[string]bool{}, frames(journal)
	for {
		kind, payload, err := all.cut()
		if err != nil {
			return out
		}
		if kind == recordIntent {
			d := &decoder{data: payload}
			d.text()
			out[d.text()] = true
		}
	}
}

// cuts are places to cut a journal: around the edges of its records, and inside them.
func cuts(journal []byte) []int {
	var out []int
	for at, all := 0, frames(journal); ; {
		if _, _, err := all.cut(); err != nil {
			return out
		}
		next := len(journal) - int(all.left)
		out = append(out, at+headSize+5, next)
		at = next
	}
}
