// Package render prints: diagnostics, plans, progress and reports, as text for people or JSON lines for machines. It is the
// only place with colours.
//
// It decides nothing and reads no data. cmd/cdp calls it with what package engine returned.
//
// Invariant: nothing is coloured or drawn when the stream is not a terminal.
package render
