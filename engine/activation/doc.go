// Package activation keeps a tool equal to what the code says.
//
// Compute maps the rows of a segment, model or identity to the tool's keys and fields, compares them with the ledger (what
// the tool is known to hold from us) in one set-based query, and leaves the operations in scratch. Publish writes them into
// the ledger as pending. Deliver sends them through a connector and accounts for every record: delivered, rejected, unknown
// or pending. Recover folds what a killed run left in the journal.
//
// It speaks to tools only through package host's Connector, and knows no tool. Plan calls Compile and Compute, apply calls
// Publish, and package engine calls Recover before and Deliver after it.
//
// Invariant: a record counts as delivered only with evidence for that record, and every operation ends in exactly one state.
package activation
