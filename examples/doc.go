// Package examples holds the example project that `cdp init` writes: a believable shop, and the seeded generator of its
// data. It is a tutorial and the fixture of the stories at once.
//
// Invariant: the same seed, day and clock give the same files, byte for byte.
package examples
