// Package connectors lists the connectors that are built into the one binary.
//
// It is a plain list: nothing registers itself. Commands call it to serve and to document connectors; each of them is
// started as a process of its own and spoken to over the wire, as anybody's connector is.
//
// Invariant: names are unique.
package connectors
