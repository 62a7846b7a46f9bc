// Package apply carries out the steps of a plan, exactly those: it publishes what planning computed, node by node, then
// delivers to the tools.
//
// It computes nothing and decides nothing again. Package engine calls it under the exclusive lock.
//
// Invariant: a node that is blocked or fails commits nothing, and what follows it is skipped; everything else goes on.
package apply
