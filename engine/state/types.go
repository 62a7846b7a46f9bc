package state

import (
	"encoding/json"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// Run is one command that may change the warehouse. What is decided uses AsOf; StartedAt is wall clock.
type Run struct {
	ID           string // ULID
	Command      string // apply, run
	AsOf         time.Time
	StartedAt    time.Time
	ConfigDigest string
	PlanID       string
}

// State is what the warehouse remembered when the command began.
type State struct {
	Exists   bool   // the warehouse has been written before
	UUID     string // of the warehouse
	Format   int    // version of _cdp's tables
	Applied  map[string]Applied
	Cursors  map[string]Cursor          // by stream address
	Serials  map[string]int64           // newest commit serial that changed a table, by "schema.table"
	Serial   int64                      // newest commit
	Settled  int64                      // commit up to which every block has been brought up to date
	Tables   map[string]int64           // rows of each table there is (deleted rows that still take space may be counted), by "schema.table"
	Columns  map[string][]schema.Column // columns of each table and view there is, as the warehouse has them, by "schema.table"
	Consumed map[string]int64           // commit serial of each plan that was carried out, by plan id
	LastRun  *RunRecord
}

// Leaving stands for the fingerprint of a sync that is no longer declared while its records are taken out of its tool.
const Leaving = "leaving"

// Applied is one block as it is in force.
type Applied struct {
	Address      string
	Fingerprint  string // of the block's meaning and of what it is compiled to
	Definition   string // canonical JSON, without secrets
	Salt         string // segments: the salt of holdouts
	ConfigDigest string
	AppliedRun   string
	AsOf         time.Time // clock of its last computation
}

// Cursor is how far a stream was read, and what its connector wants to have back.
type Cursor struct {
	Stream   string          // address
	Value    string          // newest cursor value, canonical text; empty: none
	State    json.RawMessage // the connector's
	LoadedAt time.Time
	LoadID   string
	Shape    string            // what rows of the raw table stand for: key and write mode; other shape, other table
	Columns  []schema.Column   // the raw table's own columns, in order, with those that have no type yet
	Types    map[string]string // type of each of Columns that has one, by name
}

// RunRecord is a row of _cdp.runs.
type RunRecord struct {
	RunID, Command, ConfigDigest, Status, PlanID string
	AsOf, StartedAt, EndedAt                     time.Time
	ExitCode                                     int
}
