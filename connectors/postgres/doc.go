// Package postgres reads tables and queries of PostgreSQL into streams, and keeps tables equal to what a sync sends.
//
// A read is one snapshot: rows, types and the note of transactions that were still under way belong together. A batch of
// operations is one transaction, answered row by row from what the statements returned. It is no replication client and
// does not migrate tables. The plugin process of the `postgres` connector calls it through sdk.Connector.
//
// Invariant: a value arrives as it was, or its record is set aside; no error text holds the URL's password.
package postgres
