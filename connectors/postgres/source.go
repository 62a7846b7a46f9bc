package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/jackc/pgx/v5"
)

// source reads tables and queries.
type source struct{}

func (source) Validate(_ context.Context, call sdk.Call) sdk.Validation {
	v, ok := accountValidation(call)
	if !ok {
		return v
	}
	for _, stream := range call.Streams {
		if p := streamProblem(stream); p != nil {
			v.Problems = append(v.Problems, *p)
			continue
		}
		v.Streams = append(v.Streams, schema.Stream{Name: stream.Name, PrimaryKey: stream.PrimaryKey, Cursor: stream.Cursor})
	}
	return v
}

func streamProblem(stream sdk.StreamRequest) *sdk.Problem {
	p := &sdk.Problem{Path: []string{"stream", stream.Name}, Offset: -1}
	var s streamSettings
	err := sdk.Decode(stream.Settings, &s)
	switch {
	case err != nil:
		p.Summary, p.Detail = "Settings not understood", err.Error()
	case s.Table == "" && s.Query == "":
		p.Summary, p.Detail = "Nothing to read", "Write `table = \"schema.table\"`, or a `query`."
	case s.Table != "" && s.Query != "":
		p.Summary, p.Detail = "Table and query", "A stream reads one of them."
	case s.Table != "":
		if _, err := tableName(s.Table); err != nil {
			p.Path, p.Summary, p.Detail = append(p.Path, "table"), "Not the name of a table", err.Error()+". It is written schema.table; a name with a dot or capitals in quotes: \\\"Sales\\\".orders."
		}
	}
	if p.Summary == "" {
		return nil
	}
	return p
}

func (source) Check(ctx context.Context, call sdk.Call) error {
	a, err := account(call)
	if err != nil {
		return err
	}
	conn, err := connect(ctx, a.URL)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	return failure("Cannot use PostgreSQL", conn.Ping(ctx))
}

func (source) Discover(ctx context.Context, call sdk.Call) ([]schema.Stream, error) {
	var out []schema.Stream
	for _, stream := range call.Streams {
		r, err := open(ctx, sdk.ReadRequest{Call: call, Stream: stream.Name, Columns: stream.Pinned})
		if err != nil {
			return nil, err
		}
		columns := r.columns()
		r.close(ctx)
		out = append(out, schema.Stream{Name: stream.Name, Columns: columns, PrimaryKey: stream.PrimaryKey, Cursor: stream.Cursor})
	}
	return out, nil
}

// reading is one read of one stream: a transaction that sees one snapshot.
type reading struct {
	req    sdk.ReadRequest
	stream sdk.StreamRequest
	conn   *pgx.Conn
	tx     pgx.Tx
	table  pgx.Identifier // nil: a query
	from   string         // what follows FROM, as t
	fields []field
	stored bool  // rows of from are stored and carry the transaction that wrote them
	state  state // of the snapshot
}

func open(ctx context.Context, req sdk.ReadRequest) (*reading, error) {
	r := &reading{req: req}
	for _, stream := range req.Call.Streams {
		if stream.Name == req.Stream {
			r.stream = stream
		}
	}
	a, err := account(req.Call)
	if err != nil {
		return nil, err
	}
	var s streamSettings
	if err := sdk.Decode(r.stream.Settings, &s); err != nil {
		return nil, err
	}
	if p := streamProblem(r.stream); p != nil {
		return nil, &sdk.Failure{Kind: sdk.FailureConfig, Path: p.Path, Message: p.Summary, Detail: p.Detail}
	}
	r.from = "(" + strings.TrimRight(strings.TrimSpace(s.Query), ";") + "\n)"
	if s.Table != "" {
		r.table, _ = tableName(s.Table)
		r.from = r.table.Sanitize()
	}
	if r.conn, err = connect(ctx, a.URL); err != nil {
		return nil, err
	}
	if err := r.begin(ctx); err != nil {
		r.close(ctx)
		return nil, r.failure(err)
	}
	return r, nil
}

// failure names the argument that a wrong table or query stands in.
func (r *reading) failure(err error) error {
	what, arg := "the query of stream "+r.req.Stream, "query"
	if r.table != nil {
		what, arg = r.table.Sanitize(), "table"
	}
	err = failure("Cannot read "+what, err)
	var f *sdk.Failure
	if errors.As(err, &f) && f.Kind == sdk.FailureConfig && f.Path == nil {
		f.Path = []string{"stream", r.req.Stream, arg}
	}
	return err
}

func (r *reading) close(ctx context.Context) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), connectTimeout)
	defer cancel()
	_ = r.conn.Close(ctx)
}

// begin opens the snapshot and finds the columns.
func (r *reading) begin(ctx context.Context) error {
	var err error
	if r.tx, err = r.conn.BeginTx(ctx, pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}); err != nil {
		return err
	}
	if err := r.snapshot(ctx); err != nil {
		return err
	}
	described, err := r.tx.Prepare(ctx, "", "select * from "+r.from+" t")
	if err != nil {
		return err
	}
	oids := make([]uint32, len(described.Fields))
	for i, f := range described.Fields {
		oids[i] = f.DataTypeOID
	}
	if r.table != nil {
		var kind string
		if err := r.tx.QueryRow(ctx, `select relkind::text from pg_catalog.pg_class where oid = $1::text::regclass`, r.from).Scan(&kind); err != nil {
			return err
		}
		r.stored = kind == "r" || kind == "p"
	}
	types, err := typesOf(ctx, r.tx, oids)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, f := range described.Fields {
		if low := strings.ToLower(f.Name); seen[low] {
			return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", r.req.Stream}, Message: "Two columns have one name",
				Detail: fmt.Sprintf("%q stands twice among the columns, or differs only by case from another. Name them apart in a query.", f.Name)}
		} else {
			seen[low] = true
		}
		c := field{Column: schema.Column{Name: f.Name}, oid: f.DataTypeOID, sql: types[f.DataTypeOID].name}
		if err := r.typed(ctx, &c, f.TypeModifier, types[f.DataTypeOID].category); err != nil {
			return err
		}
		r.fields = append(r.fields, c)
	}
	return nil
}

// typed finds the type of a column: a settled one, its own, or for numerics without digits what its values need. A type
// that is only kept from before may be another now: the engine makes one of both.
func (r *reading) typed(ctx context.Context, c *field, modifier int32, category string) error {
	own, known := natural(c.oid, modifier, category)
	c.format, c.decode = decoder(c.oid)
	if category == "A" || category == "C" {
		c.oid = 0 // asked for as JSON
		c.decode = func(v []byte) any { return json.RawMessage(append([]byte{}, v...)) }
	}
	if have, ok := schema.Find(r.req.Columns, c.Name); ok && have.Type.Kind != schema.Null {
		c.Type = have.Type
		if known && own != have.Type && !(own.Kind == schema.Decimal && have.Type.Kind == schema.Decimal) {
			decode := c.decode
			c.decode = func(v []byte) any { return as(plain(decode(v), own), have.Type) }
		}
		if !known && have.Type.Kind != schema.Decimal {
			c.decode = func(v []byte) any { return as(string(v), have.Type) }
		}
		return nil
	}
	c.Type = own
	if known {
		return nil
	}
	var err error
	if c.Type, c.whole, err = r.digits(ctx, c.Name); err == nil {
		r.asKept(c)
	}
	return err
}

// asKept lets a numeric without digits keep the digits it was given before, if its values fit them.
func (r *reading) asKept(c *field) {
	had, ok := schema.Find(r.req.Kept, c.Name)
	switch {
	case !ok || had.Type.Kind != schema.Decimal || c.Type.Kind != schema.Decimal:
	case c.Type.Scale <= had.Type.Scale && c.whole <= had.Type.Precision-had.Type.Scale:
		c.Type = had.Type
	default:
		c.Type.Precision = max(c.whole+c.Type.Scale, 1) // no more than needed: the engine widens the table by it
	}
}

// digits looks at all values of a numeric that declares none. What 38 digits do not hold, and NaN, make it text.
func (r *reading) digits(ctx context.Context, name string) (t schema.Type, before int, err error) {
	column := pgx.Identifier{"t", name}.Sanitize()
	var scale, whole *int
	var odd *bool
	err = r.tx.QueryRow(ctx, fmt.Sprintf(`select max(scale(%[1]s)), max(length(trunc(abs(%[1]s))::text)), bool_or(%[1]s::text in ('NaN', 'Infinity', '-Infinity')) from %[2]s t`, column, r.from)).Scan(&scale, &whole, &odd)
	text := schema.Type{Kind: schema.String}
	switch {
	case err != nil:
		return text, 0, err
	case odd == nil:
		return schema.Type{Kind: schema.Null}, 0, nil
	case *odd || scale == nil || whole == nil || *scale+*whole > 38:
		return text, 0, nil
	}
	return schema.Type{Kind: schema.Decimal, Precision: 38, Scale: *scale}, *whole, nil
}

func (r *reading) columns() []schema.Column {
	out := make([]schema.Column, len(r.fields))
	for i, f := range r.fields {
		out[i] = f.Column
	}
	return out
}

func (source) Read(ctx context.Context, req sdk.ReadRequest, out sdk.Emitter) error {
	r, err := open(ctx, req)
	if err != nil {
		return err
	}
	defer r.close(ctx)
	if err := out.Schema(r.columns(), false); err != nil {
		return err
	}
	if err := r.rows(ctx, out); err != nil {
		var e emitted
		if errors.As(err, &e) {
			return e.error
		}
		return r.failure(err)
	}
	raw, err := json.Marshal(r.state)
	if err != nil {
		return err
	}
	if err := out.Checkpoint(raw); err != nil {
		return err
	}
	return out.Complete()
}

// emitted is an error of the emitter, which is none of the database.
type emitted struct{ error }

func (r *reading) rows(ctx context.Context, out sdk.Emitter) error {
	query, args, err := r.query()
	if err != nil {
		return err
	}
	formats := make(pgx.QueryResultFormats, len(r.fields))
	for i, f := range r.fields {
		formats[i] = f.format
	}
	rows, err := r.tx.Query(ctx, query, append([]any{formats}, args...)...)
	if err != nil {
		return err
	}
	defer rows.Close()
	values := make([]any, len(r.fields))
	var n int64
	for rows.Next() {
		n++
		for i, raw := range rows.RawValues() {
			values[i] = nil
			if raw != nil {
				values[i] = r.fields[i].decode(raw)
			}
		}
		if err := r.row(out, values, n); err != nil {
			return err
		}
		if n%10000 == 0 {
			out.Progress(n, 0, "rows")
		}
	}
	return rows.Err()
}

// row sends a row, or sets it aside if a value does not fit.
func (r *reading) row(out sdk.Emitter, values []any, n int64) error {
	if r.lacksKey(values) {
		return r.setAside(out, values, n, sdk.Reject{Column: r.onlyKey(), Code: "null_key", Reason: "a column of the primary key is null"})
	}
	err := out.Row(values...)
	var misfit *sdk.ValueError
	if err == nil {
		return nil
	}
	if !errors.As(err, &misfit) {
		return emitted{err}
	}
	own := "another type"
	for _, f := range r.fields {
		if f.Name == misfit.Column && f.sql != "" {
			own = "of PostgreSQL's type " + f.sql
		}
	}
	return r.setAside(out, values, n, sdk.Reject{Column: misfit.Column, Code: "type", Key: r.keyOf(values),
		Reason: fmt.Sprintf("column %s is %s, which does not hold this value; it is %s", misfit.Column, misfit.Type, own)})
}

// setAside sends a reject with the place and the text of its row.
func (r *reading) setAside(out sdk.Emitter, values []any, n int64, reject sdk.Reject) error {
	record := map[string]any{}
	for i, f := range r.fields {
		record[f.Name] = nil
		if values[i] != nil {
			record[f.Name] = plain(values[i], f.Type)
		}
	}
	text, err := json.Marshal(record)
	if err != nil {
		return err
	}
	reject.Position, reject.Record = fmt.Sprintf("%s: row %d", r.req.Stream, n), string(text)
	if err := out.Reject(reject); err != nil {
		return emitted{err}
	}
	return nil
}

// lacksKey says that a part of the row's key is null.
func (r *reading) lacksKey(values []any) bool {
	for i, f := range r.fields {
		if values[i] == nil && slices.Contains(r.stream.PrimaryKey, f.Name) {
			return true
		}
	}
	return false
}

// onlyKey is the name of the key's column, if it is one.
func (r *reading) onlyKey() string {
	if len(r.stream.PrimaryKey) == 1 {
		return r.stream.PrimaryKey[0]
	}
	return ""
}

// keyOf is the key of a row as canonical text.
func (r *reading) keyOf(values []any) string {
	var parts []string
	for _, name := range r.stream.PrimaryKey {
		for i, f := range r.fields {
			if f.Name == name && values[i] != nil {
				parts = append(parts, plain(values[i], f.Type))
			}
		}
	}
	switch {
	case len(parts) == 0 || len(parts) < len(r.stream.PrimaryKey):
		return ""
	case len(parts) == 1:
		return parts[0]
	}
	text, _ := json.Marshal(parts)
	return string(text)
}
