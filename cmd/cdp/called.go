package main

import (
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// called is the command line for those who meet our lock: it stands beside the warehouse and in their error texts, where
// neither a secret nor a person may. Values of variables, SQL and who was asked about are left out.
func called(cmd *cobra.Command, args []string) string {
	_, name, _ := strings.Cut(cmd.CommandPath(), " ")
	words := []string{name}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		switch {
		case f.Value.Type() == "bool":
			words = append(words, "--"+f.Name)
		case f.Name == "var":
			for _, v := range listOf(f) {
				variable, _, _ := strings.Cut(v, "=")
				words = append(words, "--var "+variable+"=…")
			}
		case f.Name == "approved-by":
			words = append(words, "--approved-by …")
		default:
			for _, v := range listOf(f) {
				words = append(words, "--"+f.Name+" "+v)
			}
		}
	})
	switch {
	case len(args) == 0:
	case name == "query" || name == "explain":
		words = append(words, "…")
	default:
		words = append(words, args...)
	}
	return strings.Join(words, " ")
}

// listOf are the values of a flag that may be given several times, else its one.
func listOf(f *pflag.Flag) []string {
	if many, ok := f.Value.(pflag.SliceValue); ok {
		return many.GetSlice()
	}
	return []string{f.Value.String()}
}
