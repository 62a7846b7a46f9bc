package main

import (
	"bytes"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"
)

// heard is what a command has written so far.
type heard struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (h *heard) Write(b []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.buf.Write(b)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.buf.String()
}

// terminal opens a terminal of our own: the end that a person would type at, and the end that a command reads.
func terminal(t *testing.T) (keys, screen *os.File) {
	t.Helper()
	keys, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { keys.Close() })
	var n, unlocked uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCGPTN: &n, syscall.TIOCSPTLCK: &unlocked} {
		if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, keys.Fd(), request, uintptr(unsafe.Pointer(value))); errno != 0 {
			t.Skip("no terminals here: ", errno)
		}
	}
	screen, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here: ", err)
	}
	t.Cleanup(func() { screen.Close() })
	return keys, screen
}

// interrupt starts a command, sends SIGINT once when says so, and gives its exit code.
func interrupt(t *testing.T, c *exec.Cmd, when func() bool) int {
	t.Helper()
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() { done <- c.Wait() }()
	deadline := time.After(2 * time.Minute)
	for !when() {
		select {
		case err := <-done:
			t.Fatalf("ended before it was interrupted: %v", err)
		case <-deadline:
			_ = c.Process.Kill()
			t.Fatal("the moment to interrupt did not come")
		case <-time.After(2 * time.Millisecond):
		}
	}
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-done:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return exit.ExitCode()
		}
		return 0
	case <-time.After(time.Minute):
		_ = c.Process.Kill()
		t.Fatal("one interruption does not end it")
		return 0
	}
}

// Whoever is asked and presses Ctrl-C means no, and need not press it twice.
func TestInterruptedQuestion(t *testing.T) {
	dir := t.TempDir()
	must(t, dir, "init", "--people", "20")
	_, screen := terminal(t)
	var said heard
	c := command(t, dir, "apply")
	c.Stdin, c.Stderr = screen, &said
	code := interrupt(t, c, func() bool { return strings.Contains(said.String(), `Only "yes" is a yes: `) })
	if code != 130 {
		t.Errorf("ends with %d", code)
	}
	if !strings.HasSuffix(said.String(), ": \nInterrupted. Nothing was changed.\n") || strings.Contains(said.String(), "Error") {
		t.Errorf("says %q", said.String())
	}
}

// An interruption while sending says what is kept, and the same command goes on.
func TestInterruptedDelivery(t *testing.T) {
	crm := &tool{contacts: map[string]float64{}}
	server := httptest.NewServer(crm)
	defer server.Close()
	dir := t.TempDir()
	write(t, dir, "main.cdp.hcl", killProject(server.URL))
	write(t, dir, "customers.csv", customers(false))
	crm.set(map[string]float64{}, 300*time.Millisecond)
	var said, told heard
	c := command(t, dir, "apply", "--auto-approve")
	c.Stderr, c.Stdout = &said, &told
	if code := interrupt(t, c, func() bool { return len(crm.get()) > 0 }); code != 130 {
		t.Errorf("ends with %d", code)
	}
	if !regexp.MustCompile(`(?m)^Interrupted\. \d of \d blocks (was|were) carried out and kept; the same command goes\s+on\s+from\s+there\.$`).MatchString(said.String()) {
		t.Errorf("says %q", said.String())
	}
	if strings.Contains(said.String(), "Error") || strings.Contains(told.String(), " cdp  ") {
		t.Errorf("says %q and %q", said.String(), told.String())
	}
	crm.set(crm.get(), 0)
	must(t, dir, "apply", "--auto-approve")
	if n := len(crm.get()); n != 120 {
		t.Errorf("the tool has %d contacts after going on", n)
	}
}

// A second interruption ends a command at once; the first says so if it takes its time. What the dead command left in .cdp is
// gone after the next one, whatever that is.
func TestInterruptedTwice(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "main.cdp.hcl", "cdp {\n  warehouse \"duckdb\" { path = \"w.duckdb\" }\n}\n")
	must(t, dir, "validate")
	for _, left := range []string{".cdp/scratch-1", ".cdp/plans/scratch-2"} {
		if err := os.MkdirAll(filepath.Join(dir, left), 0o700); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, left), "alive", "")
		write(t, filepath.Join(dir, left), "people.parquet", "personal")
	}
	must(t, dir, "status")
	for _, pattern := range []string{".cdp/scratch-*", ".cdp/plans/scratch-*"} {
		if left, _ := filepath.Glob(filepath.Join(dir, pattern)); len(left) > 0 {
			t.Errorf("left behind: %s", left)
		}
	}

	// A process of its own that takes its time.
	var said heard
	c := exec.Command(os.Args[0], "-test.run=^TestInterruptedSlowly$")
	c.Env = append(os.Environ(), "INTERRUPTED_SLOWLY=1")
	c.Stderr, c.Stdout = &said, &said
	began := time.Now()
	code := interrupt(t, c, func() bool {
		if !strings.Contains(said.String(), "ready") {
			return false
		}
		go func() {
			for !strings.Contains(said.String(), "Ctrl-C once more ends it at once") {
				time.Sleep(10 * time.Millisecond)
			}
			_ = c.Process.Signal(os.Interrupt)
		}()
		return true
	})
	if code != 130 || time.Since(began) > 30*time.Second {
		t.Errorf("ends with %d after %s and says %q", code, time.Since(began), said.String())
	}
}

// TestInterruptedSlowly is that process.
func TestInterruptedSlowly(t *testing.T) {
	if os.Getenv("INTERRUPTED_SLOWLY") == "" {
		t.Skip("not a test of its own")
	}
	_, stop := interruptible(func(text string) { fmt.Println(text) })
	defer stop()
	fmt.Println("ready")
	time.Sleep(time.Minute)
}

// A connector that never answers holds up the look for all mistakes in a project that has one; an interruption ends that, too.
func TestInterruptedAsking(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "main.cdp.hcl", `cdp {
  warehouse "duckdb" { path = "w.duckdb" }
  required_connectors {
    silent = { path = "./silent" }
  }
}
source "silent" "one" {
  stream "all" {}
}
segment "wrong" {}
`)
	write(t, dir, "silent", "#!/bin/sh\nexec sleep 600\n")
	if err := os.Chmod(filepath.Join(dir, "silent"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"plan", "validate"} {
		var said heard
		c := command(t, dir, name)
		c.Stderr = &said
		began := time.Now()
		code := interrupt(t, c, func() bool { return strings.Contains(said.String(), "Waiting for connector silent") })
		if code != 130 || time.Since(began) > 20*time.Second {
			t.Errorf("%s ends with %d after %s", name, code, time.Since(began))
		}
		if !strings.Contains(said.String(), "Interrupted. Nothing was changed.") || strings.Contains(said.String(), "could not be asked") {
			t.Errorf("%s says %q", name, said.String())
		}
	}
}

// A command that a secret comes from stands in a group of its own: the terminal does not interrupt it, so cdp does.
func TestInterruptedSecret(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "main.cdp.hcl", `cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
locals {
  token = secret_command(["sh", "-c", "touch asked; sleep 25"])
}
source "http" "api" {
  base_url = local.token
}
`)
	var said heard
	c := command(t, dir, "plan")
	c.Stderr = &said
	began := time.Now()
	code := interrupt(t, c, func() bool {
		_, err := os.Stat(filepath.Join(dir, "asked"))
		return err == nil
	})
	if code != 130 || time.Since(began) > 20*time.Second {
		t.Errorf("ends with %d after %s", code, time.Since(began))
	}
	if said.String() != "Interrupted. Nothing was changed.\n" {
		t.Errorf("says %q", said.String())
	}
}
