// Package model keeps SQL transforms: one SELECT over streams and other models, shown as a view or kept as a table.
//
// It loads nothing and resolves nobody. Plan and apply call it: Compile, Compute (or Declare, where nothing is due),
// Publish.
//
// Invariant: a model's readers see what its SELECT gives over live rows; a model that reads the clock is kept as a table,
// so that its rows change only by a run.
package model
