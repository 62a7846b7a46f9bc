#!/bin/sh
# Everything that must hold before a change lands. `make check` calls it; so does CI.
set -eu
step() { printf '\n== %s\n' "$*"; }

step "formatting, vet, linter"
make --no-print-directory lint

step "generated code and reference are up to date"
go run ./cmd/devtool generated

step "build"
make --no-print-directory build

step "tests under the race detector, where goroutines meet"
make --no-print-directory race

step "tests, all that they can"
CDP_THOROUGH=1 make --no-print-directory test
