package main

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"
)

// TestHelp: the help of every command fits a terminal of 80 columns, and shows how the command is called.
func TestHelp(t *testing.T) {
	var look func(c *cobra.Command)
	look = func(c *cobra.Command) {
		for _, inner := range c.Commands() {
			look(inner)
		}
		if c.Hidden {
			return
		}
		text := helpOf(c)
		for _, line := range strings.Split(text, "\n") {
			if runewidth.StringWidth(line) > helpWidth {
				t.Errorf("%s: wider than %d columns: %s", c.CommandPath(), helpWidth, line)
			}
		}
		if !strings.Contains(text, "\nExamples:\n  ") {
			t.Errorf("%s has no example", c.CommandPath())
		}
	}
	root := newRoot(&app{ctx: context.Background(), stdout: &output{to: os.Stdout}, stderr: os.Stderr})
	look(root)
	if len(root.Commands()) < 15 {
		t.Errorf("only %d commands were looked at", len(root.Commands()))
	}
}
