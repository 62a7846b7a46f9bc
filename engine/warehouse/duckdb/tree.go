package duckdb

import (
	"bytes"
	"encoding/json"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// node is a part of the syntax tree that DuckDB's json_serialize_sql gives.
type node = map[string]any

func text(n node, key string) string {
	s, _ := n[key].(string)
	return s
}

func child(n node, key string) node {
	c, _ := n[key].(node)
	return c
}

func children(n node, key string) []any {
	l, _ := n[key].([]any)
	return l
}

// prefix stands before an expression while it is parsed and bound.
const prefix = "SELECT ("

// wrapped is the text as a statement, and how many bytes stand before it.
func (a *analysis) wrapped(text string) (string, int) {
	if a.query.Select {
		return text, 0
	}
	return prefix + text + "\n)", len(prefix)
}

// parse gives the one statement's node.
func (a *analysis) parse() node {
	statement, before := a.wrapped(a.text)
	answer, ok := a.trees.get(statement)
	if !ok {
		var err error
		if answer, err = a.binder.serialize(a.ctx, statement); err != nil {
			a.fail(0, 0, "sql.syntax", "SQL does not parse", "%s.", sentence(err.Error()))
			return nil
		}
	}
	var parsed struct {
		Error      bool   `json:"error"`
		Kind       string `json:"error_type"`
		Message    string `json:"error_message"`
		Position   string `json:"position"`
		Statements []struct{ Node node }
	}
	d := json.NewDecoder(bytes.NewReader(answer))
	d.UseNumber()
	if err := d.Decode(&parsed); err != nil {
		a.fail(0, 0, "sql.syntax", "SQL does not parse", "DuckDB's syntax tree cannot be read. This is a bug in cdp.")
		return nil
	}
	switch {
	case parsed.Error && parsed.Kind == "parser":
		a.syntaxError(parsed.Message, byteOffset(statement, parsed.Position)-before)
	case parsed.Error:
		a.fail(0, len(a.text), "sql.not_select", "Not a SELECT", "User SQL is one expression or one SELECT; it changes nothing.")
	case len(parsed.Statements) != 1:
		a.fail(0, len(a.text), "sql.statements", "More than one statement", "User SQL is one expression or one SELECT.")
	default:
		return parsed.Statements[0].Node
	}
	return nil
}

// byteOffset converts a position in characters.
func byteOffset(text, position string) int {
	n, err := strconv.Atoi(position)
	if err != nil {
		return len(text)
	}
	at := 0
	for ; n > 0 && at < len(text); n-- {
		_, size := utf8.DecodeRuneInString(text[at:])
		at += size
	}
	return at
}

func (a *analysis) syntaxError(message string, at int) {
	end := len(strings.TrimRight(a.text, " \t\r\n"))
	if strings.Contains(message, "depth limit") {
		a.fail(0, end, "sql.too_deep", "SQL is nested too deeply", "It is nested more deeply than the SQL engine allows.")
		return
	}
	if at >= end || strings.Contains(message, "end of input") {
		last := a.lastToken(end)
		a.fail(last.Start, last.End-last.Start, "sql.syntax", "SQL does not parse", "Something is missing after %q.", last.Text(a.text))
		return
	}
	at = max(at, 0)
	if written, before, ok := a.reference(at); ok {
		a.fail(before.Start, before.End-before.Start, "sql.syntax", "SQL does not parse", "Syntax error between %q and %s.", before.Text(a.text), written)
		return
	}
	a.fail(at, a.tokenAt(at), "sql.syntax", "SQL does not parse", "%s.", sentence(doubleQuoted.ReplaceAllString(message, "$1")))
}

// doubleQuoted is a quoted name in quotes, as in: near ""total"".
var doubleQuoted = regexp.MustCompile(`"("[^"]*")"`)

// reference is the reference that stands at an offset, as the user wrote it, with what stands before it: the parser
// complains of the first word it has no place for, and a reference is rarely the one that is wrong.
func (a *analysis) reference(at int) (written string, before sqlgen.Token, ok bool) {
	for _, s := range a.query.Text.Spans {
		if s.Written == "" || at < s.Offset || at >= s.Offset+s.Length {
			continue
		}
		for _, t := range a.tokens {
			if t.End <= s.Offset && t.Kind != sqlgen.Space && t.Kind != sqlgen.Comment {
				before, ok = t, true
			}
		}
		return s.Written, before, ok
	}
	return "", before, false
}

// lastToken is the last that means something.
func (a *analysis) lastToken(end int) sqlgen.Token {
	var last sqlgen.Token
	for _, t := range a.tokens {
		if t.Kind == sqlgen.Space || t.Kind == sqlgen.Comment || t.End > end {
			continue
		}
		if operator(last, a.text) && operator(t, a.text) && last.End == t.Start {
			t.Start = last.Start // >= is one
		}
		last = t
	}
	return last
}

func operator(t sqlgen.Token, text string) bool {
	return t.Kind == sqlgen.Punct && t.End > t.Start && strings.Contains("+-*/%|&<>=!~^@", text[t.Start:t.Start+1])
}

// tokenAt is the length of the token that begins at an offset.
func (a *analysis) tokenAt(at int) int {
	for _, t := range a.tokens {
		if t.Start <= at && at < t.End {
			return t.End - at
		}
	}
	return 1
}

// wordAt is the token at an offset.
func (a *analysis) wordAt(at int) string {
	if at < 0 || at >= len(a.text) {
		return ""
	}
	return a.text[at:min(len(a.text), at+a.tokenAt(at))]
}

// place is where a node stands in the user's text; −1: unknown.
func (a *analysis) place(n node) int {
	number, _ := n["query_location"].(json.Number)
	at, err := strconv.ParseUint(number.String(), 10, 64)
	if err != nil || at > uint64(len(a.text)+len(prefix)) {
		return -1
	}
	_, before := a.wrapped("")
	return int(at) - before
}

// walkRoot checks the whole tree. An expression must be the one thing its SELECT has: whatever closes the wrapping
// bracket early shows as something else in the tree.
func (a *analysis) walkRoot(root node) {
	if a.query.Select {
		a.unbound = false
		a.walkSelect(root, 0)
		return
	}
	list := children(root, "select_list")
	if text(root, "type") != "SELECT_NODE" || len(list) != 1 || text(child(root, "from_table"), "type") != "EMPTY" || root["where_clause"] != nil ||
		root["having"] != nil || root["qualify"] != nil || root["sample"] != nil || len(children(root, "modifiers")) > 0 || len(children(child(root, "cte_map"), "map")) > 0 ||
		len(children(root, "group_expressions")) > 0 {
		a.fail(0, len(a.text), "sql.not_expression", "Not an expression", "Here one expression is wanted, not a whole SELECT.")
		return
	}
	for _, s := range a.query.Scope {
		a.unbound = a.unbound || !known(s)
	}
	expression := list[0].(node)
	if text(expression, "alias") != "" {
		a.fail(0, len(a.text), "sql.not_expression", "Not an expression", "Here one expression is wanted, without a name for it.")
		return
	}
	a.walk(expression, 0)
}

// collect finds the names that WITH gives, anywhere.
func (a *analysis) collect(n any) {
	switch n := n.(type) {
	case []any:
		for _, c := range n {
			a.collect(c)
		}
	case node:
		for _, entry := range children(child(n, "cte_map"), "map") {
			if e, ok := entry.(node); ok {
				a.ctes[strings.ToLower(text(e, "key"))] = true
			}
		}
		if name := text(n, "cte_name"); name != "" {
			a.ctes[strings.ToLower(name)] = true
		}
		for _, c := range n {
			a.collect(c)
		}
	}
}

func (a *analysis) walkSelect(n node, depth int) {
	a.collect(n)
	a.walkAny(n, depth+1)
}

// walkAny walks whatever holds nodes. Depth counts SELECTs around.
func (a *analysis) walkAny(v any, depth int) {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			a.walkAny(c, depth)
		}
	case node:
		a.repeatable(v)
		switch {
		case v["class"] != nil:
			a.walk(v, depth)
		case a.isTable(v):
			a.walkTable(v, depth)
		default:
			a.walkFields(v, depth)
		}
	}
}

// walkFields walks the parts of a node in a stable order.
func (a *analysis) walkFields(n node, depth int) {
	keys := make([]string, 0, len(n))
	for k := range n {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		a.walkAny(n[k], depth)
	}
}

// walk checks an expression.
func (a *analysis) walk(n node, depth int) {
	switch text(n, "class") {
	case "CONSTANT", "CAST", "OPERATOR", "COMPARISON", "CONJUNCTION", "CASE", "BETWEEN", "COLLATE":
	case "COLUMN_REF":
		a.columnRef(n, depth)
		return
	case "STAR":
		if depth == 0 {
			a.fail(a.place(n), 1, "sql.unsupported", "Not supported here", "A star stands for several columns; here one value is wanted.")
		}
	case "FUNCTION":
		a.function(n, depth)
	case "WINDOW":
		a.function(n, depth)
		if depth == 0 {
			a.fail(a.place(n), a.tokenAt(a.place(n)), "sql.window", "Window function not allowed here", "An expression is computed for each row alone; windows belong into a model's SELECT.")
		}
	case "SUBQUERY":
		a.collect(n["subquery"])
		a.walkAny(n["child"], depth)
		a.walkAny(n["subquery"], depth+1)
		return
	case "LAMBDA":
		names := lambdaNames(n["lhs"])
		for _, name := range names {
			a.lambdas[name]++
		}
		a.walkAny(n["expr"], depth)
		for _, name := range names {
			a.lambdas[name]--
		}
		return
	case "POSITIONAL_REFERENCE", "PARAMETER", "DEFAULT":
		a.fail(a.place(n), a.tokenAt(max(a.place(n), 0)), "sql.unsupported", "Not supported here", "Parameters and positions have no meaning in user SQL; write the value or the column.")
	default:
		a.fail(a.place(n), 1, "sql.unsupported", "Not supported here", "cdp does not know what this means for its checks (%s).", strings.ToLower(text(n, "class")))
	}
	a.walkFields(n, depth)
}

func lambdaNames(v any) []string {
	var names []string
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			names = append(names, lambdaNames(c)...)
		}
	case node:
		for _, part := range children(v, "column_names") {
			if s, ok := part.(string); ok {
				names = append(names, strings.ToLower(s))
			}
		}
		names = append(names, lambdaNames(v["children"])...)
	}
	return names
}

// columnRef checks a reference to a column.
func (a *analysis) columnRef(n node, depth int) {
	var parts []string
	for _, p := range children(n, "column_names") {
		s, _ := p.(string)
		parts = append(parts, s)
	}
	at := a.place(n)
	first := strings.ToLower(parts[0])
	if a.lambdas[first] > 0 {
		return
	}
	written := a.wordAt(at)
	bare := len(parts) == 1 && !strings.HasPrefix(written, `"`)
	if bare && first == "as_of" {
		a.clocks = append(a.clocks, at)
		return
	}
	if bare && a.keywordProblem(first, at, len(written), depth) {
		return
	}
	if depth == 0 {
		a.scopeColumn(parts, at)
		return
	}
	a.uses[strings.Join(parts, ".")] = true
}

// keywordProblem refuses words that SQL takes for functions.
func (a *analysis) keywordProblem(word string, at, length, depth int) bool {
	f := functions[word]
	if f == nil || !(f.clock || f.session) || strings.HasPrefix(word, "get_") {
		return false
	}
	for _, s := range a.query.Scope {
		if _, ok := column(s.Columns, word); ok && depth == 0 {
			return false
		}
	}
	if f.clock && word != "now" && word != "today" && word != "ago" || f.session && strings.Contains(word, "user") {
		a.refuse(word, word, f, at, length)
		return true
	}
	return false
}

// scopeColumn checks a reference against what the expression sees.
func (a *analysis) scopeColumn(parts []string, at int) {
	var names []string
	open, aliases := false, false
	for _, s := range a.query.Scope {
		if s.Alias != "" && len(parts) > 1 && strings.EqualFold(s.Alias, parts[0]) {
			a.aliasColumn(s, parts, at)
			return
		}
		open = open || !known(s)
		aliases = aliases || s.Alias != ""
		if c, ok := column(s.Columns, parts[0]); ok {
			a.use(s.Alias, c.Name)
			return
		}
		for _, c := range s.Columns {
			if s.Alias != "" {
				names = append(names, s.Alias+"."+c.Name)
			}
			names = append(names, c.Name)
		}
	}
	if open {
		a.use("", parts[0])
		return
	}
	a.unknown(parts[0], names, at, a.tokenAt(at))
}

func (a *analysis) aliasColumn(s warehouse.Scope, parts []string, at int) {
	if c, ok := column(s.Columns, parts[1]); ok {
		a.use(s.Alias, c.Name)
		return
	}
	if !known(s) {
		a.use(s.Alias, parts[1])
		return
	}
	name := at + strings.Index(a.text[at:], ".") + 1
	a.unknown(parts[1], schema.Names(s.Columns), name, a.tokenAt(name))
}

func (a *analysis) use(alias, name string) {
	if alias != "" {
		name = alias + "." + name
	}
	a.uses[name] = true
}

func (a *analysis) unknown(name string, candidates []string, at, length int) {
	a.fail(at, length, "sql.unknown_column", "Unknown column", "There is no column %q here.%s", name, diag.Suggest(name, candidates))
}
