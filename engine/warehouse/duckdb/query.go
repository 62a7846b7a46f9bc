package duckdb

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	db "github.com/duckdb/duckdb-go-bindings"
)

// Reader answers a user's own queries of the warehouse: read-only, without files, network and settings, one SELECT at a
// time. Several processes may read one warehouse.
type Reader struct {
	in *instance
	c  *conn
}

// Version of the DuckDB that is built in: 1.5.5.
func Version() string { return strings.TrimPrefix(db.LibraryVersion(), "v") }

// OpenReader opens the warehouse file for queries. Tables need no catalogue before their names. Of the options, Path must
// name a file that is there; Scratch is not used.
func OpenReader(ctx context.Context, o Options) (*Reader, error) {
	o.Scratch = ""
	dir, err := tempDir(o)
	if err != nil {
		return nil, err
	}
	in, err := start("", settings(o))
	if err != nil {
		return nil, err
	}
	first := []string{"SET GLOBAL TimeZone = 'UTC'", "SET temp_directory = " + quoteText(dir)}
	if err := in.connect(ctx, 1, first...); err != nil {
		in.close()
		return nil, fmt.Errorf("preparing to read the warehouse: %w", err)
	}
	r := &Reader{in: in, c: in.all[0]}
	if !exists(o.Path) {
		in.close()
		return nil, about(o.Path, &warehouse.Error{Reason: warehouse.Access, Message: "no such file"})
	}
	if _, err := r.c.exec(ctx, "ATTACH "+quoteText(o.Path)+" AS wh (READ_ONLY)"); err != nil {
		in.close()
		return nil, about(o.Path, err)
	}
	if err := r.c.script(ctx, append([]string{"USE wh"}, seal("")...)...); err != nil {
		in.close()
		return nil, fmt.Errorf("preparing to read the warehouse: %w", err)
	}
	return r, nil
}

// Query runs one statement that reads. Release the reader before the next query.
func (r *Reader) Query(ctx context.Context, sql string) (array.RecordReader, error) {
	sql = strings.TrimRight(sql, " \t\r\n;")
	if strings.TrimSpace(sql) == "" {
		return nil, &warehouse.Error{Reason: warehouse.Mistake, Message: "there is no statement"}
	}
	if err := r.check(ctx, sql); err != nil {
		return nil, err
	}
	st, err := r.c.prepare(ctx, sql, nil)
	if err != nil {
		return nil, userError(err)
	}
	kind := db.PreparedStatementType(st)
	db.DestroyPrepare(&st)
	if kind != db.StatementTypeSelect && kind != db.StatementTypeExplain {
		return nil, &warehouse.Error{Reason: warehouse.Refused, Message: "not a SELECT"}
	}
	rows, err := r.c.query(ctx, sql, nil, nil)
	if err != nil {
		return nil, userError(err)
	}
	return rows, nil
}

// reading are the words a query may begin with.
var reading = map[string]bool{"select": true, "with": true, "from": true, "values": true, "table": true, "show": true, "describe": true, "desc": true, "summarize": true, "explain": true, "pivot": true, "unpivot": true, "(": true}

// check refuses what would read files. DuckDB itself keeps all files closed but one: the warehouse, which it would open a
// second time, and lose its lock by closing it.
func (r *Reader) check(ctx context.Context, sql string) error {
	tokens := sqlgen.Scan(sql)
	first := ""
	for i, t := range tokens {
		word := strings.ToLower(t.Text(sql))
		if t.Kind == sqlgen.Space || t.Kind == sqlgen.Comment {
			continue
		}
		if first == "" {
			first = word
		}
		if name := strings.Trim(word, `"`); (t.Kind == sqlgen.Word || t.Kind == sqlgen.Quoted) && called(sql, tokens[i+1:]) && readsFiles(name) {
			return &warehouse.Error{Reason: warehouse.Refused, Message: name + " reads files"}
		}
	}
	tree, err := serialize(ctx, r.c, sql)
	if err == nil {
		err = unparsed(tree, sql) // before its first word is judged: that may be misspelt
		if err != nil {
			return err
		}
	} else {
		tree = nil // DuckDB tells what is wrong when it binds
	}
	if !reading[first] {
		return &warehouse.Error{Reason: warehouse.Refused, Message: "not a SELECT"}
	}
	if name := fileTable(tree); name != "" {
		return &warehouse.Error{Reason: warehouse.Refused, Message: name + " is a file"}
	}
	return nil
}

// unparsed is the mistake in a statement that does not parse, with its place. A statement that parses and is no SELECT is
// another matter.
func unparsed(tree any, sql string) error {
	n, _ := tree.(node)
	if failed, _ := n["error"].(bool); !failed || text(n, "error_type") != "parser" {
		return nil
	}
	message := strings.TrimRight(plain(text(n, "error_message")), ".")
	at := min(byteOffset(sql, text(n, "position")), len(sql))
	before := sql[:at]
	line, column := strings.Count(before, "\n")+1, utf8.RuneCountInString(before[strings.LastIndex(before, "\n")+1:])+1
	return &warehouse.Error{Reason: warehouse.Mistake, Message: fmt.Sprintf("%s (line %d, column %d).", message, line, column)}
}

// called reports whether an opening bracket follows.
func called(sql string, rest []sqlgen.Token) bool {
	for _, t := range rest {
		if t.Kind != sqlgen.Space && t.Kind != sqlgen.Comment {
			return t.Text(sql) == "("
		}
	}
	return false
}

func readsFiles(name string) bool {
	switch name {
	case "glob", "sniff_csv", "query", "query_table", "seq_scan", "arrow_scan", "arrow_scan_dumb", "json_execute_serialized_sql", "which_secret":
		return true
	}
	return strings.HasPrefix(name, "read_") || strings.HasPrefix(name, "parquet_")
}

// fileTable finds a relation that is named like a file.
func fileTable(v any) string {
	switch v := v.(type) {
	case []any:
		for _, c := range v {
			if name := fileTable(c); name != "" {
				return name
			}
		}
	case node:
		if name := text(v, "table_name"); text(v, "type") == "BASE_TABLE" && text(v, "schema_name") == "" && strings.ContainsAny(name, "./\\*") {
			return name
		}
		for _, c := range v {
			if name := fileTable(c); name != "" {
				return name
			}
		}
	}
	return ""
}

// serialize is the syntax tree of a statement.
func serialize(ctx context.Context, c *conn, sql string) (any, error) {
	st, err := statements.Render(dialect{}, "serialize", map[string]any{"Text": sql})
	if err != nil {
		return nil, err
	}
	answer, err := warehouse.Value[string](ctx, c, st)
	if err != nil {
		return nil, err
	}
	var tree any
	return tree, json.Unmarshal([]byte(answer), &tree)
}

// userError is an error of SQL that a user typed: whatever has no better reason is a mistake in it.
func userError(err error) error {
	var known *warehouse.Error
	if errors.As(err, &known) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &warehouse.Error{Reason: warehouse.Mistake, Message: plain(rawMessage(err))}
}

// Close lets go of the warehouse.
func (r *Reader) Close() error {
	r.in.close()
	return nil
}
