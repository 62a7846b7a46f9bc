// Package warehousetest is the conformance suite every query engine passes: what package warehouse promises, checked on a
// real store.
//
// It knows no engine: an implementation's own test calls Run with a function that opens a store over a file. Statements
// are portable SQL.
//
// Invariant: a store that passes keeps every promise written at warehouse.Store, Table, Delta and Publication.
package warehousetest
