// Package plan turns config, state and data into ordered typed steps with their results, and writes and reads the plan
// file.
//
// Planning runs the compute halves of the features, in the order of the graph, into scratch. It publishes nothing and
// holds no writable handle; package apply carries steps out.
//
// Invariant: the same config, data and clock give the same plan, byte for byte, and the same id.
package plan
