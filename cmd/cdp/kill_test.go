package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// killProject is a project of one tool.
func killProject(url string) string { return crmProject(url, "spent >= 100", false, "") }

// tool is a tool with contacts, which takes its time.
type tool struct {
	mu       sync.Mutex
	contacts map[string]float64
	got      []string // what it was told since set: "put EMAIL", "delete EMAIL"
	pause    time.Duration
}

func (c *tool) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	pause := c.pause
	c.mu.Unlock()
	time.Sleep(pause)
	c.mu.Lock()
	defer c.mu.Unlock()
	if r.Method == http.MethodDelete {
		email, _ := url.PathUnescape(strings.TrimPrefix(r.URL.EscapedPath(), "/contacts/"))
		delete(c.contacts, email)
		c.got = append(c.got, "delete "+email)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	var body struct {
		Contacts []struct {
			Email string      `json:"email"`
			Spent json.Number `json:"spent"`
		} `json:"contacts"`
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	type result struct {
		Email string `json:"email"`
	}
	var results []result
	for _, one := range body.Contacts {
		c.contacts[one.Email], _ = one.Spent.Float64()
		c.got = append(c.got, "put "+one.Email)
		results = append(results, result{one.Email})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"results": results})
}

func (c *tool) set(contacts map[string]float64, pause time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.contacts, c.got, c.pause = maps.Clone(contacts), nil, pause
}

// hurry makes the tool answer at once, whatever it is being told just now.
func (c *tool) hurry() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.pause = 0
}

func (c *tool) told() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clone(c.got)
}

func (c *tool) get() map[string]float64 {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.contacts)
}

// customers is the shop before, and after: 15 leave the segment, 20 change in it, 12 are new.
func customers(after bool) string {
	var out strings.Builder
	out.WriteString("id,email,spent\n")
	for i := range 120 {
		spent := 150
		if after && i < 15 {
			spent = 1
		} else if after && i < 35 {
			spent = 170
		}
		fmt.Fprintf(&out, "%d,user%d@shop.example,%d\n", i, i, spent)
	}
	for i := 0; after && i < 12; i++ {
		fmt.Fprintf(&out, "%d,new%d@shop.example,200\n", 9000+i, i)
	}
	return out.String()
}

func command(t *testing.T, dir string, args ...string) *exec.Cmd {
	t.Helper()
	path, err := exec.LookPath("cdp") // TestMain makes the test binary go by this name
	if err != nil {
		t.Fatal(err)
	}
	c := exec.Command(path, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "CDP_AS_OF=2026-06-01T00:00:00Z", "NO_COLOR=1")
	return c
}

func must(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := command(t, dir, args...).CombinedOutput(); err != nil {
		t.Fatalf("cdp %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// copied is a copy of a project as it stands, with its warehouse.
func copied(t *testing.T, dir string) string {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return to
}

// tables is what a project's tables and ledger say, in an order of their own.
func tables(t *testing.T, dir string) []string {
	t.Helper()
	db, err := sql.Open("duckdb", filepath.Join(dir, "w.duckdb")+"?access_mode=read_only")
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.Query(`select 'profile ' || p.email || ' ' || p.spent || ' ' || (s.customer_id is not null)
		from customer.profiles p left join customer.segments s on s.customer_id = p.customer_id and s.segment = 'vips'
		union all select 'event ' || p.email || ' ' || h.event || ' ' || count(*) from customer.segment_history h join customer.profiles p using (customer_id) group by p.email, h.event
		union all select 'ledger ' || key::varchar || ' ' || status from _cdp.ledger order by all`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var out []string
	for rows.Next() {
		var line string
		if err := rows.Scan(&line); err != nil {
			t.Fatal(err)
		}
		out = append(out, line)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return out
}

// TestKilled kills runs at many moments. The next run must end where a run that nobody disturbed ends: in the tool, in
// the tables, in the ledger.
func TestKilled(t *testing.T) {
	if testing.Short() {
		t.Skip("kills runs for up to forty seconds")
	}
	crm := &tool{contacts: map[string]float64{}}
	server := httptest.NewServer(crm)
	defer server.Close()
	base := t.TempDir()
	write(t, base, "main.cdp.hcl", killProject(server.URL))
	write(t, base, "customers.csv", customers(false))
	must(t, base, "apply", "--auto-approve")
	before := crm.get()
	if len(before) != 120 {
		t.Fatalf("the tool has %d contacts after apply", len(before))
	}
	write(t, base, "customers.csv", customers(true))

	const slow = 15 * time.Millisecond
	crm.set(before, slow)
	whole := copied(t, base)
	began := time.Now()
	must(t, whole, "run")
	length := time.Since(began)
	wantContacts, wantTables := crm.get(), tables(t, whole)
	if len(wantContacts) != 117 || wantContacts["user20@shop.example"] != 170 {
		t.Fatalf("an undisturbed run leaves %d contacts: %v", len(wantContacts), wantContacts)
	}

	const moments = 16
	killed := 0
	for i := range moments {
		if time.Since(began) > 35*time.Second {
			break
		}
		// The bits of i from the back: whenever time is up, the moments so far are spread over the whole run.
		at := length * time.Duration((i&1)<<3|(i&2)<<1|(i&4)>>1|(i&8)>>3) / moments
		crm.set(before, slow)
		dir := copied(t, base)
		if kill(t, command(t, dir, "run"), at) {
			killed++
		}
		half := len(crm.get())
		crm.hurry()
		must(t, dir, "run")
		if diff := cmp.Diff(wantContacts, crm.get()); diff != "" {
			t.Errorf("killed after %s, the tool had %d contacts: %s", at, half, diff)
		}
		if diff := cmp.Diff(wantTables, tables(t, dir)); diff != "" {
			t.Errorf("killed after %s: %s", at, diff)
		}
	}
	if killed == 0 {
		t.Error("no run was killed: nothing was tested")
	}
}

// kill ends a command the hard way after a while; false: it was through by then.
func kill(t *testing.T, c *exec.Cmd, after time.Duration) bool {
	t.Helper()
	due := time.Now().Add(after)
	return killWhen(t, c, func() bool { return time.Now().After(due) })
}

// killWhen ends a command the hard way once it is time; false: it was through by then.
func killWhen(t *testing.T, c *exec.Cmd, due func() bool) bool {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	for !due() {
		select {
		case err := <-done:
			if err != nil {
				t.Errorf("a command that was not killed: %v", err)
			}
			return false
		case <-time.After(time.Millisecond):
		}
	}
	if err := c.Process.Signal(syscall.SIGKILL); err != nil && !errors.Is(err, os.ErrProcessDone) {
		t.Fatal(err)
	}
	<-done
	return true
}
