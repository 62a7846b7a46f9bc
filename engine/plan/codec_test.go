package plan

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/google/go-cmp/cmp"
)

// sample is a plan with a step of every kind.
func sample() *Plan {
	head := func(address string) Head {
		return Head{Address: address, Action: Change, Category: Breaking, Reason: ByUpstream, CausedBy: []string{"a.b"}, Range: &diag.Range{File: "f", Start: diag.Pos{Line: 1, Column: 2, Byte: 3}},
			Detail: "where changed", Counts: append(Of("z", int64(1), "a", int64(9007199254740993)), Count{Name: "u"}, Count{Name: "e", N: 5, Known: true, Estimate: "a sample"}),
			Guards: []guard.Verdict{{Name: "max_churn", Address: address, Status: guard.Blocked, Value: 0.5, Limit: 0.2, Rows: 1, Of: 2}}, Notes: []string{"a <note>"}, Digest: "d", Skipped: "why"}
	}
	return &Plan{ConfigDigest: "c", AsOf: time.Date(2026, 6, 1, 0, 0, 0, 1000, time.UTC), Refresh: RefreshAuto,
		Pins: Pins{Workspace: "w", Serial: 4, Tables: map[string]int64{"b": 1, "a": 2}, Cursors: map[string]string{"s": "x"}, Connectors: map[string]string{"http": "1"}},
		Steps: []Step{
			&StreamStep{Head: head("source.a.b"), Table: "raw_a.b", SchemaChanges: []string{"added"}, Rejects: []string{"r"}}, &ModelStep{Head: head("model.m"), Materialize: "view"},
			&IdentityStep{Head: head("identity.i")}, &TraitStep{Head: head("trait.t")}, &SegmentStep{Head: head("segment.s")}, &DestinationStep{Head: head("destination.d")},
			&SyncStep{Head: head("sync.s"), Destination: "destination.d", Object: "o", Operations: 3, Requests: 1}, &RemovalStep{Head: head("sync.gone")},
		}}
}

func save(t *testing.T, p *Plan, key Key) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "p.cdpplan")
	if err := p.Seal(); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, p, key); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPlanFile(t *testing.T) {
	p, key := sample(), Key("key")
	if steps := len(p.Steps); steps != len(kinds) {
		t.Fatalf("%d kinds of steps, the sample has %d", len(kinds), steps)
	}
	path := save(t, p, key)
	got, err := Read(path, key)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(p, got); diff != "" {
		t.Error(diff)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if _, err := Read(path, Key("other")); !errors.Is(err, ErrForeignKey) {
		t.Errorf("another key: %v", err)
	}
	if shown, err := Read(path, nil); err != nil || shown.ID != p.ID {
		t.Errorf("without a key: %v", err)
	}
	a, _ := os.ReadFile(path)
	b, _ := os.ReadFile(save(t, sample(), key))
	if string(a) != string(b) {
		t.Error("the same plan is not the same bytes")
	}
}

// Any byte changed or cut off is an error, with the key; nothing panics without.
func TestDamagedPlan(t *testing.T) {
	key := Key("key")
	path := save(t, sample(), key)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(what string, data []byte) {
		if _, err := open(data, key); err == nil {
			t.Errorf("%s: read all the same", what)
		}
		_, _ = open(data, nil)
	}
	for i := range whole {
		flipped := append([]byte{}, whole...)
		flipped[i] ^= 1 << (i % 8)
		try(fmt.Sprintf("byte %d flipped", i), flipped)
		try(fmt.Sprintf("cut after %d bytes", i), whole[:i])
	}
	for i := 0; i < len(whole); i += 64 { // other values, such as those that JSON and the first line live on
		for _, b := range []byte("\x00\t\n 09\"',:[]{}Aa\x7f\xff") {
			if other := append([]byte{}, whole...); b != whole[i] {
				other[i] = b
				try(fmt.Sprintf("byte %d is %d", i, b), other)
			}
		}
	}
	try("more", append(append([]byte{}, whole...), '\n'))
}

func TestNewerPlan(t *testing.T) {
	if _, err := decode([]byte(`{"format": 2, "steps": "whatever"}`)); !errors.Is(err, ErrNewer) {
		t.Error(err)
	}
	for _, body := range []string{"", "[]", `{"steps": [{"kind": "spell", "step": {}}]}`, `{"steps": [{"kind": "sync", "step": 1}]}`} {
		if _, err := decode([]byte(body)); !errors.Is(err, ErrDamaged) {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// Whatever a later cdp changes in the file, it says so where every cdp looks.
func TestNewerFile(t *testing.T) {
	key, newer := Key("key"), sample()
	path := save(t, newer, key)
	newer.Format = Format + 1
	if err := Write(path, newer, key); err != nil {
		t.Fatal(err)
	}
	for what, change := range map[string]func(text string) string{
		"content":                 func(text string) string { return text },
		"first line":              func(text string) string { return strings.Replace(text, magic, family+"2", 1) },
		"first line, and no more": func(string) string { return family + "12 whatever\n\x00\x01" },
	} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		other := filepath.Join(t.TempDir(), "p.cdpplan")
		if err := os.WriteFile(other, []byte(change(string(text))), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, k := range []Key{key, nil} {
			if _, err := Read(other, k); !errors.Is(err, ErrNewer) {
				t.Errorf("%s, key %q: %v", what, k, err)
			}
		}
	}
}

// Commands that need the first key at once have the same one.
func TestFirstKey(t *testing.T) {
	dir := t.TempDir()
	keys := make([]Key, 16)
	var wg sync.WaitGroup
	for i := range keys {
		wg.Go(func() { keys[i], _ = KeyFor("", dir) })
	}
	wg.Wait()
	for _, k := range keys {
		if len(k) != 64 || string(k) != string(keys[0]) {
			t.Errorf("%q beside %q", k, keys[0])
		}
	}
	if info, err := os.Stat(filepath.Join(dir, ".cdp", "plan.key")); err != nil || info.Mode().Perm() != 0o600 {
		t.Error(info, err)
	}
	if left, _ := os.ReadDir(filepath.Join(dir, ".cdp")); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
	if again, err := KeyFor("", dir); err != nil || string(again) != string(keys[0]) {
		t.Errorf("%q %v", again, err)
	}
}

func TestCounts(t *testing.T) {
	c := append(Of("zebra", int64(0), "ant", int64(9007199254740993)), Count{Name: "unknown"}, Count{Name: "guess", N: 7, Known: true, Estimate: "a sample"})
	b, err := json.Marshal(c)
	want := `{"zebra":0,"ant":9007199254740993,"unknown":null,"guess":{"basis":"a sample","estimate":7}}`
	if err != nil || string(b) != want {
		t.Errorf("%s %v", b, err)
	}
	var back Counts
	if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, c) {
		t.Errorf("%+v %v", back, err)
	}
	if b, _ := json.Marshal(Counts(nil)); string(b) != "{}" {
		t.Errorf("no counts: %s", b)
	}
	if n, known := c.Get("unknown"); known || n != 0 {
		t.Error("what nobody knows is known")
	}
}

func TestDifference(t *testing.T) {
	for _, c := range []struct{ before, after, want string }{
		{`{"where": "ltv > 1"}`, `{"where": "ltv > 2"}`, "where ltv > 1 → ltv > 2"},
		{`{"where": "lifetime_value > 100"}`, `{"where": "lifetime_value > 1000"}`, "where changed"},
		{`{"a": 1}`, `{"a": 1, "b": 2}`, "b added"},
		{`{"a": 1, "b": 2}`, `{"a": 1}`, "b removed"},
		{`{"limit": {"max": 5}}`, `{"limit": {"max": 3}}`, "limit.max 5 → 3"},
		{`{"a": [1]}`, `{"a": [2]}`, "a changed"},
		{`{"a": 1, "b": 1, "c": 1, "d": 1}`, `{"a": 2, "b": 2, "c": 2, "d": 2}`, "a 1 → 2, b 1 → 2 and 2 more"},
		{`{"a": true}`, `{"a": true}`, "definition changed"},
		{`what`, `{}`, "definition changed"},
	} {
		if got := difference(c.before, c.after); got != c.want {
			t.Errorf("%s, %s: %q, want %q", c.before, c.after, got, c.want)
		}
	}
}

func block(kind, name, definition string, reads ...string) config.Block {
	b := config.Block{Addr: addr.Address{Type: kind, Name: name}, Definition: definition}
	for _, r := range reads {
		b.DependsOn = append(b.DependsOn, config.Ref{Addr: addr.Address{Type: kind, Name: r}})
	}
	return b
}

func TestUnapplied(t *testing.T) {
	c := &config.Config{Models: []*config.Model{{Block: block("model", "new", "1")}, {Block: block("model", "same", "1")}, {Block: block("model", "other", "2")}}}
	s := &state.State{Applied: map[string]state.Applied{"model.same": {Definition: "1"}, "model.other": {Definition: "1"}, "model.gone": {Definition: "1"}}}
	if diff := cmp.Diff([]string{"model.gone", "model.new", "model.other"}, Unapplied(c, s)); diff != "" {
		t.Error(diff)
	}
}
