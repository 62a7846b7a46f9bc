// Package segment computes who is in which segment: membership now, and the history of entering and leaving.
//
// All segments of an identity are conditions over one profile row, so one scan of the profiles decides all of them;
// includes and excludes are logic over the same row. It sends nothing anywhere; package activation does.
//
// Invariant: a holdout stays the same person for ever: the side is a hash of the segment's salt and the customer id.
package segment
