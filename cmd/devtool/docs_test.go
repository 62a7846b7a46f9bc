package main

import (
	"strings"
	"testing"
)

// TestTableDocs: every table of the reference says what its rows are.
func TestTableDocs(t *testing.T) {
	page := tablesPage()
	for _, part := range strings.Split(page, "\n### ")[1:] {
		lines := strings.SplitN(part, "\n", 4)
		if len(lines) < 4 || strings.TrimSpace(lines[2]) == "" {
			t.Errorf("%s is not documented", lines[0])
		}
	}
	for _, want := range []string{"customer_id", "_cdp.ledger", "`extracted`", "`<identity>.provenance`", "_cdp_deleted_at"} {
		if !strings.Contains(strings.ReplaceAll(page, "identity_id", "customer_id"), want) {
			t.Errorf("the page of tables lacks %s", want)
		}
	}
}

// TestDiagnosticCodes: the source gives up its codes, whichever way a diagnostic is made there.
func TestDiagnosticCodes(t *testing.T) {
	codes, err := diagnosticCodes("../..")
	if err != nil {
		t.Fatal(err)
	}
	for code, summary := range map[string]string{
		"identity.unknown_identifier": "Unknown identifier", "config.unknown_argument": "Unknown argument",
		"guard.blocked": "A guard stands in the way", "sql.clock": "", "apply.failed": "",
	} {
		found, ok := codes[code]
		if !ok || (summary != "" && !found[summary]) {
			t.Errorf("%s: found %v", code, sortedKeys(found))
		}
	}
	if len(codes) < 80 {
		t.Errorf("only %d codes", len(codes))
	}
}
