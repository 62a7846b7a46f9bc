package postgres

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
)

// targetColumn is a column of the table that is written.
type targetColumn struct {
	name     string
	sql      string // type, with digits
	integer  bool
	list     bool
	category string
}

// target is the table as the catalogue describes it, and the sync's columns in it.
type target struct {
	name   pgx.Identifier
	key    []targetColumn
	fields []targetColumn
	unique bool // an index makes the key unique, so that the server itself tells old from new
}

const columnsQuery = `select a.attname, format_type(a.atttypid, a.atttypmod), t.typcategory::text, a.atttypid in (20, 21, 23)
from pg_catalog.pg_attribute a join pg_catalog.pg_type t on t.oid = a.atttypid
where a.attrelid = $1::text::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`

// uniqueQuery finds indexes over plain columns that hold for all rows, at once.
const uniqueQuery = `select array(select a.attname::text from unnest(i.indkey[0:i.indnkeyatts - 1]) k join pg_catalog.pg_attribute a on a.attrelid = i.indrelid and a.attnum = k)
from pg_catalog.pg_index i
where i.indrelid = $1::text::regclass and i.indisunique and i.indisvalid and i.indimmediate and i.indpred is null and i.indexprs is null`

func findTarget(ctx context.Context, conn *pgx.Conn, name pgx.Identifier, key, fields []schema.Column) (*target, error) {
	table := name.Sanitize()
	rows, err := conn.Query(ctx, columnsQuery, table)
	if err != nil {
		return nil, failure("Cannot use table "+table, err)
	}
	var columns []targetColumn
	for rows.Next() {
		var c targetColumn
		if err := rows.Scan(&c.name, &c.sql, &c.category, &c.integer); err != nil {
			rows.Close()
			return nil, failure("Cannot use table "+table, err)
		}
		c.list = c.category == "A"
		columns = append(columns, c)
	}
	if err := rows.Err(); err != nil {
		return nil, failure("Cannot use table "+table, err)
	}
	t := &target{name: name}
	for i, c := range append(slices.Clone(key), fields...) {
		have, err := columnOf(columns, c.Name, table)
		if err != nil {
			return nil, err
		}
		if i < len(key) {
			t.key = append(t.key, have)
		} else {
			t.fields = append(t.fields, have)
		}
	}
	t.unique, err = isUnique(ctx, conn, table, key)
	return t, err
}

func columnOf(columns []targetColumn, name, table string) (targetColumn, error) {
	names := make([]string, len(columns))
	for i, c := range columns {
		if c.name == name {
			return c, nil
		}
		names[i] = c.name
	}
	f := &sdk.Failure{Kind: sdk.FailureConfig, Message: fmt.Sprintf("Table %s has no column %q", table, name), Detail: "It has: " + strings.Join(names, ", ") + "." + sdk.DidYouMean(name, names)}
	return targetColumn{}, f
}

func isUnique(ctx context.Context, conn *pgx.Conn, table string, key []schema.Column) (bool, error) {
	rows, err := conn.Query(ctx, uniqueQuery, table)
	if err != nil {
		return false, failure("Cannot use table "+table, err)
	}
	defer rows.Close()
	want := schema.Names(key)
	slices.Sort(want)
	found := false
	for rows.Next() {
		var have []string
		if err := rows.Scan(&have); err != nil {
			return false, failure("Cannot use table "+table, err)
		}
		slices.Sort(have)
		found = found || slices.Equal(have, want)
	}
	return found, failure("Cannot use table "+table, rows.Err())
}

// create makes the table if it is not there.
func create(ctx context.Context, conn *pgx.Conn, name pgx.Identifier, key, fields []schema.Column) error {
	var there bool
	if err := conn.QueryRow(ctx, `select to_regclass($1) is not null`, name.Sanitize()).Scan(&there); err != nil || there {
		return failure("Cannot look for table "+name.Sanitize(), err)
	}
	var columns, keys []string
	for i, c := range append(slices.Clone(key), fields...) {
		column := quoted(c.Name) + " " + sqlType(c.Type)
		if i < len(key) {
			column += " not null"
			keys = append(keys, quoted(c.Name))
		}
		columns = append(columns, column)
	}
	if len(keys) > 0 {
		columns = append(columns, "primary key ("+strings.Join(keys, ", ")+")")
	}
	_, err := conn.Exec(ctx, "create table if not exists "+name.Sanitize()+" ("+strings.Join(columns, ", ")+")")
	return failure("Cannot make table "+name.Sanitize(), err)
}

func sqlType(t schema.Type) string {
	switch t.Kind {
	case schema.Bool:
		return "boolean"
	case schema.Int64:
		return "bigint"
	case schema.Decimal:
		return fmt.Sprintf("numeric(%d,%d)", t.Precision, t.Scale)
	case schema.Double:
		return "double precision"
	case schema.Bytes:
		return "bytea"
	case schema.Date:
		return "date"
	case schema.Time:
		return "time"
	case schema.Timestamp:
		return "timestamp"
	case schema.TimestampTZ:
		return "timestamptz"
	case schema.JSON:
		return "jsonb"
	}
	return "text"
}
