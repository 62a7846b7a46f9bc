package main

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/render"
	"github.com/spf13/cobra"
)

// helpWidth is how wide help is: it is read in terminals of any size, and pasted into pages.
const helpWidth = 80

// help prints the help of a command; with --json as a line.
func (a *app) help(cmd *cobra.Command, _ []string) {
	text := helpOf(cmd)
	if !a.json {
		fmt.Fprint(a.stdout, text)
		return
	}
	a.start()
	a.events.Emit(render.HelpEvent(cmd.CommandPath(), text))
	a.summary(nil, 0)
}

// whichCommand answers where a command is missing: with the list for people. A program that gets a list in place of an answer
// would take it for one.
func (a *app) whichCommand(cmd *cobra.Command) error {
	if !a.json {
		return cmd.Help()
	}
	var names []string
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	return fmt.Errorf("`%s` takes a command: %s", cmd.CommandPath(), list(names))
}

// group makes a command that only has others: a word that is none of them is a mistake.
func (a *app) group(cmd *cobra.Command) *cobra.Command {
	cmd.Args = cobra.ArbitraryArgs
	cmd.SuggestionsMinimumDistance = 2
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return unknownCommand(cmd, args)
		}
		return a.whichCommand(cmd)
	}
	return cmd
}

func newHelp(a *app) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND]",
		Short:   "What a command does, and its flags",
		Example: "  cdp help plan\n  cdp help connector docs",
		Args:    cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				if found == nil {
					found = cmd.Root()
				}
				return unknownCommand(found, append(rest, args...))
			}
			found.InitDefaultHelpFlag()
			a.help(found, nil)
			return nil
		},
	}
}

// helpOf is the help of a command as text: no line wider than helpWidth, but for examples, which are typed as they stand.
func helpOf(cmd *cobra.Command) string {
	s := render.Style{Width: helpWidth}
	var out strings.Builder
	about := cmd.Long
	if about == "" {
		about = cmd.Short + "."
	}
	for _, paragraph := range strings.Split(about, "\n\n") {
		out.WriteString(s.Wrap(strings.Join(strings.Fields(paragraph), " ")) + "\n")
	}
	out.WriteString("Usage:\n  " + usageOf(cmd) + "\n")
	if cmd.Example != "" {
		out.WriteString("\nExamples:\n" + cmd.Example + "\n")
	}
	if cmd.HasAvailableSubCommands() {
		out.WriteString("\nCommands:\n")
		for _, c := range cmd.Commands() {
			if c.IsAvailableCommand() || c.Name() == "help" {
				out.WriteString(s.Hang(fmt.Sprintf("  %-12s ", c.Name()), strings.Repeat(" ", 15), c.Short))
			}
		}
	}
	if flags := cmd.LocalFlags(); flags.HasAvailableFlags() {
		out.WriteString("\nFlags:\n" + flags.FlagUsagesWrapped(helpWidth))
	}
	if flags := cmd.InheritedFlags(); flags.HasAvailableFlags() {
		out.WriteString("\nFlags of every command:\n" + flags.FlagUsagesWrapped(helpWidth))
	}
	return out.String()
}

func usageOf(cmd *cobra.Command) string {
	switch {
	case !cmd.HasParent():
		return "cdp [--chdir DIR] COMMAND [flags]"
	case cmd.HasAvailableSubCommands():
		return cmd.CommandPath() + " COMMAND [flags]"
	}
	return cmd.UseLine()
}
