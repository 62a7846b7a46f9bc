package ingest_test

import (
	"context"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

type pass struct{}

func (pass) Analyze(_ context.Context, q warehouse.Query) (warehouse.Analysis, []warehouse.Problem) {
	return warehouse.Analysis{SQL: q.Text, Canonical: q.Text.Value}, nil
}
func (pass) Close() error { return nil }

func analyzer(testing.TB) warehouse.Analyzer { return pass{} }
