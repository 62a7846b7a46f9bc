package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/spf13/cobra"
)

func newFmt(a *app) *cobra.Command {
	var check bool
	cmd := &cobra.Command{
		Use:     "fmt",
		Short:   "Rewrite the project's HCL in its canonical form",
		Example: "  cdp fmt\n  cdp fmt --check",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			a.start()
			changed, ds := engine.Format(a.dir, check)
			a.tell(ds, nil)
			a.files("formatted", "", changed)
			if ds.HasErrors() || (check && len(changed) > 0) {
				return a.end(nil, 1)
			}
			return a.end(nil, 0)
		},
	}
	cmd.Flags().BoolVar(&check, "check", false, "change nothing; list what would change and exit 1")
	return cmd
}
