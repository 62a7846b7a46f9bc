package duckdb

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	db "github.com/duckdb/duckdb-go-bindings"
)

// binder is a DuckDB in memory with empty tables to bind against.
type binder struct {
	in       *instance
	c        *conn
	parse    db.PreparedStatement
	scopes   map[string]string // table by the columns it has
	tables   map[string]string // columns by table
	schemas  map[string]bool
	keywords map[string]bool
}

func newBinder(ctx context.Context) (*binder, error) {
	in, err := start("", map[string]string{"autoinstall_known_extensions": "false", "autoload_known_extensions": "false", "allow_community_extensions": "false", "threads": "1", "memory_limit": "256MB"})
	if err != nil {
		return nil, err
	}
	b := &binder{in: in, scopes: map[string]string{}, tables: map[string]string{}, schemas: map[string]bool{}, keywords: map[string]bool{}}
	err = in.connect(ctx, 1, "SET TimeZone = 'UTC'", "SET errors_as_json = true", "PRAGMA disable_optimizer", "SET temp_directory = ''", "SET enable_external_access = false", "SET lock_configuration = true")
	if err != nil {
		in.close()
		return nil, err
	}
	b.c = in.all[0]
	st, err := statements.Render(dialect{}, "keywords", nil)
	if err == nil {
		err = warehouse.Each(ctx, b.c, st, func(r warehouse.Row) error {
			b.keywords[r[0].(string)] = true
			return nil
		})
	}
	if err != nil {
		in.close()
		return nil, err
	}
	return b, nil
}

// serialize is DuckDB's syntax tree of a text, as JSON. The statement that asks for it is prepared once.
func (b *binder) serialize(ctx context.Context, text string) ([]byte, error) {
	if b.parse.Ptr == nil {
		st, err := statements.Render(dialect{}, "serialize", map[string]any{"Text": text})
		if err != nil {
			return nil, err
		}
		if b.parse, err = b.c.prepare(ctx, st.SQL, st.Args); err != nil {
			return nil, err
		}
	}
	if err := bind(b.parse, 1, text); err != nil {
		return nil, err
	}
	var result db.Result
	if err := b.c.interruptible(ctx, func() error { return execute(b.parse, &result, db.PendingPrepared) }); err != nil {
		return nil, err
	}
	defer db.DestroyResult(&result)
	options := db.ResultGetArrowOptions(&result)
	defer db.DestroyArrowOptions(&options)
	described, err := resultSchema(&result, options)
	if err != nil {
		return nil, err
	}
	chunk := db.FetchChunk(result)
	defer db.DestroyDataChunk(&chunk)
	batch, failed := db.DataChunkToArrowArray(options, described, chunk)
	if err := dataError(failed); err != nil {
		return nil, err
	}
	defer batch.Release()
	return []byte(batch.Column(0).(*array.String).Value(0)), nil
}

func (b *binder) close() {
	db.DestroyPrepare(&b.parse)
	b.in.close()
}

// scope is a table with these columns.
func (b *binder) scope(ctx context.Context, columns []schema.Column) (string, error) {
	key := fmt.Sprint(columns)
	if name, ok := b.scopes[key]; ok {
		return name, nil
	}
	name := "scope_" + strconv.Itoa(len(b.scopes))
	if err := b.c.steps(ctx, step{"create_scratch", map[string]any{"Table": sqlgen.Relation{Schema: "main", Name: name}, "Columns": atLeastOne(columns)}}); err != nil {
		return "", err
	}
	b.scopes[key] = name
	return name, nil
}

// atLeastOne gives a relation without columns one that nobody names: DuckDB has no table without.
func atLeastOne(columns []schema.Column) []schema.Column {
	if len(columns) == 0 {
		return []schema.Column{{Name: "\u2205", Type: schema.Type{Kind: schema.Bool}}}
	}
	return columns
}

// relation makes a table of that name have these columns.
func (b *binder) relation(ctx context.Context, name string, columns []schema.Column) error {
	key := fmt.Sprint(columns)
	if b.tables[name] == key {
		return nil
	}
	schemaName, table, ok := strings.Cut(name, ".")
	if !ok {
		return fmt.Errorf("%q is not schema.table", name)
	}
	var steps []step
	if !b.schemas[schemaName] {
		steps = append(steps, step{"create_schema", map[string]any{"Schema": sqlgen.Relation{Name: schemaName}}})
	}
	steps = append(steps, step{"create_scratch", map[string]any{"Table": sqlgen.Relation{Schema: schemaName, Name: table}, "Columns": atLeastOne(columns)}})
	if err := b.c.steps(ctx, steps...); err != nil {
		return err
	}
	b.schemas[schemaName], b.tables[name] = true, key
	return nil
}

// result is the analysis as far as the text alone tells it.
func (a *analysis) result() warehouse.Analysis {
	value, spans := a.replaceClock(sqlgen.AsOfPlaceholder)
	uses := slices.Sorted(maps.Keys(a.uses))
	out := warehouse.Analysis{SQL: diag.Text{Value: value, Range: a.query.Text.Range, Spans: spans}, Uses: uses, AsOf: len(a.clocks) > 0, Aggregate: a.aggregate, Doubts: a.doubts}
	out.Canonical = canonical(a.text, a.binder.keywords)
	if !a.query.Select {
		out.Columns = []schema.Column{{Name: "value"}}
	}
	return out
}

// replaceClock puts something in place of every as_of, and moves the spans along.
func (a *analysis) replaceClock(by string) (string, []diag.Span) {
	slices.Sort(a.clocks)
	a.clocks = slices.Compact(a.clocks)
	spans := slices.Clone(a.query.Text.Spans)
	var out strings.Builder
	last := 0
	for _, at := range a.clocks {
		out.WriteString(a.text[last:at])
		out.WriteString(by)
		last = at + len("as_of")
		grown := len(by) - len("as_of")
		for i, s := range a.query.Text.Spans {
			switch {
			case s.Offset > at:
				spans[i].Offset += grown
			case s.Offset+s.Length > at:
				spans[i].Length += grown
			}
		}
	}
	out.WriteString(a.text[last:])
	return out.String(), spans
}

// boundClock is what as_of is while binding: of the type it has, and longer than the name, never shorter.
const boundClock = "TIMESTAMP '2000-01-01 00:00:00'"

// original maps an offset in the bound text to the user's.
func (a *analysis) original(offset int) int {
	for _, at := range a.clocks {
		switch {
		case offset < at:
			return offset
		case offset < at+len(boundClock):
			return at
		}
		offset -= len(boundClock) - len("as_of")
	}
	return offset
}

// bind lets DuckDB bind the text on empty tables: types, and what only it can tell.
func (a *analysis) bind() []schema.Column {
	value, _ := a.replaceClock(boundClock)
	statement, before := a.wrapped(value)
	if !a.query.Select {
		from, err := a.from()
		if err != nil {
			a.fail(0, 0, "sql.bind", "SQL cannot be checked", "%s.", sentence(err.Error()))
			return nil
		}
		statement += from
	}
	for _, name := range slices.Sorted(maps.Keys(a.query.Relations)) {
		if err := a.binder.relation(a.ctx, name, a.query.Relations[name]); err != nil {
			a.fail(0, 0, "sql.bind", "SQL cannot be checked", "%s.", sentence(err.Error()))
			return nil
		}
	}
	columns, failed := a.binder.describe(a.ctx, statement)
	if failed != nil {
		a.bindError(failed, before)
		return nil
	}
	if !a.query.Select {
		columns[0].Name = "value"
		a.checkWant(columns[0].Type)
	}
	return columns
}

func (a *analysis) from() (string, error) {
	var parts []string
	for i, s := range a.query.Scope {
		table, err := a.binder.scope(a.ctx, s.Columns)
		if err != nil {
			return "", err
		}
		alias := s.Alias
		if alias == "" {
			alias = "scope" + strconv.Itoa(i)
		}
		parts = append(parts, quote(table)+" AS "+quote(alias))
	}
	if len(parts) == 0 {
		return "", nil
	}
	return " FROM " + strings.Join(parts, ", "), nil
}

func (a *analysis) checkWant(have schema.Type) {
	want := a.query.Want
	if want == nil || have.Kind == schema.Null {
		return
	}
	if want.Kind == schema.Bool && have.Kind != schema.Bool {
		start := len(a.text) - len(strings.TrimLeft(a.text, " \t\r\n"))
		a.notCondition(start, len(strings.TrimSpace(a.text)), have.String())
		return
	}
	if !castable(have.Kind, want.Kind) {
		a.fail(0, len(a.text), "sql.type", "Wrong type", "This gives %s; %s is wanted.", have, want)
	}
}

// castable reports whether a cast can ever work.
func castable(have, want schema.Kind) bool {
	number := func(k schema.Kind) bool { return k == schema.Int64 || k == schema.Decimal || k == schema.Double }
	moment := func(k schema.Kind) bool {
		return k == schema.Date || k == schema.Timestamp || k == schema.TimestampTZ
	}
	switch {
	case have == want, have == schema.String, want == schema.String, have == schema.JSON, want == schema.JSON, want == schema.Null:
		return true
	case number(have) && number(want), moment(have) && moment(want), have == schema.Bool && number(want):
		return true
	}
	return want == schema.Time && (have == schema.Timestamp || have == schema.TimestampTZ)
}

// describe prepares a statement and gives its columns. A failure is DuckDB's own message.
func (b *binder) describe(ctx context.Context, statement string) ([]schema.Column, error) {
	st, err := b.c.prepare(ctx, statement, nil)
	if err != nil {
		return nil, err
	}
	defer db.DestroyPrepare(&st)
	columns := make([]schema.Column, db.PreparedStatementColumnCount(st))
	for i := range columns {
		kind := db.PreparedStatementColumnLogicalType(st, db.IdxT(i))
		columns[i] = schema.Column{Name: db.PreparedStatementColumnName(st, db.IdxT(i)), Type: typeOf(kind)}
		db.DestroyLogicalType(&kind)
	}
	return columns, nil
}

// typeOf is the column type that holds the values of a DuckDB type.
func typeOf(t db.LogicalType) schema.Type {
	switch id := db.GetTypeId(t); id {
	case db.TypeBoolean:
		return schema.Type{Kind: schema.Bool}
	case db.TypeTinyInt, db.TypeSmallInt, db.TypeInteger, db.TypeBigInt, db.TypeUTinyInt, db.TypeUSmallInt, db.TypeUInteger:
		return schema.Type{Kind: schema.Int64}
	case db.TypeUBigInt:
		return schema.Type{Kind: schema.Decimal, Precision: 20}
	case db.TypeHugeInt, db.TypeUHugeInt:
		return schema.Type{Kind: schema.Decimal, Precision: 38}
	case db.TypeFloat, db.TypeDouble:
		return schema.Type{Kind: schema.Double}
	case db.TypeDecimal:
		return schema.Type{Kind: schema.Decimal, Precision: int(db.DecimalWidth(t)), Scale: int(db.DecimalScale(t))}
	case db.TypeDate:
		return schema.Type{Kind: schema.Date}
	case db.TypeTime, db.TypeTimeTZ, db.TypeTimeNS:
		return schema.Type{Kind: schema.Time}
	case db.TypeTimestamp, db.TypeTimestampS, db.TypeTimestampMS, db.TypeTimestampNS:
		return schema.Type{Kind: schema.Timestamp}
	case db.TypeTimestampTZ:
		return schema.Type{Kind: schema.TimestampTZ}
	case db.TypeBlob, db.TypeBit:
		return schema.Type{Kind: schema.Bytes}
	case db.TypeVarchar:
		if db.LogicalTypeGetAlias(t) == "JSON" {
			return schema.Type{Kind: schema.JSON}
		}
		return schema.Type{Kind: schema.String}
	case db.TypeList, db.TypeStruct, db.TypeMap, db.TypeArray, db.TypeUnion:
		return schema.Type{Kind: schema.JSON}
	case db.TypeSQLNull, db.TypeInvalid:
		return schema.Type{}
	}
	return schema.Type{Kind: schema.String}
}

// bindError turns the binder's message into a problem at its place.
func (a *analysis) bindError(err error, before int) {
	var told struct {
		Type     string `json:"exception_type"`
		Message  string `json:"exception_message"`
		Position string `json:"position"`
		Subtype  string `json:"error_subtype"`
		Name     string `json:"name"`
		Call     string `json:"call"`
	}
	message := rawMessage(err)
	if json.Unmarshal([]byte(message), &told) != nil {
		a.fail(0, len(a.text), "sql.bind", "SQL cannot be used", "%s.", sentence(message))
		return
	}
	at, length := 0, len(a.text)
	if position, err := strconv.Atoi(told.Position); err == nil {
		at = max(0, min(a.original(position-before), len(a.text)))
		length = a.tokenAt(at)
	}
	switch {
	case told.Subtype == "COLUMN_NOT_FOUND":
		a.unknown(told.Name, a.candidates(), at, length)
	case told.Subtype == "NO_MATCHING_FUNCTION":
		call := strings.NewReplacer("INTEGER_LITERAL", "INTEGER", "STRING_LITERAL", "VARCHAR").Replace(told.Call)
		a.fail(at, length, "sql.type", "Wrong type", "%s cannot be used with these types: %s. Convert a value with CAST(… AS …).", told.Name, call)
	case told.Type == "Conversion":
		a.fail(at, length, "sql.type", "Wrong type", "%s.", sentence(told.Message))
	case noColumn.MatchString(told.Message):
		m := noColumn.FindStringSubmatch(told.Message)
		if i := strings.Index(a.text[at:], "."); i >= 0 {
			at += i + 1
		}
		a.unknown(m[1], a.candidates(), at, a.tokenAt(at))
	default:
		first, _, _ := strings.Cut(told.Message, "\n")
		a.fail(at, length, "sql.bind", "SQL cannot be used", "%s.", sentence(first))
	}
}

var noColumn = regexp.MustCompile(`^Table ".*" does not have a column named "(.*)"`)

// candidates are all columns in sight.
func (a *analysis) candidates() []string {
	var names []string
	for _, s := range a.query.Scope {
		names = append(names, schema.Names(s.Columns)...)
	}
	for _, name := range slices.Sorted(maps.Keys(a.query.Relations)) {
		names = append(names, schema.Names(a.query.Relations[name])...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// sentence begins with a capital and has no full stop.
func sentence(message string) string {
	message = strings.TrimRight(strings.Join(strings.Fields(message), " "), ".!")
	for i, r := range message {
		if i == 0 {
			return string(unicode.ToUpper(r)) + message[len(string(r)):]
		}
	}
	return message
}
