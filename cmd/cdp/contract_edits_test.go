package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/google/go-cmp/cmp"
)

var edits = flag.Int("edits", 0, "how many edits between plan and apply to try, however long it takes (default: as many as fit)")

// here runs a command without a process of its own.
func here(dir string, args ...string) (int, string) {
	var out bytes.Buffer
	ctx := context.Background()
	a := &app{ctx: ctx, stdout: &output{to: &out}, stderr: &out, began: time.Now()}
	root := newRoot(a)
	root.SetArgs(append([]string{"--chdir", dir, "--as-of", "2026-06-01T00:00:00Z", "--no-color", "--parallelism", "2"}, args...))
	err := root.ExecuteContext(ctx)
	var exit exitError
	switch {
	case errors.As(err, &exit):
		return int(exit), out.String()
	case err != nil:
		return 1, out.String() + err.Error()
	}
	return 0, out.String()
}

// band is what a segment asks for.
type band struct{ low, high int }

// approval is a saved plan, and what it was made from.
type approval struct {
	dir              string
	auto             bool // nothing was extracted
	applied, planned shop // what the warehouse has; what the source had when it was planned
	old, new         band
	tool             map[string]float64
	numbers          numbers // as the plan says
}

func (a *approval) text(url string, b band) string { return contract(url, between(b.low, b.high)) }

// approvals are plans of several kinds, in front of one tool.
func approvals(t *testing.T, crm *tool, url string) []*approval {
	t.Helper()
	people := shop{}
	for i := range 300 {
		people[i] = customer{fmt.Sprintf("user%d@shop.example", i), i + 1}
	}
	later := maps.Clone(people)
	for i := range 9 {
		later[i*30] = customer{people[i*30].email, 205 + i*9}
		delete(later, 101+i*21)
		later[8000+i] = customer{fmt.Sprintf("new%d@shop.example", i), 140 + i*12}
	}
	var out []*approval
	for _, a := range []*approval{
		{auto: true, planned: people, old: band{200, 1000}, new: band{150, 1000}},
		{planned: later, old: band{200, 1000}, new: band{150, 1000}},
		{planned: later, old: band{200, 1000}, new: band{150, 260}},
		{planned: later, old: band{200, 1000}, new: band{200, 1000}},
	} {
		a.applied, a.dir = people, t.TempDir()
		crm.set(map[string]float64{}, 0)
		write(t, a.dir, "main.cdp.hcl", a.text(url, a.old))
		write(t, a.dir, "customers.csv", people.csv())
		if code, text := here(a.dir, "apply", "--auto-approve"); code != 0 {
			t.Fatal(text)
		}
		a.tool = crm.get()
		write(t, a.dir, "main.cdp.hcl", a.text(url, a.new))
		write(t, a.dir, "customers.csv", a.planned.csv())
		refresh := "all"
		if a.auto {
			refresh = "auto"
		}
		if code, text := here(a.dir, "plan", "--refresh", refresh, "--out", "a.plan"); code != 0 {
			t.Fatal(text)
		}
		p, err := plan.Read(filepath.Join(a.dir, "a.plan"), plan.KeyAt("", a.dir))
		if err != nil {
			t.Fatal(err)
		}
		n := p.Step("sync.vips_crm").Base().Counts
		a.numbers = numbers{n.N("add"), n.N("update"), n.N("remove")}
		if want := differing(a.tool, a.planned.members(a.new.low, a.new.high)); a.numbers != want {
			t.Fatalf("the plan says %v, counted were %v", a.numbers, want)
		}
		out = append(out, a)
	}
	return out
}

// edited is a shop with some rows added, changed and deleted.
func edited(r *rand.Rand, s shop) shop {
	out := maps.Clone(s)
	size := []int{0, 3, 12, 40, 120}[r.IntN(5)]
	kinds := r.IntN(7) + 1 // which kinds of edits there are
	ids := slices.Sorted(maps.Keys(s))
	for i := range r.IntN(size + 1) {
		id := ids[r.IntN(len(ids))]
		switch kind := r.IntN(3); {
		case kinds>>kind&1 == 0:
		case kind == 0:
			out[7000+i] = customer{fmt.Sprintf("edit%d@shop.example", i), r.IntN(320)}
		case kind == 1:
			if c, there := out[id]; there {
				out[id] = customer{c.email, r.IntN(320)}
			}
		default:
			delete(out, id)
		}
	}
	return out
}

// rows counts what a load of one shop over another does.
func rows(from, to shop) numbers {
	var n numbers
	for id, c := range to {
		was, there := from[id]
		switch {
		case !there:
			n.add++
		case was != c:
			n.update++
		}
	}
	for id := range from {
		if _, there := to[id]; !there {
			n.remove++
		}
	}
	return n
}

// within reports whether numbers are inside of what the default envelope allows: a fifth, at least ten.
func within(approved, now numbers, kinds bool) bool {
	one := func(a, b int64) bool {
		if a == b {
			return true
		}
		return (a > 0 || !kinds) && max(a-b, b-a) <= max(10, (a+4)/5)
	}
	return one(approved.add, now.add) && one(approved.update, now.update) && one(approved.remove, now.remove)
}

// attempt is one seeded edit between a plan and its apply. It returns the exit code.
func attempt(t *testing.T, seed uint64, all []*approval, crm *tool, url string) int {
	r := rand.New(rand.NewPCG(seed, 20260601))
	a := all[r.IntN(len(all))]
	ran, lost, other, cosmetic := r.IntN(2) == 0, r.IntN(4) == 0, r.IntN(7) == 0, r.IntN(4) == 0
	now := edited(r, a.planned)
	dir := copied(t, a.dir)
	defer os.RemoveAll(dir)
	crm.set(a.tool, 0)
	said := func(what string, detail any) {
		t.Errorf("edit %d (ran %v, kept rows lost %v, other config %v, plan of %v → %v, %v): %s: %v", seed, ran, lost, other, a.old, a.new, a.numbers, what, detail)
	}
	write(t, dir, "customers.csv", now.csv())
	if ran {
		write(t, dir, "main.cdp.hcl", a.text(url, a.old))
		if code, text := here(dir, "run"); code != 0 {
			said("the run between", text)
			return -1
		}
	}
	config := a.text(url, a.new)
	if other {
		config = a.text(url, band{a.new.low - 1 - r.IntN(9), a.new.high})
	}
	if cosmetic { // a comment, another order of blocks, another name of the file
		head, tail, _ := strings.Cut(config, "destination ")
		config = "# What was approved.\ndestination " + tail + head
		if err := os.Remove(filepath.Join(dir, "main.cdp.hcl")); err != nil {
			t.Error(err)
		}
		write(t, dir, "other.cdp.hcl", config)
	} else {
		write(t, dir, "main.cdp.hcl", config)
	}
	if lost {
		if err := os.RemoveAll(filepath.Join(dir, ".cdp", "plans")); err != nil {
			t.Error(err)
		}
	}
	held := crm.get()
	crm.set(held, 0)
	code, text := here(dir, "apply", "a.plan")

	// What the plan comes to now, from the rows that it finds.
	loaded, moved := a.applied, ran && !maps.Equal(now, a.applied)
	if ran {
		loaded = now
	}
	found := loaded
	if !a.auto && !moved && !lost {
		found = a.planned
	} else if !a.auto {
		found = now
	}
	want := found.members(a.new.low, a.new.high)
	due := differing(held, want)
	fits := !other && within(a.numbers, due, true)
	var planned numbers
	if !a.auto {
		planned = rows(a.applied, a.planned)
	}
	load := rows(loaded, found)
	people := func(n numbers) numbers { return numbers{add: n.add, remove: n.remove} }
	approvedMembers := differing(a.applied.members(a.old.low, a.old.high), a.planned.members(a.new.low, a.new.high))
	nowMembers := differing(loaded.members(a.old.low, a.old.high), want)
	if fits { // loads, people and members are held to the envelope as well
		fits = within(planned, load, false) && within(people(planned), people(load), false) && within(people(approvedMembers), people(nowMembers), false)
	}
	told := crm.told()
	switch code {
	case 0:
		puts := map[string]int{}
		var got numbers
		for _, line := range told {
			puts[line]++
			kind, email, _ := strings.Cut(line, " ")
			_, was := held[email]
			switch {
			case kind == "delete":
				got.remove++
			case was:
				got.update++
			default:
				got.add++
			}
		}
		for line, n := range puts {
			if n != 1 {
				said("told more than once", line)
			}
		}
		if got != due || !within(a.numbers, got, true) || !fits {
			said("the tool was told of", fmt.Sprintf("%v; due were %v; allowed: %v\n%s", got, due, fits, text))
		}
		if diff := cmp.Diff(want, crm.get()); diff != "" {
			said("the tool", diff)
		}
	case 4:
		if len(told) > 0 {
			said("refused, but the tool was told", told)
		}
		if fits {
			said("refused, but it fits", fmt.Sprintf("due were %v\n%s", due, text))
		}
		if !strings.Contains(text, "The plan no longer fits") {
			said("refused otherwise", text)
		}
	default:
		said("ends with", fmt.Sprintf("%d\n%s", code, text))
	}
	return code
}

// TestEditsBetweenPlanAndApply edits data and config between a plan and its apply. What happens is what was approved, or lies
// inside of the tolerance, counted by the tool; or it is refused, and nothing happens.
func TestEditsBetweenPlanAndApply(t *testing.T) {
	limit, workers := 8*time.Second, 2
	if thorough {
		limit = 40 * time.Second
	}
	most := int64(500)
	if *edits > 0 {
		most, limit = int64(*edits), time.Hour
	}
	var next, carried, refused atomic.Int64
	t.Run("edits", func(t *testing.T) {
		for w := range workers {
			t.Run(fmt.Sprint(w), func(t *testing.T) {
				t.Parallel()
				crm := &tool{contacts: map[string]float64{}}
				server := httptest.NewServer(crm)
				defer server.Close()
				all := approvals(t, crm, server.URL)
				deadline := time.Now().Add(limit)
				for !t.Failed() {
					seed := next.Add(1)
					if seed > most || seed > 8 && time.Now().After(deadline) {
						return
					}
					switch attempt(t, uint64(seed), all, crm, server.URL) {
					case 0:
						carried.Add(1)
					case 4:
						refused.Add(1)
					}
				}
			})
		}
	})
	t.Logf("%d edits: %d plans were carried out, %d refused", carried.Load()+refused.Load(), carried.Load(), refused.Load())
	if !t.Failed() && (carried.Load() == 0 || refused.Load() == 0) {
		t.Error("either no plan was carried out or none was refused: too little was tested")
	}
}
