package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/google/go-cmp/cmp"
)

// thorough has tests try all that they can: `make check` does.
var thorough = os.Getenv("CDP_THOROUGH") != ""

// contract is a project of one tool. A person keeps who they are under another e-mail, which is the tool's key.
func contract(url, where string) string {
	return crmProject(url, where, true, `
  guard {
    max_remove_ratio = 1
    reason           = "The numbers are what is tested."
  }`)
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
