// Package profile computes the golden profile of each customer: attributes by survivorship, identifiers, and traits.
//
// It reads what package identity leaves in scratch (work."<identity>.records", and a view of each input that traits count
// over), and keeps <identity>.profiles and <identity>.provenance. It decides nobody's identity.
//
// Survivorship gives every record one rank (how recent, how trusted, then input and key), so that the winner of an
// attribute is a plain max() over rank: one scan for all attributes, one total order, no ties.
//
// Invariant: a merge never nulls a value: a golden value is null only if every record's is.
package profile
