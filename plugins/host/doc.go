// Package host finds, starts, supervises and stops connector processes and talks to them.
//
// It decides nothing about data: it yields what a connector sends and passes on what the engine says. The engine's
// ingest and activation rooms call it.
//
// Invariant: whatever a connector does (hang, crash, flood, lie), the host returns a named error within its deadlines and
// leaves no process behind.
package host
