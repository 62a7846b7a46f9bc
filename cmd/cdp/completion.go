package main

import (
	"bytes"
	"fmt"

	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

// shells are those that cdp can teach its commands, each with how a script is taken over: now, and for every new session.
var shells = []struct{ name, now, always string }{
	{"bash", "source <(cdp completion bash)", "cdp completion bash > /etc/bash_completion.d/cdp"},
	{"zsh", "source <(cdp completion zsh)", `cdp completion zsh > "${fpath[1]}/_cdp"`},
	{"fish", "cdp completion fish | source", "cdp completion fish > ~/.config/fish/completions/cdp.fish"},
	{"powershell", "cdp completion powershell | Out-String | Invoke-Expression", "cdp completion powershell >> $PROFILE"},
}

func newCompletion(a *app) *cobra.Command {
	cmd := a.group(&cobra.Command{
		Use:     "completion",
		Short:   "Scripts that complete commands, flags and arguments in a shell",
		Example: "  source <(cdp completion bash)   # in this shell\n  cdp completion zsh --help       # for every new one",
	})
	for _, shell := range shells {
		cmd.AddCommand(newShell(a, shell.name, shell.now, shell.always))
	}
	return cmd
}

func newShell(a *app, name, now, always string) *cobra.Command {
	var bare bool
	cmd := &cobra.Command{
		Use:     name,
		Short:   "The script for " + name,
		Long:    "Prints a script that completes commands, flags and arguments of cdp in " + name + ". The first example is for the shell it is typed in, the second for every new one.",
		Example: "  " + now + "\n  " + always,
		Args:    none,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var script bytes.Buffer
			if err := completionOf(cmd.Root(), name, !bare, &script); err != nil {
				return err
			}
			if !a.json {
				fmt.Fprint(a.stdout, script.String())
				return nil
			}
			a.start()
			a.events.Emit(render.CompletionEvent(name, script.String()))
			return a.end(nil, 0)
		},
	}
	cmd.Flags().BoolVar(&bare, "no-descriptions", false, "complete without saying what each is")
	return cmd
}

func completionOf(root *cobra.Command, shell string, described bool, w *bytes.Buffer) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, described)
	case "zsh":
		if described {
			return root.GenZshCompletion(w)
		}
		return root.GenZshCompletionNoDesc(w)
	case "fish":
		return root.GenFishCompletion(w, described)
	}
	if described {
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return root.GenPowerShellCompletion(w)
}
