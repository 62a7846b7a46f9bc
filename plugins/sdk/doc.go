// Package sdk is what a connector author writes against: a Connector with a Source, a Destination or both, and Serve.
//
// It does for the author: the protocol, batching, typed columns, flow control, checkpoints, retries' classification,
// an HTTP client with rate limits and a private-address guard, limits on hostile input. It is not the engine: it knows
// no HCL text, no DuckDB and no plan.
//
// Invariant: every operation sent is answered once, whatever the author's code does.
package sdk
