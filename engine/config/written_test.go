package config

import "testing"

// A reference keeps how it was written, for messages about the SQL around it.
func TestReferenceIsWritten(t *testing.T) {
	c := mustLoad(t, head+"model \"m\" { sql = \"from ${source.s.a}\" }\n")
	spans := c.Models[0].SQL.Render(relation).Spans
	if last := spans[len(spans)-1]; last.Written != "${source.s.a}" || spans[0].Written != "" {
		t.Errorf("%+v", spans)
	}
}
