package render

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// A table that is too wide for the terminal loses the middle of its columns, and the ends of its longest cells.
func TestFit(t *testing.T) {
	head, rows, hidden := fit([]string{"id", "note", "n"}, [][]string{{"1", strings.Repeat("x", 100), "7"}}, 40)
	if hidden != 0 || !slices.Equal(head, []string{"id", "note", "n"}) {
		t.Fatalf("%q, %d hidden", head, hidden)
	}
	if want := strings.Repeat("x", 26) + "…"; rows[0][1] != want {
		t.Fatalf("cut to %q, want %q", rows[0][1], want)
	}

	var many, cells []string
	for i := range 20 {
		many, cells = append(many, fmt.Sprintf("column_%02d", i)), append(cells, strings.Repeat("y", 30))
	}
	head, rows, hidden = fit(many, [][]string{cells}, 80)
	if hidden != 15 || !slices.Equal(head, []string{"column_00", "column_01", "column_02", "…", "column_18", "column_19"}) {
		t.Fatalf("%q, %d hidden", head, hidden)
	}
	var widths []int
	for _, c := range rows[0] {
		widths = append(widths, width(c))
	}
	if framed(widths) != 80 {
		t.Fatalf("%d columns wide", framed(widths))
	}

	// What fits is left as it is; one column is always there.
	if _, rows, hidden = fit([]string{"a"}, [][]string{{"x"}}, 40); hidden != 0 || rows[0][0] != "x" {
		t.Fatalf("%q, %d hidden", rows, hidden)
	}
	if head, _, hidden = fit([]string{"aaaaaaaaaaaaaaaaaaaaaaaa", "bbbbbbbbbbbbbbb"}, nil, 16); hidden != 1 || len(head) != 2 {
		t.Fatalf("%q, %d hidden", head, hidden)
	}
}
