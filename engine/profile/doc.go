// Package profile computes the golden profile of each customer: attributes by survivorship, identifiers, and traits.
//
// It reads what package identity leaves in scratch (work."<identity>.records", and a view of each input that traits count
// over), and keeps <identity>.profiles and <identity>.provenance. It decides nobody's identity.
//
// Survivorship has one total order of a customer's records (how recent, how trusted, then input and key; no ties). Attributes
// that a first record decides are chosen in one scan; only the others (most frequent, extremes) have the records sorted.
// Traits over one input are computed in one scan, whose rows go into the profiles as they come.
//
// Invariant: a merge never nulls a value: a golden value is null only if every record's is.
package profile
