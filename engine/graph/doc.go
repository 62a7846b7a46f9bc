// Package graph is a directed graph of things that depend on one another: it orders them, walks them, and names every
// member of a cycle.
//
// It knows nothing of blocks or data; package config builds one from references, package plan walks it.
//
// Invariant: the same nodes and edges give the same order, whatever the order they were added in.
package graph
