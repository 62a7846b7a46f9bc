package duckdb

import (
	"strings"

	"github.com/cdp-engine/cdp/engine/sqlgen"
)

// limits of user SQL: DuckDB's own parser and binder recurse, and a text nested deep enough would end the process.
const (
	maxText  = 256 << 10
	maxDepth = 100
	maxChain = 400 // operators one after another
	maxArrow = 12  // of which -> and ->>: binding takes twice as long with each
)

// clean checks what can be seen without a parser (one statement, closed brackets and strings, sane depth) and blanks
// comments, so that a fragment can stand inside other SQL. Offsets stay.
func (a *analysis) clean() {
	source := a.query.Text.Value
	if len(source) > maxText {
		a.fail(0, 0, "sql.too_long", "SQL is too long", "It has %d bytes; at most %d are taken.", len(source), maxText)
		return
	}
	if at := strings.IndexByte(source, 0); at >= 0 {
		a.fail(at, 1, "sql.syntax", "SQL does not parse", "It holds a zero byte.")
		return
	}
	text := []byte(source)
	a.tokens = sqlgen.Scan(source)
	for _, t := range a.tokens {
		if t.Kind == sqlgen.Comment {
			for i := t.Start; i < t.End; i++ {
				if text[i] != '\n' {
					text[i] = ' '
				}
			}
		}
	}
	a.checkEnd(text)
	a.text = string(text)
	if strings.TrimSpace(a.text) == "" && len(a.problems) == 0 {
		a.fail(0, len(source), "sql.empty", "SQL is empty", "Something must be written here.")
	}
	if len(a.problems) == 0 {
		a.checkBrackets()
	}
}

// checkEnd takes a semicolon at the end away, and refuses one that something follows.
func (a *analysis) checkEnd(text []byte) {
	source := a.query.Text.Value
	after := false
	for i := len(a.tokens) - 1; i >= 0; i-- {
		t := a.tokens[i]
		switch {
		case t.Kind == sqlgen.Space || t.Kind == sqlgen.Comment:
		case t.Kind == sqlgen.Punct && t.Text(source) == ";":
			if after {
				a.fail(t.Start, 1, "sql.statements", "More than one statement", "User SQL is one expression or one SELECT; nothing may follow a semicolon.")
				return
			}
			text[t.Start] = ' '
		default:
			after = true
		}
	}
}

// nesting is what is open, and how deep the tree of operators has become, while tokens are read in order.
type nesting struct {
	*analysis
	source        string
	open          []sqlgen.Token
	chain, arrows int
}

var closes = map[string]string{")": "(", "]": "[", "}": "{", "end": "case"}

func (a *analysis) checkBrackets() {
	n := &nesting{analysis: a, source: a.query.Text.Value}
	for i, t := range a.tokens {
		if n.token(i, t); len(a.problems) > 0 {
			return
		}
	}
	if len(n.open) > 0 {
		last := n.open[len(n.open)-1]
		a.fail(last.Start, last.End-last.Start, "sql.syntax", "SQL does not parse", "What is opened here is not closed.")
	}
}

func (n *nesting) token(i int, t sqlgen.Token) {
	word := strings.ToLower(t.Text(n.source))
	size := t.End - t.Start
	switch t.Kind {
	case sqlgen.Unclosed:
		what := "comment"
		if n.source[t.Start] != '/' {
			what = "quote"
		}
		n.fail(t.Start, 1, "sql.syntax", "SQL does not parse", "The %s that begins here does not end.", what)
	case sqlgen.Word:
		switch {
		case word == "case":
			n.opens(t)
		case word == "end" && len(n.open) > 0:
			n.closes(t, word)
		case chainWords[word]:
			n.grows(t, size)
		case flatWords[word]:
			n.chain, n.arrows = 0, 0
		}
	case sqlgen.Punct:
		switch {
		case strings.Contains("([{", word):
			n.opens(t)
		case closes[word] != "":
			n.closes(t, word)
		case word == ",":
			n.chain, n.arrows = 0, 0
			if len(n.open) == 0 && !n.query.Select {
				n.fail(t.Start, 1, "sql.not_expression", "Not an expression", "Here one expression is wanted; a comma begins another.")
			}
		case word == "?" || word == "$":
			n.fail(t.Start, 1, "sql.unsupported", "Not supported here", "Parameters have no meaning in user SQL; write the value.")
		case strings.Contains("+-*/%|&<>=!~^@.:", word):
			if word == "-" && i+1 < len(n.tokens) && n.tokens[i+1].Text(n.source) == ">" {
				n.arrows++
			}
			n.grows(t, size)
		}
	}
}

func (n *nesting) opens(t sqlgen.Token) {
	n.open = append(n.open, t)
	if len(n.open) > maxDepth {
		n.fail(t.Start, t.End-t.Start, "sql.too_deep", "SQL is nested too deeply", "At most %d brackets and CASEs may be open at once.", maxDepth)
	}
}

func (n *nesting) closes(t sqlgen.Token, word string) {
	if len(n.open) == 0 || !strings.EqualFold(n.open[len(n.open)-1].Text(n.source), closes[word]) {
		n.fail(t.Start, t.End-t.Start, "sql.syntax", "SQL does not parse", "Nothing that is open is closed by this %q.", word)
		return
	}
	n.open = n.open[:len(n.open)-1]
}

func (n *nesting) grows(t sqlgen.Token, size int) {
	if n.chain++; n.chain > maxChain || n.arrows > maxArrow {
		n.fail(t.Start, size, "sql.too_deep", "SQL is nested too deeply", "It has too many operators one after another.")
	}
}

// chainWords make trees deep, like operators do.
var chainWords = map[string]bool{"not": true, "union": true, "intersect": true, "except": true, "join": true, "is": true, "like": true, "between": true, "collate": true, "at": true, "in": true, "isnull": true, "notnull": true}

// flatWords begin something that stands beside what was before, not inside it.
var flatWords = map[string]bool{"and": true, "or": true, "when": true, "then": true, "select": true, "from": true, "where": true, "as": true}

// canonical is the meaning of a text for fingerprints: words that are no names in lower case, one space between tokens.
func canonical(text string, keyword map[string]bool) string {
	var out []string
	tokens := sqlgen.Scan(text)
	for i, t := range tokens {
		word := t.Text(text)
		switch t.Kind {
		case sqlgen.Space, sqlgen.Comment:
			continue
		case sqlgen.Word:
			lower := strings.ToLower(word)
			if keyword[lower] || i+1 < len(tokens) && tokens[i+1].Text(text) == "(" {
				word = lower
			}
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}
