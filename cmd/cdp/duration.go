package main

import (
	"time"

	"github.com/cdp-engine/cdp/engine"
)

// duration is a flag for a length of time, written as in HCL (1d, "5 minutes") or as Go does (1m30s).
type duration struct{ to *time.Duration }

func (d duration) String() string {
	if d.to == nil || *d.to == 0 {
		return ""
	}
	return d.to.String()
}

func (duration) Type() string { return "duration" }

func (d duration) Set(text string) error {
	if parsed, err := time.ParseDuration(text); err == nil {
		*d.to = parsed
		return nil
	}
	parsed, err := engine.ParseDuration(text)
	if err == nil {
		*d.to = parsed
	}
	return err
}
