// Package warehouse is the few verbs the engine needs of a query engine: load a batch stream, run a step into a
// run-scoped table, read an Arrow stream, publish a set of deltas together with the state so that they become visible
// as one. Statements is how a feature uses them: its SQL by name.
//
// It knows no feature and no connector. The features call it; duckdb (the embedded default) implements it, and any
// implementation passes warehousetest.
//
// Invariant: while computing, the warehouse cannot be written: a Store holds no writable handle before Promote.
package warehouse
