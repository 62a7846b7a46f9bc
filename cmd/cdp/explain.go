package main

import (
	"github.com/cdp-engine/cdp/engine"
	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

func newExplain(a *app) *cobra.Command {
	var opts engine.ExplainOptions
	var samples bool
	cmd := &cobra.Command{
		Use:   "explain WHAT [WHAT]",
		Short: "Why somebody is one customer, in a segment, or sent to a tool; and why not",
		Long: "WHAT is a customer: an id, INPUT:RECORD_KEY or IDENTIFIER=VALUE. One of them: all that is known, and where it came\n" +
			"from. Two of them: why they are one customer, or what stands between them. A segment or sync and a customer: why the\n" +
			"customer is in it, or not, and what the tool holds; of a sync, the tool's own key will do as well.\n\n" +
			"It reads what the last apply or run left, and changes nothing. Personal values are shown on a terminal, and masked\n" +
			"where the text goes anywhere else; --json, like cdp query, has them whole.",
		Example: "  cdp explain email=kim@example.com\n  cdp explain accounts:A00012 orders:O10077\n  cdp explain segment.vip accounts:A00012\n" +
			"  cdp explain sync.newsletter cus_7zdt7lfagm3b7ub4\n  cdp explain sync.newsletter kim@example.com",
		Args: arguments(1, 2, "one or two of what is to be explained: a customer, a segment or sync, or two customers"),
		RunE: func(_ *cobra.Command, args []string) error {
			opts.What = args
			p, err := a.look()
			if err != nil {
				return err
			}
			defer p.Close()
			view, ds := p.Why(a.ctx, opts)
			a.tell(ds, p.Files())
			if ds.HasErrors() {
				return a.end(nil, engine.ExitCode(ds, 1))
			}
			if a.json {
				a.events.Emit(view)
			} else {
				render.Explanation(a.stdout, render.StyleOf(a.stdout, a.noColor), view, !samples && !render.Looking(a.stdout))
			}
			return a.end(nil, 0)
		},
	}
	cmd.Flags().StringVar(&opts.Identity, "identity", "", "the identity that is meant, where several have such an input or identifier")
	cmd.Flags().BoolVar(&samples, "samples", false, "show personal values where no person looks, too")
	return cmd
}
