// Package ingest loads one stream of a source into its raw table: it reads through a connector process, sets bad records
// aside, compares with what the table has, and publishes only what differs, together with cursor, rejects and load record.
//
// It starts no process (the caller hands it a running host.Connector), resolves nobody and sends nothing. Plan and apply
// call it: Compile, Compute (or Direct), Publish.
//
// Invariant: extracted = inserted + updated + unchanged + deduplicated + filtered + rejected, checked inside the
// transaction that makes the rows visible; a checkpoint is acknowledged only after that transaction.
package ingest
