package main

import (
	"fmt"
	"runtime"

	"github.com/cdp-engine/cdp/engine"
	"github.com/spf13/cobra"
)

func newVersion(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "The versions of cdp and of its warehouse engine",
		Example: "  cdp version\n  cdp version --json",
		Args:    none,
		RunE:    func(*cobra.Command, []string) error { return a.tellVersion() },
	}
}

func (a *app) tellVersion() error {
	if a.json {
		a.start() // its first line is the version
		return a.end(nil, 0)
	}
	fmt.Fprintf(a.stdout, "cdp %s (%s, %s/%s)\n", version, engine.WarehouseVersion(), runtime.GOOS, runtime.GOARCH)
	return nil
}
