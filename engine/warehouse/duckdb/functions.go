package duckdb

import (
	_ "embed"
	"fmt"
	"strings"
)

//go:embed functions.txt
var functionList string

// allowance is what functions.txt says of a function.
type allowance struct{ scalar, aggregate, table, clock, unstable, session, internal bool }

// functions by name in lower case.
var functions = readFunctions(functionList)

func readFunctions(text string) map[string]*allowance {
	out := map[string]*allowance{}
	for line := range strings.Lines(text) {
		kind, names, ok := strings.Cut(line, ": ")
		if !ok || strings.HasPrefix(line, "#") {
			continue
		}
		for _, name := range strings.Fields(names) {
			name = strings.ToLower(name)
			if out[name] == nil {
				out[name] = &allowance{}
			}
			out[name].set(kind)
		}
	}
	return out
}

func (a *allowance) set(kind string) {
	switch kind {
	case "scalar":
		a.scalar = true
	case "aggregate":
		a.aggregate = true
	case "table":
		a.table = true
	case "clock":
		a.clock = true
	case "unstable":
		a.unstable = true
	case "session":
		a.session = true
	case "internal":
		a.internal = true
	default:
		panic(fmt.Sprintf("functions.txt: unknown kind %q", kind))
	}
}

// functionNames are those a user may call, for "did you mean".
func functionNames() []string {
	var names []string
	for name, a := range functions {
		if a.scalar || a.aggregate {
			names = append(names, name)
		}
	}
	return names
}
