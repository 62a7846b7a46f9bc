package postgres

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
)

// state is what is remembered of a read's snapshot. Transactions that were under way then may commit rows whose cursor is
// older than the newest one that was seen: the next read looks for rows that such transactions wrote.
type state struct {
	Version int    `json:"version"`
	Pending string `json:"pending,omitempty"` // the oldest transaction that was under way; empty: none was
}

// snapshot notes what was under way.
func (r *reading) snapshot(ctx context.Context) error {
	var xmin, xmax string
	if err := r.tx.QueryRow(ctx, `select txid_snapshot_xmin(s)::text, txid_snapshot_xmax(s)::text from txid_current_snapshot() s`).Scan(&xmin, &xmax); err != nil {
		return err
	}
	r.state = state{Version: 1}
	if xmin != xmax {
		r.state.Pending = xmin
	}
	return nil
}

// query is what is read: all of it, or what the cursor asks for. Equal cursors are read again: they may be new.
func (r *reading) query() (string, []any, error) {
	columns := make([]string, len(r.fields))
	for i, f := range r.fields {
		columns[i] = pgx.Identifier{"t", f.Name}.Sanitize()
		if f.oid == 0 {
			columns[i] = "to_json(" + columns[i] + ")"
		}
	}
	query := "select " + strings.Join(columns, ", ") + " from " + r.from + " t"
	if r.stream.Cursor == "" {
		return query, nil, nil
	}
	var cursor *field
	for i := range r.fields {
		if r.fields[i].Name == r.stream.Cursor {
			cursor = &r.fields[i]
		}
	}
	if cursor == nil {
		return "", nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", r.req.Stream, "cursor"}, Message: "The cursor is not a column",
			Detail: fmt.Sprintf("There is no column %q. There are: %s.", r.stream.Cursor, strings.Join(schema.Names(r.columns()), ", "))}
	}
	if r.req.Full || r.req.Cursor == "" {
		return query, nil, nil
	}
	name := pgx.Identifier{"t", cursor.Name}.Sanitize()
	bound, args := "$1::text::"+cursor.sql, []any{r.req.Cursor}
	if micros := r.req.Lag.Microseconds(); micros > 0 {
		switch cursor.Type.Kind {
		case schema.Date, schema.Timestamp, schema.TimestampTZ:
			bound += " - $2::text::interval"
			args = append(args, strconv.FormatInt(micros, 10)+" microseconds")
		}
	}
	query += " where (" + name + " >= " + bound + " or " + name + " is null"
	if late, ok := r.late(); ok {
		args = append(args, late)
		query += fmt.Sprintf(" or age(t.xmin) <= age($%d::text::xid)", len(args))
	}
	return query + ")", args, nil
}

// late is the oldest transaction that was under way at the last read, as the 32 bits that rows carry; false: none, or rows
// of a query, which carry none.
func (r *reading) late() (string, bool) {
	var before state
	if !r.stored || json.Unmarshal(r.req.State, &before) != nil || before.Pending == "" {
		return "", false
	}
	n, err := strconv.ParseUint(before.Pending, 10, 64)
	if err != nil {
		return "", false
	}
	return strconv.FormatUint(n&0xffffffff, 10), true
}

// typeInfo is what the catalogue says of a type.
type typeInfo struct{ name, category string }

func typesOf(ctx context.Context, tx pgx.Tx, oids []uint32) (map[uint32]typeInfo, error) {
	rows, err := tx.Query(ctx, `select oid, format_type(oid, -1), typcategory::text from pg_catalog.pg_type where oid = any($1)`, oids)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	out := make(map[uint32]typeInfo, len(oids))
	for rows.Next() {
		var oid uint32
		var t typeInfo
		if err := rows.Scan(&oid, &t.name, &t.category); err != nil {
			return nil, err
		}
		out[oid] = t
	}
	return out, rows.Err()
}
