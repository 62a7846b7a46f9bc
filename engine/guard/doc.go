// Package guard judges measured numbers against limits: the guards that stop harm before it happens.
//
// It measures nothing and prints nothing. Features call Judge with their numbers; plan and apply act on the verdicts.
//
// Invariant: a guard never passes because something could not be measured: unknown with possible removals blocks.
package guard
