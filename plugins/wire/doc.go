// Package wire is what travels between the host and a connector process, as Go values, and their way to and from
// protocol buffers: requests, batches (schema once per stream, then Arrow record batches), results, errors.
//
// It starts no process and knows no connector. Host and SDK call it.
//
// Invariant: a broken frame is an error, never nothing.
package wire
