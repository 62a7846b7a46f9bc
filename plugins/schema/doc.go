// Package schema describes streams, columns, types and keys, and the arguments a connector takes.
//
// It is the vocabulary that connectors, the wire and the engine share. It is not a query language, knows no
// connector and no engine. Everybody imports it; it imports nothing of ours.
//
// Invariant: a value of this package means the same on both sides of a process boundary.
package schema
