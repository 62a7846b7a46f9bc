// Package http is the declarative HTTP connector: `source "http"` and `destination "http"` over any JSON API, described
// in HCL with jq programs and templates.
//
// It pages, authenticates, retries reads and turns JSON into typed rows; and it sends batches of records and reads a
// result for each. It is not the policy of a delivery: it sends a request once and says what became of it; retries,
// halving and budgets are the host's. `connectors.All` lists it; only the SDK calls it.
//
// Invariant: a record is never called delivered without evidence for it, a request that may have been acted on is never
// repeated silently, and no secret is in a message.
package http
