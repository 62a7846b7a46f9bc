package main

import (
	"bytes"
	"fmt"

	"github.com/spf13/cobra"
)

// scripted makes the completion commands that cobra adds follow --json: the script is a text in an event.
func (a *app) scripted(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if c.Name() != "completion" {
			continue
		}
		for _, shell := range c.Commands() {
			shell.Args = none
			plain := shell.RunE
			shell.RunE = func(cmd *cobra.Command, args []string) error {
				if !a.json {
					return plain(cmd, args)
				}
				var script bytes.Buffer
				if err := completionOf(root, shell.Name(), &script); err != nil {
					return err
				}
				a.start()
				a.events.Emit(struct {
					Type   string `json:"type"`
					Shell  string `json:"shell"`
					Script string `json:"script"`
				}{"completion", shell.Name(), script.String()})
				return a.end(nil, 0)
			}
		}
	}
}

func completionOf(root *cobra.Command, shell string, w *bytes.Buffer) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(w, true)
	case "zsh":
		return root.GenZshCompletion(w)
	case "fish":
		return root.GenFishCompletion(w, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(w)
	}
	return fmt.Errorf("there is no completion for %s", shell)
}
