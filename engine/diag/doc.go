// Package diag holds what cdp tells people about their project: diagnostics with a code, a summary, a detail and the
// place in the source.
//
// It collects and compares; package render prints. It is not an error type for use between packages: those return
// plain errors, and the boundary that knows the user's line turns them into a Diagnostic.
//
// Invariant: a Diagnostic never holds a secret or a person's data unless the user wrote it in their own HCL.
package diag
