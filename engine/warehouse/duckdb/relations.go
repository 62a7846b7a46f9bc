package duckdb

import (
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
)

// tables are the types of nodes that stand in a FROM.
var tables = map[string]bool{"BASE_TABLE": true, "TABLE_FUNCTION": true, "JOIN": true, "EMPTY": true, "EXPRESSION_LIST": true, "SHOW_REF": true, "PIVOT": true, "COLUMN_DATA": true, "DELIM_GET": true, "CTE": true, "BOUND_TABLE_REF": true}

func (a *analysis) isTable(n node) bool {
	kind := text(n, "type")
	return tables[kind] || kind == "SUBQUERY" && n["class"] == nil
}

// walkTable checks a relation of a FROM.
func (a *analysis) walkTable(n node, depth int) {
	switch text(n, "type") {
	case "BASE_TABLE":
		a.baseTable(n)
	case "TABLE_FUNCTION":
		a.tableFunction(n, depth)
		return
	case "JOIN", "EMPTY", "EXPRESSION_LIST", "SUBQUERY", "PIVOT":
	default:
		a.fail(0, len(a.text), "sql.relation", "Relation not allowed", "A SELECT of a project reads sources and models, nothing of the engine's own.")
		return
	}
	a.walkFields(n, depth)
}

func (a *analysis) baseTable(n node) {
	catalog, schemaName, name := text(n, "catalog_name"), text(n, "schema_name"), text(n, "table_name")
	if catalog == "" && schemaName == "" && a.ctes[strings.ToLower(name)] {
		return
	}
	at := max(a.place(n), 0)
	if columns, ok := a.query.Relations[schemaName+"."+name]; ok && catalog == "" {
		if columns == nil {
			a.unbound = true
		}
		return
	}
	full := name
	if schemaName != "" {
		full = schemaName + "." + name
	}
	var names []string
	for r := range a.query.Relations {
		names = append(names, r)
	}
	if strings.HasPrefix(a.wordAt(at), "'") {
		a.fail(at, a.tokenAt(at), "sql.relation", "Relation not allowed", "User SQL reads no files: %q. Load it with a source, and refer to its stream.", full)
		return
	}
	a.fail(at, a.tokenAt(at), "sql.relation", "Unknown relation", "%q is not a relation that may be read here. Refer to a stream or a model: ${source.name.stream}, ${model.name}.%s", full, diag.Suggest(full, names))
}

func (a *analysis) tableFunction(n node, depth int) {
	f := child(n, "function")
	name := strings.ToLower(text(f, "function_name"))
	at := a.place(f)
	if at < 0 {
		at = max(a.place(n), 0)
	}
	known := functions[name]
	if schemaName := text(f, "schema"); schemaName != "" && schemaName != "main" || text(f, "catalog") != "" || known == nil || !known.table {
		a.refuse(name, text(f, "function_name"), known, at, a.tokenAt(at))
		return
	}
	a.walkAny(f["children"], depth)
	a.walkAny(n["subquery"], depth)
}

// function checks a call.
func (a *analysis) function(n node, depth int) {
	written := text(n, "function_name")
	name := strings.ToLower(written)
	at := a.place(n)
	f := functions[name]
	if name == "count_star" {
		written = "count"
	}
	schemaName := text(n, "schema")
	if schemaName != "" && schemaName != "main" || text(n, "catalog") != "" {
		a.refuse(name, schemaName+"."+written, &allowance{internal: true}, at, a.tokenAt(max(at, 0)))
		return
	}
	if f == nil || !f.scalar && !f.aggregate && name != "unnest" {
		a.refuse(name, written, f, at, a.tokenAt(max(at, 0)))
		return
	}
	if name == "age" && len(children(n, "children")) == 1 {
		a.refuse(name, written, &allowance{clock: true}, at, a.tokenAt(max(at, 0)))
		return
	}
	if f.aggregate && !f.scalar && depth == 0 && text(n, "class") == "FUNCTION" {
		a.aggregate = true
		if !a.query.Aggregate {
			a.fail(at, a.tokenAt(max(at, 0)), "sql.aggregate", "Aggregate not allowed here", "%s() is computed over many rows; here a value of one row is wanted.", written)
		}
	}
}

// refuse tells why a function may not be called.
func (a *analysis) refuse(name, written string, f *allowance, at, length int) {
	switch {
	case f == nil:
		a.fail(at, length, "sql.unknown_function", "Unknown function", "There is no function %q.%s", written, diag.Suggest(name, functionNames()))
	case f.clock:
		a.fail(at, length, "sql.clock", "Wall clock in SQL", "%s depends on when it runs. Use as_of, the clock of the run: the same configuration and data then give the same result on any day.", written)
	case f.unstable:
		a.fail(at, length, "sql.unstable", "Result would not be repeatable", "%s does not give the same value every time or on every version. The same configuration and data must give the same result.", written)
	case f.session:
		a.fail(at, length, "sql.function", "Function not allowed", "%s is about the session, not about the data.", written)
	case f.table && !f.scalar:
		a.fail(at, length, "sql.function", "Function not allowed", "%s gives rows: it belongs into a FROM.", written)
	case f.scalar || f.aggregate:
		a.fail(at, length, "sql.function", "Function not allowed", "%s gives no rows: it cannot stand in a FROM.", written)
	default:
		a.fail(at, length, "sql.function", "Function not allowed", "%s may not be used in user SQL: no files, network, catalogue or settings are read there.", written)
	}
}
