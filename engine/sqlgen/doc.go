// Package sqlgen renders embedded .sql templates for a dialect and keeps the map from generated SQL back to the user's
// line.
//
// It runs nothing and knows no feature. Features embed their sql/ folder, Parse it once and Render statements by name.
//
// Invariant: a value never becomes part of the text; it is bound. Names are quoted by the dialect.
package sqlgen
