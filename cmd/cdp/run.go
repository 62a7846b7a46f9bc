package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/spf13/cobra"
)

func newRun(a *app) *cobra.Command {
	var opts engine.RunOptions
	cmd := &cobra.Command{
		Use:   "run",
		Short: "The scheduled cadence of the applied config: load, resolve, segment, sync",
		Long: "Loads what is new, resolves identities, recomputes segments and keeps the tools equal, with guards in between. Asks\n" +
			"nothing. Config that was not applied yet is refused with exit code 4.",
		Example: "  cdp run\n  cdp run --select source.shop.orders\n  cdp run --allow guard:sync.vip_to_crm",
		Args:    none,
		RunE: func(*cobra.Command, []string) error {
			p, err := a.open()
			if err != nil {
				return err
			}
			defer p.Close()
			a.working()
			opts.Allow = a.allow
			opts.Listener = a.listener(a.events)
			out, ds := p.Run(a.ctx, opts)
			return a.report(p, out, ds)
		},
	}
	f := cmd.Flags()
	f.StringArrayVar(&opts.Select, "select", nil, "only this `address`")
	f.StringArrayVar(&a.allow, "allow", nil, "let one guard through this once: `guard:ADDRESS`, check:NAME, policy:NAME, or resend of unknown records: resend:ADDRESS")
	return cmd
}
