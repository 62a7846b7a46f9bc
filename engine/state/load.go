package state

import (
	"context"
	"embed"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

//go:embed sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// NewerFormatError says that a newer cdp wrote the warehouse.
type NewerFormatError struct{ Found, Known int }

func (e *NewerFormatError) Error() string {
	return fmt.Sprintf("the warehouse has format %d, this cdp knows formats up to %d", e.Found, e.Known)
}

// Load reads what the warehouse remembers, and declares the tables of _cdp to the store. A warehouse that does not exist
// gives an empty state with a fresh identity.
func Load(ctx context.Context, store warehouse.Store) (*State, error) {
	s := &State{
		Format: Format, Applied: map[string]Applied{}, LetGo: map[string]string{}, Cursors: map[string]Cursor{}, Serials: map[string]int64{},
		Tables: map[string]bool{}, Columns: map[string][]schema.Column{}, Plans: map[string]PlanUse{},
	}
	if err := store.Declare(ctx, Tables()...); err != nil {
		return nil, fmt.Errorf("declaring the state's tables: %w", err)
	}
	l := loader{ctx: ctx, store: store, state: s}
	if err := l.run(); err != nil {
		return nil, fmt.Errorf("reading the warehouse's state: %w", err)
	}
	return s, nil
}

type loader struct {
	ctx   context.Context
	store warehouse.Store
	state *State
}

func (l *loader) run() error {
	if err := l.rows("rows", meta, l.metaRow); err != nil {
		return err
	}
	if !l.state.Exists {
		l.state.UUID = newUUID()
		return nil
	}
	if l.state.Format > Format {
		return &NewerFormatError{Found: l.state.Format, Known: Format}
	}
	for _, part := range []struct {
		statement string
		table     warehouse.Table
		row       func(fields) error
	}{
		{"rows", AppliedTable, l.appliedRow}, {"rows", cursors, l.cursorRow}, {"rows", serials, l.serialRow},
		{"rows", plans, l.planRow}, {"rows", letGo, l.letGoRow}, {"last_run", Runs, l.runRow}, {"tables", warehouse.Table{}, l.tableRow},
	} {
		if err := l.rows(part.statement, part.table, part.row); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) rows(statement string, t warehouse.Table, each func(fields) error) error {
	data := map[string]any{"Columns": t.Columns, "From": t.Was()}
	return statements.Each(l.ctx, l.store, statement, data, func(r warehouse.Row) error { return each(fields(r)) })
}

// fields is one row, by position.
type fields warehouse.Row

func (f fields) text(column int) string { return warehouse.Text(f[column]) }

func (f fields) number(column int) int64 {
	n, _ := warehouse.Int(f[column])
	return n
}

func (f fields) time(column int) time.Time {
	t, _ := f[column].(time.Time)
	return t
}

func (l *loader) metaRow(f fields) error {
	l.state.Exists = true
	switch f.text(0) {
	case "uuid":
		l.state.UUID = f.text(1)
	case "format":
		n, err := strconv.Atoi(f.text(1))
		if err != nil {
			return fmt.Errorf("format %q is not a number", f.text(1))
		}
		l.state.Format = n
	case "settled":
		n, err := strconv.ParseInt(f.text(1), 10, 64)
		if err != nil {
			return fmt.Errorf("commit %q is not a number", f.text(1))
		}
		l.state.Settled = n
	}
	return nil
}

func (l *loader) appliedRow(f fields) error {
	l.state.Applied[f.text(0)] = Applied{Address: f.text(0), Fingerprint: f.text(1), Definition: f.text(2), Salt: f.text(3),
		ConfigDigest: f.text(4), AppliedRun: f.text(5), AsOf: f.time(6)}
	return nil
}

func (l *loader) letGoRow(f fields) error {
	l.state.LetGo[f.text(0)] = f.text(1)
	return nil
}

func (l *loader) cursorRow(f fields) error {
	c := Cursor{Stream: f.text(0), Value: f.text(1), Shape: f.text(3), LoadID: f.text(5), LoadedAt: f.time(6)}
	if text := f.text(2); text != "" {
		c.State = json.RawMessage(text)
	}
	if text := f.text(4); text != "" {
		var err error
		if c.Columns, err = decodeColumns(text); err != nil {
			return err
		}
	}
	l.state.Cursors[c.Stream] = withTypes(c)
	return nil
}

func (l *loader) serialRow(f fields) error {
	l.state.Serials[f.text(0)] = f.number(1)
	l.state.Serial = max(l.state.Serial, f.number(1))
	return nil
}

func (l *loader) planRow(f fields) error {
	l.state.Plans[f.text(0)] = PlanUse{PlanID: f.text(0), Serial: f.number(1), RunID: f.text(2), BegunAt: f.time(3), DoneAt: f.time(4),
		ApprovedBy: f.text(5), Drift: f.text(6)}
	return nil
}

func (l *loader) runRow(f fields) error {
	l.state.LastRun = &RunRecord{RunID: f.text(0), Command: f.text(1), ConfigDigest: f.text(2), AsOf: f.time(3), StartedAt: f.time(4),
		EndedAt: f.time(5), Status: f.text(6), ExitCode: int(f.number(7)), PlanID: f.text(8), Allowed: f.text(9), ApprovedBy: f.text(10), Overridden: f.text(11)}
	return nil
}

func (l *loader) tableRow(f fields) error {
	name := f.text(0) + "." + f.text(1)
	if f.text(4) != "" { // a view has no rows of its own
		l.state.Tables[name] = f.text(4) != "empty"
	}
	l.state.Columns[name] = append(l.state.Columns[name], schema.Column{Name: f.text(2), Type: typeOf(f.text(3))})
	return nil
}

// Rows counts the rows of a table, exactly: a catalogue's own number counts deleted rows that still take space. A table
// that is not there has none.
func (s *State) Rows(ctx context.Context, in warehouse.Store, table string) (int64, error) {
	if full := s.Tables[table]; !full {
		return 0, nil
	}
	if t, ok := in.Declared(table); ok { // under another name still, where a block was moved
		return Count(ctx, in, t.Was())
	}
	schemaName, name, _ := strings.Cut(table, ".")
	return Count(ctx, in, sqlgen.Relation{Catalog: "wh", Schema: schemaName, Name: name})
}

// Count counts the rows of a relation.
func Count(ctx context.Context, in warehouse.Store, from sqlgen.Relation) (int64, error) {
	n, err := statements.Number(ctx, in, "count", map[string]any{"From": from})
	if err != nil {
		return 0, fmt.Errorf("counting %s.%s: %w", from.Schema, from.Name, err)
	}
	return n, nil
}

// typeOf reads a type as a query engine prints it. Nested values count as JSON, what has no type of ours as text.
func typeOf(text string) schema.Type {
	if t, err := schema.ParseType(text); err == nil {
		return t
	}
	switch {
	case strings.HasSuffix(text, "]"), strings.HasPrefix(text, "STRUCT"), strings.HasPrefix(text, "MAP"):
		return schema.Type{Kind: schema.JSON}
	case text == "HUGEINT", text == "UHUGEINT", text == "UBIGINT":
		return schema.Type{Kind: schema.Decimal, Precision: 38}
	case strings.HasSuffix(text, "INT"), strings.HasSuffix(text, "INTEGER"):
		return schema.Type{Kind: schema.Int64}
	case strings.HasPrefix(text, "TIMESTAMP"):
		return schema.Type{Kind: schema.Timestamp}
	}
	return schema.Type{Kind: schema.String}
}
