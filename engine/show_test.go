package engine

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse/duckdb"
)

// A question mark in a text, a name or a comment is the user's own; values go where they are bound.
func TestWithValues(t *testing.T) {
	s := sqlgen.Statement{SQL: `select 'why?', "what?", ? -- really?
, ?`, Args: []any{"a?b", int64(7)}}
	if got, want := withValues(s, duckdb.Dialect()), `select 'why?', "what?", 'a?b' -- really?
, 7`; got != want {
		t.Fatalf("got %s", got)
	}
}

// A word that is near to nothing gets some of what there is, not all.
func TestNearest(t *testing.T) {
	var blocks []*config.Block
	for i := range 25 {
		a, err := addr.Parse("segment.people_" + string(rune('a'+i)))
		if err != nil {
			t.Fatal(err)
		}
		blocks = append(blocks, &config.Block{Addr: a})
	}
	if got := nearest("destination.mail", blocks); !strings.HasSuffix(got, "segment.people_j and 15 more.") || strings.Count(got, ",") != 9 {
		t.Fatal(got)
	}
	if got := nearest("segment.peopl_c", blocks); got != ` Did you mean "segment.people_c"?` {
		t.Fatal(got)
	}
}
