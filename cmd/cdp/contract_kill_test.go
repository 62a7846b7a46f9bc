package main

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// changing is a project that was applied, with a saved plan of a change of its segment and of its data.
type changing struct {
	dir    string
	crm    *tool
	before map[string]float64 // the tool's
	after  map[string]float64 // once the plan is carried out
}

// change makes one: about 60 enter the segment, 12 leave, 8 change in it, 4 come under another e-mail.
func change(t *testing.T) *changing {
	t.Helper()
	people := shop{}
	for i := range 172 {
		spent := 150
		if i >= 160 {
			spent = 200
		} else if i >= 100 {
			spent = 80
		}
		people[i] = customer{fmt.Sprintf("user%d@shop.example", i), spent}
	}
	return changed(t, people, between(100, 1000), between(75, 190), func() {
		for i := range 8 {
			people[i] = customer{people[i].email, 170}
		}
		for i := 20; i < 24; i++ {
			people[i] = customer{fmt.Sprintf("moved%d@shop.example", i), 150}
		}
		for i := range 5 {
			people[9000+i] = customer{fmt.Sprintf("new%d@shop.example", i), 160}
		}
	}, func() map[string]float64 { return people.members(75, 190) })
}

// rekeying makes one where 15 come under another e-mail, and nothing else happens.
func rekeying(t *testing.T) *changing {
	t.Helper()
	people := shop{}
	for i := range 60 {
		people[i] = customer{fmt.Sprintf("user%d@shop.example", i), 150}
	}
	return changed(t, people, between(100, 1000), between(100, 1000), func() {
		for i := range 15 {
			people[i] = customer{fmt.Sprintf("moved%d@shop.example", i), 150}
		}
	}, func() map[string]float64 { return people.members(100, 1000) })
}

func changed(t *testing.T, people shop, where, later string, move func(), after func() map[string]float64) *changing {
	t.Helper()
	c := &changing{dir: t.TempDir(), crm: &tool{contacts: map[string]float64{}}}
	server := httptest.NewServer(c.crm)
	t.Cleanup(server.Close)
	write(t, c.dir, "main.cdp.hcl", contract(server.URL, where))
	write(t, c.dir, "customers.csv", people.csv())
	must(t, c.dir, "apply", "--auto-approve")
	c.before = c.crm.get()
	move()
	write(t, c.dir, "main.cdp.hcl", contract(server.URL, later))
	write(t, c.dir, "customers.csv", people.csv())
	must(t, c.dir, "plan", "--refresh", "all", "--out", "a.plan")
	c.after = after()
	return c
}

// again puts the tool back to where it was when the plan was made, and gives a copy of the project.
func (c *changing) again(t *testing.T, pause time.Duration) string {
	t.Helper()
	c.crm.set(c.before, pause)
	return copied(t, c.dir)
}

// ended runs a command to its end.
func ended(t *testing.T, c *exec.Cmd) (int, string) {
	t.Helper()
	out, err := c.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode(), string(out)
}

// TestPlanKilled kills the apply of a plan at many moments. The plan can be applied again, to the same end, or says that it
// was used.
func TestPlanKilled(t *testing.T) {
	moments := 9
	if thorough {
		moments = 30
	}
	t.Run("change", func(t *testing.T) { killApplies(t, change(t), moments) })
	t.Run("keys", func(t *testing.T) { killApplies(t, rekeying(t), moments/3) })
}

func killApplies(t *testing.T, c *changing, moments int) {
	const slow = 15 * time.Millisecond
	whole := c.again(t, slow)
	began := time.Now()
	must(t, whole, "apply", "a.plan")
	length := time.Since(began)
	if diff := cmp.Diff(c.after, c.crm.get()); diff != "" {
		t.Fatalf("an undisturbed apply: %s", diff)
	}
	want := tables(t, whole)
	records := len(c.crm.told())
	killed, half, used := 0, 0, 0
	for i := range moments {
		// By turns after some time, and after some records have arrived.
		after, heard := length*time.Duration(i+1)/time.Duration(moments), records+1
		at := fmt.Sprintf("%s of %s", after.Round(time.Millisecond), length.Round(time.Millisecond))
		if i%2 == 1 {
			after, heard = time.Minute, 1+(records-1)*i/moments
			at = fmt.Sprintf("%d of %d records", heard, records)
		}
		dir := c.again(t, slow)
		began := time.Now()
		if killWhen(t, command(t, dir, "apply", "a.plan"), func() bool { return time.Since(began) >= after || len(c.crm.told()) >= heard }) {
			killed++
			if len(c.crm.told()) > 0 {
				half++
			}
		}
		c.crm.hurry()
		for again := 1; ; again++ {
			code, out := ended(t, command(t, dir, "apply", "a.plan"))
			if code == 0 {
				break
			}
			if code == 4 && strings.Contains(out, "used once") {
				used++
				break
			}
			if code != 6 || again == 3 {
				t.Fatalf("killed after %s, try %d ends with %d:\n%s", at, again, code, out)
			}
		}
		if diff := cmp.Diff(c.after, c.crm.get()); diff != "" {
			t.Errorf("killed after %s, the tool: %s", at, diff)
		}
		if diff := cmp.Diff(want, tables(t, dir)); diff != "" {
			t.Errorf("killed after %s: %s", at, diff)
		}
		if i%8 != 0 {
			continue
		}
		if code, out := ended(t, command(t, dir, "apply", "a.plan")); code != 4 || !strings.Contains(out, "used once") {
			t.Errorf("killed after %s, once more: ends with %d:\n%s", at, code, out)
		}
	}
	t.Logf("an apply takes %s; of %d, %d were killed, %d after the tool had heard of it; %d were used up by then", length.Round(time.Millisecond), moments, killed, half, used)
	if killed == 0 || half == 0 {
		t.Error("no apply was killed while it sent: nothing was tested")
	}
}

// TestTwoAppliesOfOnePlan starts two at once: one carries the plan out, the other finds the warehouse held, or the plan used.
func TestTwoAppliesOfOnePlan(t *testing.T) {
	c := change(t)
	n := differing(c.before, c.after)
	for _, extra := range [][]string{nil, {"--lock-timeout", "1m"}, nil} {
		dir := c.again(t, 2*time.Millisecond)
		var codes [2]int
		var outs [2]string
		var wg sync.WaitGroup
		for i := range codes {
			wg.Go(func() {
				codes[i], outs[i] = ended(t, command(t, dir, append([]string{"apply", "a.plan"}, extra...)...))
			})
		}
		wg.Wait()
		lost := max(codes[0], codes[1])
		if min(codes[0], codes[1]) != 0 || lost != 4 && (lost != 5 || extra != nil) {
			t.Errorf("%v: they end with %v:\n%s\n%s", extra, codes, outs[0], outs[1])
		}
		told := c.crm.told()
		slices.Sort(told)
		if all := len(told); len(slices.Compact(told)) != all || int64(all) != n.add+n.update+n.remove {
			t.Errorf("%v: the tool was told %d things, %d of them once, not %v", extra, all, len(slices.Compact(told)), n)
		}
		if diff := cmp.Diff(c.after, c.crm.get()); diff != "" {
			t.Errorf("%v: the tool: %s", extra, diff)
		}
	}
}
