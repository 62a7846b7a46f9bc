package warehouse

import (
	"context"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Store is a warehouse as one command sees it: a scratch database to compute in, and the warehouse itself, read-only.
//
// Names without a catalogue resolve in scratch. For every declared table, scratch has
//   - "<schema>"."<table>": what readers of the table see: the warehouse's rows, minus staged deletes, plus staged inserts,
//     only Live rows, without bookkeeping columns (Table.Hidden). User SQL reads these.
//   - "now"."<schema>.<table>": the same with all rows and all columns.
//   - "was"."<schema>.<table>": the warehouse's rows before this command, all columns of the declaration (missing ones
//     null), empty if the table does not exist yet.
//
// Features put their working tables into schema "work" and their deltas into schema "delta".
type Store interface {
	Dialect() sqlgen.Dialect
	// Run runs one statement in scratch and returns the rows it changed.
	Run(ctx context.Context, s sqlgen.Statement) (int64, error)
	// Read streams the result of a query. Release the reader.
	Read(ctx context.Context, s sqlgen.Statement) (array.RecordReader, error)
	// Load creates a table in scratch from a stream of batches and returns its rows.
	Load(ctx context.Context, into sqlgen.Relation, from array.RecordReader) (int64, error)
	// Declare makes tables known, see above. Declaring again with other columns replaces the views.
	Declare(ctx context.Context, tables ...Table) error
	// Declared is a table as it was declared last, by "schema.table".
	Declared(name string) (Table, bool)
	// Rename shows the warehouse's tables under other names from now on, and what was declared with them. Publication.Renames
	// carries it out. Naming a table again replaces what was said of it.
	Rename(ctx context.Context, renames ...Rename) error
	// Stage adds deltas to what readers of their tables see. One delta per table.
	Stage(ctx context.Context, deltas ...Delta) error
	Publisher
	Close() error
}

// Publisher changes the warehouse.
type Publisher interface {
	// Promote ends computing: the warehouse is attached for writing (created if absent). Scratch stays readable.
	Promote(ctx context.Context) error
	// Publish makes the deltas visible as one, or not at all. Before Promote it is an error.
	Publish(ctx context.Context, p Publication) error
	// Checkpoint folds the write-ahead log into the file.
	Checkpoint(ctx context.Context) error
}

// Table is a table the engine keeps in the warehouse.
type Table struct {
	Schema, Name string
	Columns      []schema.Column // all of them, in order
	Key          []string        // columns that a Delta's Delete relation has; rows with an equal key are deleted (null equals null)
	Hidden       []string        // bookkeeping columns that user SQL does not see
	Live         string          // condition, in portable SQL over its columns, for rows that user SQL sees; empty: all
}

// String is schema.table.
func (t Table) String() string { return t.Schema + "." + t.Name }

// Relation is the table as readers see it.
func (t Table) Relation() sqlgen.Relation { return sqlgen.Relation{Schema: t.Schema, Name: t.Name} }

// Now is the table with staged changes, all rows and columns.
func (t Table) Now() sqlgen.Relation { return sqlgen.Relation{Schema: "now", Name: t.String()} }

// Was is the table before this command.
func (t Table) Was() sqlgen.Relation { return sqlgen.Relation{Schema: "was", Name: t.String()} }

// Delta is a change of one table: rows whose key is in Delete go, rows of Insert come (both may name the same key: an
// update). Insert has columns of the table by name; columns it lacks take Fill's value, else null.
type Delta struct {
	Table   Table
	Insert  sqlgen.Relation // scratch; zero: none
	Delete  sqlgen.Relation // scratch, columns = Table.Key; zero: none
	Rows    [][]any         // rows to insert from Go, in the order of Table.Columns: small state records
	Gone    [][]any         // keys to delete from Go, in the order of Table.Key
	Replace bool            // all rows of the table go first
	Drop    bool            // the table goes
	View    string          // the table is a view with this SELECT (models)
	Fill    map[string]any  // run-time values: run id, load id, times

	Inserted, Deleted int64 // rows of Insert and Delete, for counts; informative
	// Stream inserts rows straight from a reader inside the publish transaction, instead of Insert.
	Stream array.RecordReader
}

// Publication is what becomes visible as one: first Renames, then Deltas. Then runs inside the transaction after Deltas were written and may look at
// them; what it returns is written too; an error rolls everything back.
type Publication struct {
	Renames []Rename
	Deltas  []Delta
	Then    func(ctx context.Context, in Reader) ([]Delta, error)
}

// Reader is what results are read from: a Store, or a publish transaction, in which catalogue "wh" is the warehouse with the
// uncommitted rows.
type Reader interface {
	Dialect() sqlgen.Dialect
	Read(ctx context.Context, s sqlgen.Statement) (array.RecordReader, error)
}

// Analyzer parses and binds user SQL with the engine's own parser, without data.
type Analyzer interface {
	// Analyze checks q: parse, allow-list, relations, columns, types. Problems carry offsets into q.Text.Value.
	Analyze(ctx context.Context, q Query) (Analysis, []Problem)
	Close() error
}

// Foresighted is an Analyzer that may be told what it will be asked: it parses many texts at once in a fraction of the time
// they take one by one. It is an advice: Analyze gives the same answers without.
type Foresighted interface {
	// Foresee parses the texts of queries; only Text and Select are looked at.
	Foresee(ctx context.Context, queries []Query)
}

// Query is a user's expression or SELECT and what it may see.
type Query struct {
	Text   diag.Text
	Select bool // one SELECT; else an expression
	// Scope is what an expression sees: relations by alias (empty alias: bare names). Columns nil: not known yet, names are not
	// checked. as_of is always known.
	Scope []Scope
	// Relations are the tables a SELECT may name, by their rendered text's parts "schema.table".
	Relations map[string][]schema.Column
	Aggregate bool         // aggregate functions are allowed
	Want      *schema.Type // type the result must cast to; nil: any. Bool for conditions
}

// Scope is one relation an expression sees.
type Scope struct {
	Alias   string
	Columns []schema.Column
	Open    bool // columns are not known: any name is taken
}

// Analysis is what is known of a good query.
type Analysis struct {
	// SQL is the text to embed: as_of replaced by the placeholder {{as_of}} of sqlgen's fragment, a bare name that is exactly a
	// column quoted. Spans map it back.
	SQL     diag.Text
	Columns []schema.Column // of a SELECT; for an expression one column; types nil (Null) where not known
	Uses    []string        // columns it reads, "alias.column" or "column", sorted
	AsOf    bool            // it depends on the clock
	// Aggregate says that an expression has an aggregate function, outside of sub-selects.
	Aggregate bool
	// Aggregates are the aggregate calls of an expression, in order, as places in SQL.Value: a FILTER clause may be written at
	// End (just after the closing parenthesis) unless the call has one already.
	Aggregates []AggregateCall
	// Canonical is the same meaning with white space, comments and letter case of keywords made equal: for fingerprints.
	Canonical string
	// Doubts are worth a warning: the query is taken, and hardly does what is meant.
	Doubts []Problem
}

// AggregateCall is one call of an aggregate function in Analysis.SQL.Value.
type AggregateCall struct {
	Start, End int
	Filtered   bool // it has a FILTER clause of its own
}

// Problem is a mistake in user SQL. Offset and Length are in the text given.
type Problem struct {
	Code           string // "sql.unknown_column"
	Summary        string
	Detail         string
	Offset, Length int
}
