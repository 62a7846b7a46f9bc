// Package identity decides who is who: which records are one customer, and what that customer's id is.
//
// Clusters are a pure function of the records and the rules; ids depend on what was published before (the ledger:
// members, retired members) and on nothing else. So a full run and an incremental one agree, in any order and batching.
//
// It keeps the tables members, identifiers, redirects, history and rejections of the identity's schema, and
// _cdp.retired_<identity>, the members that each retired id had at its end. It chooses no golden values: that is
// package profile, which reads what this package leaves in scratch:
//
//	"work"."<identity>.records"        a view, one row per live record: "input", "record_key", <identity>_id (null: a record of an
//	                                   input with creates = false that belongs to nobody), "updated_at", "occurred_at"
//	                                   (TIMESTAMP), "trust" (BIGINT), then "a_<attribute>" typed as Spec.Attributes says,
//	                                   null where the input does not map it, and "i_<identifier>": the first raw value,
//	                                   cleaned (trimmed, NFC, e-mails lower-cased), null for placeholders
//	"work"."<identity>.input.<input>"  a view: the input's stream with the record key as "_cdp_record"
//
// When the identity itself need not be computed, Records rebuilds both from the published members.
//
// The way through: read (records and normalised values) → link (edges by SQL, union in Go) → constrain (components that
// would break a constraint are done again, edge by edge in one total order) → name (ids, with the ledger) → tables
// (deltas against what was). Packages plan and apply call it.
//
// Invariant: no id ever means somebody else, and an id once given out is not given to anybody new.
package identity
