package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
)

// results is the file that a run leaves.
type results struct {
	At      time.Time `json:"at"`
	Commit  string    `json:"commit"`
	Scale   float64   `json:"scale"`
	Load    string    `json:"load"`
	Figures []figure  `json:"figures"`
}

// finish prints the table and keeps the results.
func (r *room) finish(dir string) error {
	now := results{At: time.Now().UTC().Truncate(time.Second), Commit: commit(), Scale: r.scale, Load: load(), Figures: r.figures}
	before, name := previous(dir, r.scale)
	r.print(now, before, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(now, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, now.At.Format("2006-01-02T150405")+"-"+now.Commit+".json"), append(raw, '\n'), 0o644)
}

func (r *room) print(now results, before map[string]figure, name string) {
	t := table.NewWriter()
	t.SetStyle(table.StyleLight)
	t.AppendHeader(table.Row{"work", "measured", "yardstick", "ratio", "by cpu", "must", "", "before"})
	work := ""
	for _, f := range r.figures {
		if work != "" && work != f.Work {
			t.AppendSeparator()
		}
		work = f.Work
		row := table.Row{f.What, f.measured(), "", "", "", f.must(), f.verdict(), ""}
		if f.Yard != nil {
			row[2], row[3], row[4] = seconds(f.Yard.Wall), fmt.Sprintf("%.2f", f.ratio()), fmt.Sprintf("%.2f", f.cpuRatio())
		}
		if b, ok := before[f.Work+"/"+f.What]; ok {
			row[7] = b.measured()
			if b.Yard != nil {
				row[7] = fmt.Sprintf("%.2f", b.ratio())
			}
		}
		t.AppendRow(row)
	}
	fmt.Println(t.Render())
	if r.scale != 1 {
		fmt.Printf("At scale %v: what must be reached is meant for full size; start-up weighs more here.\n", r.scale)
	}
	for _, f := range r.figures {
		if f.Note != "" {
			fmt.Printf("%s: %s\n", f.What, f.Note)
		}
	}
	fmt.Printf("Load of the machine: %s. Commit %s.", now.Load, now.Commit)
	if name != "" {
		fmt.Printf(" Before: %s.", name)
	}
	fmt.Println()
}

// previous are the newest figures there are of the same scale, and the name of the newest file.
func previous(dir string, scale float64) (map[string]figure, string) {
	names, _ := filepath.Glob(filepath.Join(dir, "*.json"))
	slices.Sort(names) // they begin with the time
	out := map[string]figure{}
	newest := ""
	for _, name := range names {
		raw, err := os.ReadFile(name)
		var old results
		if err != nil || json.Unmarshal(raw, &old) != nil || old.Scale != scale {
			continue
		}
		newest = filepath.Base(name)
		for _, f := range old.Figures {
			out[f.Work+"/"+f.What] = f
		}
	}
	return out, newest
}

func commit() string {
	out, err := exec.Command("git", "rev-parse", "--short", "HEAD").Output()
	if err != nil {
		return "unknown"
	}
	name := strings.TrimSpace(string(out))
	if exec.Command("git", "diff", "--quiet", "HEAD").Run() != nil {
		name += "-dirty"
	}
	return name
}
