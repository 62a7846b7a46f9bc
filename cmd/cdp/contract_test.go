package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/google/go-cmp/cmp"
)

var edits = flag.Int("edits", 0, "how many edits between plan and apply to try, however long it takes (default: as many as fit)")

// contract is a project of one tool. A person keeps who they are under another e-mail, which is the tool's key.
func contract(url, where string) string {
	return strings.NewReplacer("URL", url, "WHERE", where).Replace(`
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "file" "shop" {
  stream "customers" {
    path        = "customers.csv"
    primary_key = ["id"]
  }
}
identity "customer" {
  identifier "shop_id" {}
  identifier "email" { normalize = "email" }
  input "customers" {
    stream      = source.shop.customers
    identifiers = { shop_id = "id", email = "email" }
    attributes  = { spent = "spent" }
  }
}
segment "vips" {
  of    = identity.customer
  where = "WHERE"
}
destination "http" "crm" {
  base_url      = "URL"
  allow_private = true
  object "contacts" {
    key = ["email"]
    operation "upsert" {
      method     = "POST"
      path       = "/contacts"
      batch      = { max_records = 10 }
      body       = "{contacts: [.records[] | .key + .fields]}"
      idempotent = true
      results    = ".results[] | {key: {email}, status: \"ok\"}"
    }
    operation "remove" {
      method = "DELETE"
      path   = "/contacts/{key.email}"
      ok     = [204, 404]
    }
  }
}
sync "vips_crm" {
  segment     = segment.vips
  destination = destination.crm
  object      = "contacts"
  mode        = "mirror"
  on_leave    = "remove"
  key         = { email = "email" }
  fields      = { spent = "spent" }
  guard {
    max_remove_ratio = 1
    reason           = "The numbers are what is tested."
  }
}
`)
}

// shop is what the source has, by id.
type shop map[int]customer

type customer struct {
	email string
	spent int
}

func (s shop) csv() string {
	var out strings.Builder
	out.WriteString("id,email,spent\n")
	for _, id := range slices.Sorted(maps.Keys(s)) {
		fmt.Fprintf(&out, "%d,%s,%d\n", id, s[id].email, s[id].spent)
	}
	return out.String()
}

// members is what the tool holds of a shop, counted by nobody but us.
func (s shop) members(low, high int) map[string]float64 {
	out := map[string]float64{}
	for _, c := range s {
		if c.spent >= low && c.spent <= high {
			out[c.email] = float64(c.spent)
		}
	}
	return out
}

func between(low, high int) string { return fmt.Sprintf("spent >= %d and spent <= %d", low, high) }

// numbers are how many records are added to the tool, changed in it, and taken out.
type numbers struct{ add, update, remove int64 }

func differing(before, after map[string]float64) numbers {
	var n numbers
	for email, spent := range after {
		was, there := before[email]
		switch {
		case !there:
			n.add++
		case was != spent:
			n.update++
		}
	}
	for email := range before {
		if _, stays := after[email]; !stays {
			n.remove++
		}
	}
	return n
}

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
	moments := 30
	if testing.Short() {
		moments = 6
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

// reread changes a saved plan as no cdp of today would, and seals it as a cdp would.
func reread(t *testing.T, dir string, change func(*plan.Plan)) {
	t.Helper()
	path, key := filepath.Join(dir, "a.plan"), plan.KeyAt("", dir)
	p, err := plan.Read(path, key)
	if err != nil {
		t.Fatal(err)
	}
	change(p)
	if err := plan.Write(path, p, key); err != nil {
		t.Fatal(err)
	}
}

// A clock that was set back since the plan was saved makes it no older, nor another; the plan still brings its own rows.
func TestClockSetBack(t *testing.T) {
	c := change(t)
	dir := c.again(t, 0)
	reread(t, dir, func(p *plan.Plan) { p.Made.At = time.Now().UTC().Add(time.Hour).Truncate(time.Second) })
	if err := os.Remove(filepath.Join(dir, "customers.csv")); err != nil {
		t.Fatal(err)
	}
	must(t, dir, "apply", "--max-age", "1h", "a.plan")
	if diff := cmp.Diff(c.after, c.crm.get()); diff != "" {
		t.Error(diff)
	}
}

// A plan of a newer cdp is not guessed at.
func TestNewerPlan(t *testing.T) {
	c := change(t)
	for name, make := range map[string]func(dir string){
		"content": func(dir string) { reread(t, dir, func(p *plan.Plan) { p.Format++ }) },
		"first line": func(dir string) {
			text, err := os.ReadFile(filepath.Join(dir, "a.plan"))
			if err != nil {
				t.Fatal(err)
			}
			write(t, dir, "a.plan", strings.Replace(string(text), "cdp-plan 1 ", "cdp-plan 2 ", 1))
		},
	} {
		dir := c.again(t, 0)
		make(dir)
		was := tables(t, dir)
		for _, args := range [][]string{{"apply", "a.plan"}, {"show", "a.plan"}} {
			code, out := ended(t, command(t, dir, args...))
			if (code != 1 && code != 4) || !strings.Contains(out, "made by a newer cdp") {
				t.Errorf("%s: cdp %s ends with %d:\n%s", name, args[0], code, out)
			}
		}
		if told := c.crm.told(); len(told) > 0 {
			t.Errorf("%s: the tool was told %v", name, told)
		}
		if diff := cmp.Diff(was, tables(t, dir)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

// TestPlanHoldsNobody looks for every e-mail, in all forms it could have, in a plan whose keys they are.
func TestPlanHoldsNobody(t *testing.T) {
	c := change(t)
	file, err := os.ReadFile(filepath.Join(c.dir, "a.plan"))
	if err != nil {
		t.Fatal(err)
	}
	_, shown := ended(t, command(t, c.dir, "show", "--json", "a.plan"))
	_, comment := ended(t, command(t, c.dir, "plan", "--format", "markdown", "--refresh", "all"))
	emails := maps.Clone(c.before)
	maps.Copy(emails, c.after)
	if len(emails) < 170 || len(file) < 1000 || len(shown) < 1000 || len(comment) < 500 {
		t.Fatalf("%d e-mails, a plan of %d bytes, shown in %d, a comment of %d: what is tested is not there", len(emails), len(file), len(shown), len(comment))
	}
	for email := range emails {
		for what, form := range forms(email) {
			for where, text := range map[string]string{"file": string(file), "show": shown, "markdown": comment} {
				if strings.Contains(strings.ToLower(text), strings.ToLower(form)) {
					t.Errorf("%s: %s is in the %s", email, what, where)
				}
			}
		}
	}
}

// forms are the ways in which an e-mail might be written.
func forms(email string) map[string]string {
	sum := sha256.Sum256([]byte(email))
	out := map[string]string{
		"the e-mail":           email,
		"its name":             email[:strings.Index(email, "@")+1],
		"the escaped e-mail":   strings.Replace(email, "@", "%40", 1),
		"its hexadecimals":     hex.EncodeToString([]byte(email)),
		"its SHA-256":          hex.EncodeToString(sum[:]),
		"its SHA-256's start":  hex.EncodeToString(sum[:16]),
		"its SHA-256's base64": strings.TrimRight(base64.StdEncoding.EncodeToString(sum[:]), "="),
	}
	for before := range 3 { // base64 of a text depends on where in a triple of bytes it begins
		text := base64.StdEncoding.EncodeToString(append(bytes.Repeat([]byte{' '}, before), email...))
		out[fmt.Sprintf("its base64, %d bytes on", before)] = strings.TrimRight(text[4*((before+2)/3):], "=")[:len(email)/3*4-4]
	}
	return out
}

// here runs a command without a process of its own.
func here(dir string, args ...string) (int, string) {
	var out bytes.Buffer
	ctx := context.Background()
	a := &app{ctx: ctx, stdout: &out, stderr: &out, began: time.Now()}
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
	limit, workers := 40*time.Second, 2
	if testing.Short() {
		limit, workers = 5*time.Second, 1
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
