package state_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/state"
)

func TestMain(m *testing.M) {
	if path := os.Getenv("HOLD_LOCK"); path != "" { // a process of its own that holds the lock until it is killed
		_, err := state.Acquire(context.Background(), path, state.Exclusive, 0, state.Holder{PID: os.Getpid(), Command: "apply", Since: time.Now()})
		fmt.Println(err)
		select {}
	}
	os.Exit(m.Run())
}

func acquire(t *testing.T, path string, mode state.Mode, command string) (*state.Lock, []string) {
	t.Helper()
	l, err := state.Acquire(context.Background(), path, mode, 0, state.Holder{PID: 7, Host: "h", Command: command, Since: time.Unix(int64(len(command)), 0)})
	var locked *state.LockedError
	if errors.As(err, &locked) {
		var by []string
		for _, h := range locked.Holders {
			by = append(by, fmt.Sprintf("%s %v", h.Command, h.Reads))
		}
		return nil, append(by, "locked")
	}
	if err != nil {
		t.Fatal(err)
	}
	return l, nil
}

func release(t *testing.T, locks ...*state.Lock) {
	t.Helper()
	for _, l := range locks {
		if err := l.Release(); err != nil {
			t.Error(err)
		}
	}
}

func TestLock(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "w.duckdb")
	files := func() string {
		names, _ := filepath.Glob(filepath.Join(dir, "*"))
		deeper, _ := filepath.Glob(filepath.Join(dir, "*", "*"))
		out := ""
		for _, n := range append(names, deeper...) {
			rel, _ := filepath.Rel(dir, n)
			out += rel + " "
		}
		return out
	}
	l, _ := acquire(t, path, state.Shared, "plan")
	if files() != "" {
		t.Errorf("reading a warehouse that is not there left %s", files())
	}
	release(t, l)

	w, _ := acquire(t, path, state.Exclusive, "apply")
	if _, by := acquire(t, path, state.Exclusive, "run"); fmt.Sprint(by) != "[apply false locked]" {
		t.Errorf("a second writer: %v", by)
	}
	if _, by := acquire(t, path, state.Shared, "plan"); fmt.Sprint(by) != "[apply false locked]" {
		t.Errorf("a reader beside a writer: %v", by)
	}
	release(t, w, w)
	if files() != "w.duckdb.lock " {
		t.Errorf("left behind: %s", files())
	}

	a, _ := acquire(t, path, state.Shared, "plan")
	b, _ := acquire(t, path, state.Shared, "query")
	if _, by := acquire(t, path, state.Exclusive, "apply"); fmt.Sprint(by) != "[plan true query true locked]" {
		t.Errorf("a writer beside readers: %v", by)
	}
	release(t, a)
	if _, by := acquire(t, path, state.Exclusive, "apply"); fmt.Sprint(by) != "[query true locked]" {
		t.Errorf("a writer beside a reader: %v", by)
	}
	release(t, b)
	if files() != "w.duckdb.lock " {
		t.Errorf("left behind: %s", files())
	}
	if info, err := os.Stat(path + ".lock"); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the lock file: %v %v", info, err)
	}
}

func TestLockWaits(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	first, _ := acquire(t, path, state.Exclusive, "apply")
	go func() {
		time.Sleep(60 * time.Millisecond)
		_ = first.Release()
	}()
	second, err := state.Acquire(context.Background(), path, state.Exclusive, 10*time.Second, state.Holder{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := state.Acquire(ctx, path, state.Exclusive, time.Minute, state.Holder{}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	release(t, second)
}

func TestKilledHolderBlocksNobody(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.duckdb")
	holder := exec.Command(os.Args[0])
	holder.Env = append(os.Environ(), "HOLD_LOCK="+path)
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "<nil>\n" {
		t.Fatal(line, err)
	}
	_, err = state.Acquire(context.Background(), path, state.Shared, 0, state.Holder{})
	var locked *state.LockedError
	if !errors.As(err, &locked) || len(locked.Holders) != 1 || locked.Holders[0].PID != holder.Process.Pid {
		t.Errorf("held by another process: %v", err)
	}
	_ = holder.Process.Kill()
	_ = holder.Wait()
	l, err := state.Acquire(context.Background(), path, state.Exclusive, 0, state.Holder{PID: 1})
	if err != nil {
		t.Fatal(err)
	}
	cards, _ := filepath.Glob(filepath.Join(path+".lock.d", "*"))
	if len(cards) != 1 {
		t.Errorf("cards of the dead: %v", cards)
	}
	release(t, l)
}
