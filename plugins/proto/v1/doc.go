// Package pluginv1 is the wire between host and connectors, version 1: plugin.proto and the code generated from it.
//
// It holds no behaviour. plugins/wire alone calls it; everybody else speaks wire's Go types. Regenerate with
// `go generate ./plugins/proto/...`; the tools are pinned by version and fetched by the go command.
//
// Invariant: published messages only grow. A field is never changed, renumbered or removed within v1.
package pluginv1

//go:generate sh -c "cd .. && go tool -modfile=../../tools/go.mod buf lint && go tool -modfile=../../tools/go.mod buf generate"
