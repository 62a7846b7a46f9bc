package main

import (
	"testing"
	"time"
)

func TestDurationFlag(t *testing.T) {
	for text, want := range map[string]time.Duration{"1d": 24 * time.Hour, "5 minutes": 5 * time.Minute, "1m30s": 90 * time.Second, "0": 0, "2 weeks": 336 * time.Hour} {
		var got time.Duration
		if err := (duration{&got}).Set(text); err != nil || got != want {
			t.Errorf("%q gives %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "soon", "1 month", "5"} {
		var got time.Duration
		if err := (duration{&got}).Set(text); err == nil {
			t.Errorf("%q is taken as %v", text, got)
		}
	}
}
