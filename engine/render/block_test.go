package render

import (
	"strings"
	"testing"
)

// A long line of SQL goes on in the next where that changes nothing; in a file it stays as it runs.
func TestFoldedSQL(t *testing.T) {
	sql := "select\n  (select count(*) from \"was\".\"_cdp.ledger\" where \"note\" = 'a text with spaces that is long' and x = 1) as \"known\"\nfrom t"
	var breaks []int
	inText := false
	for i, r := range sql {
		if r == '\'' {
			inText = !inText
		}
		if r == ' ' && !inText {
			breaks = append(breaks, i)
		}
	}
	view := BlockView{Address: "sync.a", SQL: []SQLView{{Name: "activation.totals", Step: "count the wanted rows, the rows that the tool holds, and those held out", SQL: sql, Breaks: breaks}}}
	got := Block(Style{Width: 60, Terminal: true}, view)
	for _, line := range strings.Split(got, "\n") {
		if width(line) > 60 {
			t.Errorf("%d columns: %s", width(line), line)
		}
	}
	want := "select\n  (select count(*) from \"was\".\"_cdp.ledger\" where \"note\" =\n      'a text with spaces that is long' and x = 1) as\n      \"known\"\nfrom t\n"
	if !strings.HasSuffix(got, want) {
		t.Errorf("folded:\n%s", got)
	}
	if got := Block(Style{Width: 60}, view); !strings.HasSuffix(got, "\n"+sql+"\n") {
		t.Errorf("in a file:\n%s", got)
	}
}
