package sdktest

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// helperKey makes this binary a host that starts a connector of that mode, says so, and waits to be killed.
const helperKey = "SDKTEST_HOST_HELPER"

func hostHelper() {
	mode, dir, _ := strings.Cut(os.Getenv(helperKey), "|")
	ctx := context.Background()
	h := host.New(host.Options{TempDir: dir})
	c, err := h.Start(ctx, rogueCommand(mode))
	if err != nil {
		fmt.Println(err)
		return
	}
	if r, err := c.Read(ctx, wire.ReadRequest{Call: tokenCall, Stream: "n"}); err == nil {
		// What comes before the connector misbehaves: perhaps nothing.
		soon, cancel := context.WithTimeout(ctx, time.Second)
		_, _ = r.Next(soon)
		cancel()
	}
	time.Sleep(500 * time.Millisecond)
	fmt.Println("started")
	time.Sleep(time.Hour)
}

// descendants are all processes below pid, by the parents the kernel knows.
func descendants(pid int) []int {
	parents := map[int][]int{}
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	for _, path := range stats {
		raw, err := os.ReadFile(path)
		if err != nil {
			continue
		}
		_, rest, _ := strings.Cut(string(raw), ") ")
		fields := strings.Fields(rest)
		child, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if len(fields) > 1 {
			parent, _ := strconv.Atoi(fields[1])
			parents[parent] = append(parents[parent], child)
		}
	}
	var out []int
	for queue := []int{pid}; len(queue) > 0; queue = queue[1:] {
		out = append(out, parents[queue[0]]...)
		queue = append(queue, parents[queue[0]]...)
	}
	return out
}

func alive(pid int) bool {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, _ := strings.Cut(string(raw), ") ")
	return !strings.HasPrefix(rest, "Z")
}

func TestNothingSurvivesAKilledHost(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	for mode, least := range map[string]int{"hangs": 1, "starts-children": 4, "freezes": 1, "ignores-cancel": 1} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if len(dir) > 50 {
				dir, _ = os.MkdirTemp("", "sdktest-")
				defer os.RemoveAll(dir)
			}
			helper := exec.Command(Self("").Path)
			helper.Env = append(os.Environ(), helperKey+"="+mode+"|"+dir)
			out, err := helper.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := helper.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { _, _ = helper.Process.Kill(), helper.Wait() }()
			line, _ := bufio.NewReader(out).ReadString('\n')
			if line != "started\n" {
				t.Fatal(line)
			}
			pids := descendants(helper.Process.Pid)
			if len(pids) < least {
				t.Fatalf("%d descendants, want %d", len(pids), least)
			}
			_ = helper.Process.Signal(syscall.SIGKILL)
			_ = helper.Wait()
			wantGone(t, pids)
			// What is left on disk goes with the next host.
			h := host.New(host.Options{TempDir: dir})
			if c, err := h.Start(t.Context(), Self("numbers")); err != nil {
				t.Error(err)
			} else {
				_ = c.Close()
			}
			if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) > 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func TestClosingEndsWhatAConnectorStarted(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("needs /proc")
	}
	h := host.New(impatient(t))
	c := Process(t, h, rogueCommand("starts-children"))
	r, err := c.Read(t.Context(), wire.ReadRequest{Call: tokenCall, Stream: "n"})
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	for end := time.Now().Add(5 * time.Second); len(pids) < 4 && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		pids = descendants(os.Getpid())
	}
	_ = r.Close()
	_ = h.Close()
	wantGone(t, pids)
}

// wantGone waits for processes to end, and ends those that do not.
func wantGone(t *testing.T, pids []int) {
	t.Helper()
	deadline := time.Now().Add(5 * time.Second)
	for _, pid := range pids {
		for alive(pid) && time.Now().Before(deadline) {
			time.Sleep(5 * time.Millisecond)
		}
		if alive(pid) {
			command, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
			t.Errorf("process %d survived: %q", pid, command)
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
}
