package warehouse_test

import (
	"fmt"
	"testing"

	"github.com/cdp-engine/cdp/engine/warehouse"
)

func TestEveryReasonIsExplained(t *testing.T) {
	seen := map[string]bool{}
	for _, reason := range []warehouse.Reason{warehouse.Damaged, warehouse.Locked, warehouse.Newer, warehouse.Disk, warehouse.Memory, warehouse.Access, warehouse.BadValue, warehouse.Refused, warehouse.Mistake, warehouse.Internal} {
		err := fmt.Errorf("publishing: %w", &warehouse.Error{Reason: reason, File: "/x/w.duckdb", Message: "the engine's words"})
		summary, detail, ok := warehouse.Explain(err)
		if !ok || summary == "" || detail == "" || seen[summary] || !warehouse.IsReason(err, reason) {
			t.Errorf("%s: %q, %q", reason, summary, detail)
		}
		seen[summary] = true
	}
	if _, _, ok := warehouse.Explain(fmt.Errorf("anything")); ok {
		t.Error("an error of someone else is explained")
	}
}
