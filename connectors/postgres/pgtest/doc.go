// Package pgtest starts a private PostgreSQL server for tests and stops it after.
//
// It uses the server binaries of the machine: none are downloaded. Where there are none, a test is skipped with the reason;
// where CI is set it fails. Tests of this repository call it; nothing that ships does.
//
// Invariant: nothing is left running and nothing of another server is touched.
package pgtest
