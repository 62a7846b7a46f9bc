package identity_test

import (
	"context"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

type trusting struct{}

func (trusting) Close() error { return nil }
func (trusting) Analyze(_ context.Context, q warehouse.Query) (warehouse.Analysis, []warehouse.Problem) {
	return warehouse.Analysis{SQL: q.Text, Columns: []schema.Column{{Name: "x", Type: schema.Type{Kind: schema.String}}}, Canonical: q.Text.Value}, nil
}

func analyzer(t testing.TB) warehouse.Analyzer { return trusting{} }
