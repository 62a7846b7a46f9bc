// Package sdktest is the conformance suite that every connector passes, in memory and as a process.
//
// An author's test says sdktest.Main in TestMain and sdktest.Run with a Case. It tests a connector against the protocol,
// not the host against a connector, and knows nothing of the engine.
//
// Invariant: a check that cannot run on a connector is skipped by a declared reason, never silently.
package sdktest
