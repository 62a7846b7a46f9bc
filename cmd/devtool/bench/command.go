package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// took is what something cost.
type took struct {
	Wall float64 `json:"wall"`          // seconds
	CPU  float64 `json:"cpu,omitempty"` // seconds of all processors
	Peak int64   `json:"peak,omitempty"`
}

// event is a line of cdp's JSON output, as far as it is needed here.
type event struct {
	Type    string         `json:"type"`
	Address string         `json:"address"`
	Status  string         `json:"status"`
	Seconds float64        `json:"seconds"`
	Counts  map[string]any `json:"counts"`
}

// answer is what a command printed and cost.
type answer struct {
	took
	events []event
}

// result is the result of one block.
func (a answer) result(address string) event {
	for _, e := range a.events {
		if e.Type == "result" && e.Address == address {
			return e
		}
	}
	return event{}
}

// cdpIn runs cdp in a project.
func (r *room) cdpIn(project string, args ...string) (answer, error) {
	cmd := exec.CommandContext(r.ctx, r.cdp, append([]string{"--chdir", project}, args...)...)
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	cmd.Env = append(os.Environ(), "NO_COLOR=1")
	began := time.Now()
	err := cmd.Run()
	a := answer{took: took{Wall: time.Since(began).Seconds()}}
	if err != nil {
		return a, fmt.Errorf("cdp %s: %w\n%s", strings.Join(args, " "), err, problems.String())
	}
	a.CPU = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	if u, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		a.Peak = u.Maxrss * 1024
	}
	for line := range strings.Lines(out.String()) {
		var e event
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &e) == nil {
			a.events = append(a.events, e)
		}
	}
	return a, nil
}

// best runs a command several times and takes the fastest: for works of well under a second.
func (r *room) best(times int, project string, args ...string) (answer, error) {
	var best answer
	for i := range times {
		a, err := r.cdpIn(project, args...)
		if err != nil {
			return a, err
		}
		if i == 0 || a.Wall < best.Wall {
			best = a
		}
	}
	return best, nil
}

// project makes a project's folder with one file of HCL.
func (r *room) project(name, hcl string) (string, error) {
	dir := filepath.Join(r.dir, name)
	if err := os.MkdirAll(filepath.Join(dir, "data"), 0o755); err != nil {
		return "", err
	}
	return dir, os.WriteFile(filepath.Join(dir, "main.cdp.hcl"), []byte(hcl), 0o644)
}

// adopt puts the config in force without loading anything: what is loaded next is a first load.
func (r *room) adopt(project string) error {
	file := filepath.Join(project, "adopt.cdpplan")
	if _, err := r.cdpIn(project, "plan", "--refresh", "none", "--out", file); err != nil {
		return err
	}
	_, err := r.cdpIn(project, "apply", file)
	return err
}

// processor is the processor time of this process so far.
func processor() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// timed measures what happens in this process.
func timed(fn func() error) (took, error) {
	began, cpu := time.Now(), processor()
	err := fn()
	return took{Wall: time.Since(began).Seconds(), CPU: processor() - cpu}, err
}
