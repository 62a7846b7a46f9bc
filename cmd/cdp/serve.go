package main

import (
	"fmt"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"github.com/cdp-engine/cdp/connectors"
	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/spf13/cobra"
)

// builtins says how each built-in connector is started: as a process of this same binary, like anyone's.
func builtins() map[string]engine.Command {
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	out := map[string]engine.Command{}
	for _, name := range names() {
		out[name] = engine.Command{Name: name, Path: self, Args: []string{"serve-connector", name}}
	}
	return out
}

func newServeConnector(*app) *cobra.Command {
	return &cobra.Command{
		Use: "serve-connector NAME", Short: "Run a built-in connector as a process", Hidden: true, Args: arguments(1, 1, "the name of a connector"),
		RunE: func(_ *cobra.Command, args []string) error {
			signal.Reset(syscall.SIGPIPE) // a connector whose host is gone has nothing left to do
			// Files a connector writes for people are theirs to share: they follow the user's own umask.
			if mask, err := strconv.ParseInt(os.Getenv(engine.UserMaskVariable), 8, 32); err == nil {
				syscall.Umask(int(mask))
			}
			for _, c := range connectors.All() {
				if c.Spec.Name == args[0] {
					sdk.Serve(c)
					return nil
				}
			}
			return fmt.Errorf("there is no built-in connector %q", args[0])
		},
	}
}
