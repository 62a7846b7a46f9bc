package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/render"
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
			"are there are kept. Called again with --day, it writes the shop's data anew, as it is some days later; HCL is kept.",
		Example: "  cdp init --example shop\n  cdp init --day 1   # a day later: new orders, changed e-mails",
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			o.Renew = cmd.Flags().Changed("day")
			if example == "" {
				example = "shop"
				found, _ := filepath.Glob(filepath.Join(a.dir, "*.cdp.hcl"))
				switch {
				case len(found) == 0 || (o.Renew && examples.Here(a.dir)):
				case o.Renew:
					return fmt.Errorf("--day is about the example shop, and the project here is another: only `cdp init --example shop` in an empty folder makes one")
				default:
					return a.hereAlready(found[0])
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
			if o.People < 0 || cmd.Flags().Changed("people") && o.People < 1 || o.Day < 0 {
				return fmt.Errorf("--people takes a number from 1, --day one from 0")
			}
			syscall.Umask(userMask) // the project is the user's to share
			if err := os.MkdirAll(a.dir, 0o777); err != nil {
				return fmt.Errorf("cannot make the folder %s: %w", a.dir, unwrapPath(err))
			}
			files, err := examples.Write(a.dir, o)
			if err != nil {
				a.tell(diag.Diagnostics{diag.NewError("init.write", "The example could not be written",
					fmt.Sprintf("Writing into %s failed: %s. Choose a folder you may write to with --chdir.", a.dir, unwrapPath(err)), nil)}, nil)
				return a.end(nil, 1)
			}
			return a.wrote(files)
		},
	}
	f := cmd.Flags()
	f.StringVar(&example, "example", "", "which example: shop")
	f.IntVar(&o.People, "people", 0, "how many people the example has (default 2000; with --day, as it has)")
	f.IntVar(&o.Day, "day", 0, "write the data anew: how many days have passed since the first export")
	f.Uint64Var(&o.Seed, "seed", 0, "another seed makes another shop")
	return cmd
}

// hereAlready answers where there is a project, one file of which is named: nothing is written.
func (a *app) hereAlready(file string) error {
	if !a.json {
		fmt.Fprintf(a.stdout, "There is a project here already (%s). Next: cdp plan\n", filepath.Base(file))
		if own := engine.OwnConnectors(a.dir); len(own) > 0 {
			fmt.Fprintf(a.stdout, "No cdp.lock.hcl is needed: connectors given by path (%s) are used as they are.\n", strings.Join(own, ", "))
		}
	}
	return a.end(nil, 0)
}

// wrote says what became of an example's files, and what to do next.
func (a *app) wrote(files examples.Files) error {
	a.files("kept", "  kept ", files.Kept)
	a.files("written", "  wrote ", files.Written)
	if a.json {
		return a.end(nil, 0)
	}
	if len(files.Written) == 0 {
		fmt.Fprintln(a.stdout, "Nothing to write: the example is here already.")
	}
	fmt.Fprintln(a.stdout, "Next: cdp plan, then cdp apply")
	return nil
}

// files lists files that a command has done something to.
func (a *app) files(event, before string, names []string) {
	for _, name := range names {
		if !a.json {
			fmt.Fprintln(a.stdout, before+name)
			continue
		}
		a.start()
		a.events.Emit(render.FileEvent(event, name))
	}
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
