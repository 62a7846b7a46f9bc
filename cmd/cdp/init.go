package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/examples"
	"github.com/spf13/cobra"
)

func newInit(a *app) *cobra.Command {
	example := ""
	var o examples.Options
	cmd := &cobra.Command{
		Use:   "init",
		Short: "Turn an empty folder into a project that runs",
		Long: "Writes an example project where none is: a small shop with its data, so that plan and apply work at once. Files that\n" +
			"are there are kept. Called again with --day, it writes the shop's data as it is some days later.",
		Example: "  cdp init --example shop\n  cdp init --example shop --day 1   # a day later: new orders, changed e-mails",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if example == "" {
				example = "shop"
				if found, _ := filepath.Glob(filepath.Join(a.dir, "*.cdp.hcl")); len(found) > 0 {
					fmt.Fprintf(a.stdout, "There is a project here already (%s). Next: cdp plan\n", filepath.Base(found[0]))
					if own := a.ownConnectors(); len(own) > 0 {
						fmt.Fprintf(a.stdout, "No cdp.lock.hcl is needed: connectors given by path (%s) are used as they are.\n", strings.Join(own, ", "))
					}
					return nil
				}
			}
			if err := oneOf("--example", example, examples.Names()...); err != nil {
				return err
			}
			opts, err := a.options()
			if err != nil {
				return err
			}
			o.Now = opts.AsOf
			if o.People < 1 || o.Day < 0 {
				return fmt.Errorf("--people takes a number from 1, --day one from 0")
			}
			syscall.Umask(userMask) // the project is the user's to share
			if err := os.MkdirAll(a.dir, 0o777); err != nil {
				return fmt.Errorf("cannot make the folder %s: %w", a.dir, unwrapPath(err))
			}
			written, err := examples.Write(a.dir, o)
			if err != nil {
				a.tell(diag.Diagnostics{diag.NewError("init.write", "The example could not be written",
					fmt.Sprintf("Writing into %s failed: %s. Choose a folder you may write to with --chdir.", a.dir, unwrapPath(err)), nil)}, nil)
				return a.end(nil, 1)
			}
			for _, name := range written {
				fmt.Fprintln(a.stdout, "  wrote "+name)
			}
			if len(written) == 0 {
				fmt.Fprintln(a.stdout, "Nothing to write: the example is here already.")
			}
			fmt.Fprintln(a.stdout, "Next: cdp plan, then cdp apply")
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&example, "example", "", "which example: shop")
	f.IntVar(&o.People, "people", 2000, "how many people the example has")
	f.IntVar(&o.Day, "day", 0, "how many days have passed since the first export")
	f.Uint64Var(&o.Seed, "seed", 1, "another seed makes another shop")
	return cmd
}

// ownConnectors are the connectors that the project here names by path. A project with mistakes has none to name: plan tells.
func (a *app) ownConnectors() []string {
	c, _ := config.Load(a.dir, config.LoadOptions{Environ: os.Environ()})
	var names []string
	for name, own := range c.Settings.Connectors {
		if own.Path != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// unwrapPath keeps the system's own words of a file error.
func unwrapPath(err error) error {
	for {
		inner, ok := err.(interface{ Unwrap() error })
		if !ok {
			return err
		}
		if _, isPath := err.(*os.PathError); isPath {
			return err
		}
		err = inner.Unwrap()
	}
}
