package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// flagError says in our words what is wrong with a flag.
func flagError(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	var invalid *pflag.InvalidValueError
	var missing *pflag.ValueRequiredError
	switch {
	case errors.As(err, &unknown):
		name := unknown.GetSpecifiedName()
		if short := unknown.GetSpecifiedShortnames(); short != "" {
			return fmt.Errorf("there is no flag -%s", short)
		}
		near := ""
		if meant := diag.DidYouMean(name, flagNames(cmd)); meant != "" {
			near = fmt.Sprintf("; did you mean --%s?", meant)
		}
		return fmt.Errorf("`%s` has no flag --%s%s", cmd.CommandPath(), name, near)
	case errors.As(err, &missing):
		return fmt.Errorf("--%s takes %s, and none is given", missing.GetSpecifiedName(), valueOf(missing.GetFlag()))
	case errors.As(err, &invalid):
		return fmt.Errorf("--%s takes %s, not %q", invalid.GetFlag().Name, valueOf(invalid.GetFlag()), invalid.GetValue())
	}
	return err
}

func flagNames(cmd *cobra.Command) []string {
	var out []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			out = append(out, f.Name)
		}
	})
	return out
}

// valueOf says what a flag takes.
func valueOf(f *pflag.Flag) string {
	switch f.Value.Type() {
	case "int", "uint64":
		return "a whole number"
	case "duration":
		return "a time such as 30s or 5m"
	case "bool":
		return "true or false"
	}
	return "a value"
}

// arguments checks how many arguments a command has, and says what they are.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		switch {
		case len(args) < least:
			return fmt.Errorf("`%s` takes %s", cmd.CommandPath(), what)
		case len(args) > most && most == 0:
			return fmt.Errorf("`%s` takes no arguments, and there is %s", cmd.CommandPath(), quotedList(args))
		case len(args) > most:
			return fmt.Errorf("`%s` takes %s, not %d arguments; text with spaces stands in quotes", cmd.CommandPath(), what, len(args))
		}
		return nil
	}
}

// none is for commands without arguments.
func none(cmd *cobra.Command, args []string) error { return arguments(0, 0, "")(cmd, args) }

func quotedList(words []string) string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = fmt.Sprintf("%q", w)
	}
	return strings.Join(out, ", ")
}

// sentence makes a whole sentence of an error's text.
func sentence(text string) string {
	text = strings.TrimSpace(text)
	if text == "" {
		return text
	}
	if !strings.HasSuffix(text, "?") && !strings.HasSuffix(text, ".") {
		text += "."
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
