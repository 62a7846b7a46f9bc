package main

import (
	"fmt"
	"os"
	"slices"
)

// chore is one thing devtool does. It returns the exit code.
type chore struct {
	name, doc string
	run       func(args []string) (int, error)
}

func chores() []chore {
	return []chore{
		{"test", "run go test with the given flags and packages; end with one line that counts", runTests},
		{"docs", "write docs/reference from the code", writeDocs},
		{"generated", "check that generated code and reference pages are up to date", checkGenerated},
	}
}

func main() {
	all := chores()
	if len(os.Args) > 1 {
		i := slices.IndexFunc(all, func(c chore) bool { return c.name == os.Args[1] })
		if i >= 0 {
			code, err := all[i].run(os.Args[2:])
			if err != nil {
				fmt.Fprintln(os.Stderr, "devtool "+all[i].name+":", err)
				code = max(code, 1)
			}
			os.Exit(code)
		}
	}
	fmt.Fprintln(os.Stderr, "devtool does the chores of the repository:")
	for _, c := range all {
		fmt.Fprintf(os.Stderr, "  %-10s %s\n", c.name, c.doc)
	}
	os.Exit(2)
}
