// Package guard judges measured numbers against limits: the guards that stop harm before it happens.
//
// It measures nothing and prints nothing. Features ask Of for the limit in force and hold their numbers against it with Ratio,
// Count or Empty; plan and apply act on the verdicts.
//
// Invariant: a guard never passes because something could not be measured: unknown with possible removals blocks.
package guard
