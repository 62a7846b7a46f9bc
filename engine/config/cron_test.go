package config

import (
	"strings"
	"testing"
)

func TestCheckCron(t *testing.T) {
	for _, good := range []string{"0 * * * *", "*/15 6-18 1,15 jan-jun MON-fri", "@daily", "0 0 * * 7", "5/10 * * * *"} {
		if err := checkCron(good); err != nil {
			t.Errorf("%q: %v", good, err)
		}
	}
	for bad, words := range map[string]string{
		"0 * * *": "4 parts", "": "0 parts", "0 * * * * *": "6 parts", "60 * * * *": "no minute", "* 24 * * *": "no hour", "* * 0 * *": "day of the month",
		"* * * foo *": "no month", "* * * * 8": "day of the week", "*/0 * * * *": "no minute", "5-1 * * * *": "no minute", "@often": "@hourly", ", * * * *": "no minute",
	} {
		if err := checkCron(bad); err == nil || !strings.Contains(err.Error(), words) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
