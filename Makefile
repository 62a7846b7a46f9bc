# cdp: customer data as code. `make help` lists the targets.

# DuckDB's Arrow interface is behind a build tag of its Go driver.
export GOFLAGS += -tags=duckdb_arrow
export CGO_ENABLED = 1

.DEFAULT_GOAL := help
.PHONY: help build quickstart test race check generate lint bench cover fuzz clean need-go need-cc postgres

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-12s %s\n", $$1, $$2}'

need-go:
	@command -v go >/dev/null || { echo "make: Go 1.26 or newer is missing: install it from your package manager or go.dev"; exit 1; }

need-cc:
	@command -v cc >/dev/null || command -v gcc >/dev/null || { \
		echo "make: a C compiler is missing (DuckDB is linked in); trying to install one"; \
		if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then apt-get update -qq && apt-get install -y -qq gcc g++ libc6-dev >/dev/null; \
		else echo "make: install gcc, or clang, and run this again"; exit 1; fi; }

build: need-go need-cc ## Build bin/cdp
	@mkdir -p bin
	go build -trimpath -ldflags '-s -w -X main.version=0.1.0+$(VERSION)' -o bin/cdp ./cmd/cdp

quickstart: build ## Make a realistic shop, plan, apply, change the data, plan again
	@sh examples/quickstart.sh bin/cdp

test: need-go need-cc ## Unit, property and story tests
	@go run ./cmd/devtool test -timeout 20m ./...

race: need-go need-cc ## The tests where goroutines meet, under the race detector
	@go run ./cmd/devtool test -race -short -timeout 30m ./plugins/... ./engine/state ./engine/activation ./engine/graph ./engine/plan ./engine/warehouse/duckdb ./connectors/http

check: need-go need-cc ## Everything that CI runs
	@sh .ci/check.sh

generate: need-go ## Generate code and reference pages anew
	go generate ./...
	go run ./cmd/devtool docs

lint: need-go ## Formatting, vet and linter
	@test -z "$$(gofmt -l cmd connectors engine examples plugins | tee /dev/stderr)"
	go vet ./...
	go tool -modfile=tools/go.mod staticcheck ./...

bench: build ## Compare with DuckDB's own speed on the same data in the same run
	go run ./cmd/devtool/bench -cdp bin/cdp $(BENCHFLAGS)

cover: need-go need-cc ## Test coverage by package
	go test -short -coverprofile=cover.out ./... >/dev/null && go tool cover -func=cover.out | tail -1

clean: ## Remove what was built
	rm -rf bin cover.out bench/results
