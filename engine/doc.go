// Package engine is the one API that cmd/cdp uses: Open a folder, then Validate, Plan, Apply, Run, Previous (to roll
// back), Query, Show, Why, Graph, Status.
//
// It wires the rooms together: config, connector processes, warehouse, state, lock, plan, apply. It renders nothing and
// parses no flags.
//
// Invariant: a command either holds the lock its work needs, or touches nothing.
package engine
