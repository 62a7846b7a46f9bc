// Package config turns the HCL files of a folder into a Config: typed blocks with their ranges, references resolved to
// addresses and collected as the edges of a graph.
//
// It does not run SQL, start connectors or touch data. A connector's own arguments stay an hcl.Body until its spec
// decodes them (Decode). Every other room of the engine reads Config; none parses HCL. A new type of block begins with an
// entry of blockTypes.
//
// Invariant: Load reports every mistake it can find in one go, each with its range.
package config
