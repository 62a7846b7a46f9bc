package duckdb

import (
	"strconv"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/schema"
)

type dialect struct{}

// Dialect is how DuckDB writes SQL.
func Dialect() sqlgen.Dialect { return dialect{} }

func (dialect) Name() string             { return "duckdb" }
func (dialect) Ident(name string) string { return quote(name) }

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

func quoteText(s string) string { return "'" + strings.ReplaceAll(s, "'", "''") + "'" }

// Type is the SQL type of a column. What has no type yet is VARCHAR: its values are all null, and any type can follow.
func (dialect) Type(t schema.Type) string {
	if t.Kind == schema.Null {
		return "VARCHAR"
	}
	return t.String()
}

func (dialect) Literal(v any) string {
	switch v := v.(type) {
	case bool:
		return strings.ToUpper(strconv.FormatBool(v))
	case int64:
		return strconv.FormatInt(v, 10)
	case float64:
		return "CAST('" + strconv.FormatFloat(v, 'g', -1, 64) + "' AS DOUBLE)"
	case string:
		return quoteText(v)
	case time.Time:
		return "TIMESTAMP '" + v.UTC().Format("2006-01-02 15:04:05.000000") + "'"
	}
	return "NULL"
}

// RecordKey is one column's plain text, or a JSON list of several columns' texts.
func (dialect) RecordKey(columns []schema.Column, alias string) string {
	texts := make([]string, len(columns))
	for i, c := range columns {
		name := quote(c.Name)
		if alias != "" {
			name = quote(alias) + "." + name
		}
		texts[i] = "CAST(" + name + " AS VARCHAR)"
	}
	if len(texts) == 1 {
		return texts[0]
	}
	return "CAST(json_array(" + strings.Join(texts, ", ") + ") AS VARCHAR)"
}
