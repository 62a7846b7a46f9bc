package main

import (
	"fmt"
	"os"
)

// figure is one row of the table. Exactly one kind of must is set, or none: then it is only reported.
type figure struct {
	Work     string  `json:"work"`
	What     string  `json:"what"`
	Measured took    `json:"measured"`
	Yard     *took   `json:"yardstick,omitempty"`
	Rate     float64 `json:"rate,omitempty"`  // rows/s
	Bytes    int64   `json:"bytes,omitempty"` // a size is measured, not a time

	MaxRatio   float64 `json:"max_ratio,omitempty"`
	MaxSeconds float64 `json:"max_seconds,omitempty"`
	MaxBytes   int64   `json:"max_bytes,omitempty"`
	MinRate    float64 `json:"min_rate,omitempty"`
	Note       string  `json:"note,omitempty"`
}

func (f figure) ratio() float64 {
	if f.Yard == nil || f.Yard.Wall == 0 {
		return 0
	}
	return f.Measured.Wall / f.Yard.Wall
}

// cpuRatio compares processor time: what else runs on the machine hardly counts in it.
func (f figure) cpuRatio() float64 {
	if f.Yard == nil || f.Yard.CPU == 0 {
		return 0
	}
	return f.Measured.CPU / f.Yard.CPU
}

// verdict is ok, over, or nothing for what is only reported.
func (f figure) verdict() string {
	ok := true
	switch {
	case f.MaxRatio > 0:
		ok = f.ratio() <= f.MaxRatio
	case f.MaxSeconds > 0:
		ok = f.Measured.Wall <= f.MaxSeconds
	case f.MaxBytes > 0:
		ok = f.Bytes <= f.MaxBytes
	case f.MinRate > 0:
		ok = f.Rate >= f.MinRate
	default:
		return ""
	}
	if ok {
		return "ok"
	}
	return "over"
}

func (f figure) measured() string {
	switch {
	case f.Bytes > 0:
		return megabytes(f.Bytes)
	case f.Rate > 0:
		return fmt.Sprintf("%.0f rows/s", f.Rate)
	}
	return seconds(f.Measured.Wall)
}

func (f figure) must() string {
	switch {
	case f.MaxRatio > 0:
		return fmt.Sprintf("≤ %.1f ×", f.MaxRatio)
	case f.MaxSeconds > 0:
		return "≤ " + seconds(f.MaxSeconds)
	case f.MaxBytes > 0:
		return "≤ " + megabytes(f.MaxBytes)
	case f.MinRate > 0:
		return fmt.Sprintf("≥ %.0f /s", f.MinRate)
	}
	return ""
}

func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.0f ms", s*1000)
	}
	return fmt.Sprintf("%.2f s", s)
}

func megabytes(n int64) string {
	if n < 1<<20 {
		return fmt.Sprintf("%.1f kB", float64(n)/1e3)
	}
	if n < 10<<20 {
		return fmt.Sprintf("%.2f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}

// add notes a figure and says so at once: a long run is watched.
func (r *room) add(f figure) {
	f.Work = r.work
	r.figures = append(r.figures, f)
	if r.quiet {
		return
	}
	against := ""
	if f.Yard != nil {
		against = fmt.Sprintf(" against %s: %.2f ×", seconds(f.Yard.Wall), f.ratio())
	}
	fmt.Fprintf(os.Stderr, "          %s: %s%s\n", f.What, f.measured(), against)
}
