package model

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// tables knows the tables there are, by "schema.table".
type tables interface {
	Declared(name string) (warehouse.Table, bool)
}

// published is the SELECT as a view of the warehouse has it. While computing, a reference names a view of scratch that
// hides bookkeeping columns and dead rows; in the warehouse it names the table itself, so it becomes a subquery that
// hides them, under the table's own name unless the user gave it another.
func published(text string, reads []string, d sqlgen.Dialect, known tables) (string, error) {
	var out strings.Builder
	tokens := sqlgen.Scan(text)
	for i := 0; i < len(tokens); i++ {
		name, end := reference(text, tokens, i, reads)
		if name == "" {
			out.WriteString(tokens[i].Text(text))
			continue
		}
		table, ok := known.Declared(name)
		if !ok {
			return "", fmt.Errorf("%s is not declared", name)
		}
		next := following(tokens, end)
		switch {
		case next != nil && next.Text(text) == ".":
			out.WriteString(d.Ident(table.Name))
		case table.Live == "" && len(table.Hidden) == 0:
			out.WriteString(text[tokens[i].Start:tokens[end-1].End])
		default:
			sub, err := statements.Render(d, "live", map[string]any{"Columns": visible(table), "From": table.Relation(), "Live": diag.Text{Value: table.Live}})
			if err != nil {
				return "", err
			}
			out.WriteString("(" + sub.SQL + ")")
			if !named(text, next) {
				out.WriteString(" AS " + d.Ident(table.Name))
			}
		}
		i = end - 1
	}
	return out.String(), nil
}

// reference reports which relation tokens[i:end] name.
func reference(text string, tokens []sqlgen.Token, i int, reads []string) (name string, end int) {
	if i+2 >= len(tokens) || tokens[i].Kind != sqlgen.Quoted || tokens[i+1].Text(text) != "." || tokens[i+2].Kind != sqlgen.Quoted {
		return "", 0
	}
	if i > 0 && tokens[i-1].Text(text) == "." {
		return "", 0
	}
	written := unquote(tokens[i].Text(text)) + "." + unquote(tokens[i+2].Text(text))
	for _, name := range reads {
		if name == written {
			return name, i + 3
		}
	}
	return "", 0
}

func unquote(text string) string { return strings.ReplaceAll(text[1:len(text)-1], `""`, `"`) }

// following is the next token that means something.
func following(tokens []sqlgen.Token, i int) *sqlgen.Token {
	for ; i < len(tokens); i++ {
		if tokens[i].Kind != sqlgen.Space && tokens[i].Kind != sqlgen.Comment {
			return &tokens[i]
		}
	}
	return nil
}

// named reports whether what follows a table is a name the user gives it.
func named(text string, next *sqlgen.Token) bool {
	if next == nil {
		return false
	}
	switch next.Kind {
	case sqlgen.Quoted:
		return true
	case sqlgen.Word:
		return !afterTable[strings.ToLower(next.Text(text))]
	}
	return false
}

// afterTable are the words that may follow a table and are no name for it.
var afterTable = words(`where join inner left right full cross natural outer on using group order limit having union except
	intersect window qualify offset fetch asof positional anti semi tablesample sample pivot unpivot lateral when then else end and or
	not in is between like ilike for`)

func words(text string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.Fields(text) {
		set[w] = true
	}
	return set
}
