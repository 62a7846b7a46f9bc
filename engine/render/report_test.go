package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/apply"
	"github.com/cdp-engine/cdp/engine/plan"
)

// No line of a report is wider than the terminal, and the time stays by the number it is after.
func TestReportFits(t *testing.T) {
	counts := plan.Counts{{Name: "extracted", N: 1000, Known: true}, {Name: "inserted", N: 970, Known: true}, {Name: "deduplicated", N: 30, Known: true}}
	for width := 60; width < 100; width++ {
		var out bytes.Buffer
		Report(&out, Style{Width: width, Color: width%2 == 0}, &apply.Report{Command: "run", Results: []apply.Result{
			{Address: "source.fake.people", Status: apply.Done, Counts: counts, Seconds: 0.2},
		}})
		for _, line := range strings.Split(colours.ReplaceAllString(out.String(), ""), "\n") {
			if seen(line) > width {
				t.Errorf("%d columns of %d: %q", seen(line), width, line)
			}
			if strings.TrimSpace(line) == "0.2 s" {
				t.Errorf("the time stands alone: %q", out.String())
			}
		}
	}
}
