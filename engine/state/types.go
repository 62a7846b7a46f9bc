package state

import (
	"encoding/json"
	"maps"
	"slices"
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
	Allowed      []string // guards let through by name
	Overridden   []string // guards that a block's own limit let through: address, guard, reason
	ApprovedBy   string
}

// State is what the warehouse remembered when the command began.
type State struct {
	Exists  bool   // the warehouse has been written before
	UUID    string // of the warehouse
	Format  int    // version of _cdp's tables
	Applied map[string]Applied
	LetGo   map[string]string          // definitions of blocks no longer in force whose tables or records stay, by address
	Cursors map[string]Cursor          // by stream address
	Serials map[string]int64           // newest commit serial that changed a table, by "schema.table"
	Serial  int64                      // newest commit
	Settled int64                      // commit up to which every block has been brought up to date
	Tables  map[string]bool            // the tables there are, by "schema.table"; true: there may be rows in it. Rows counts them
	Columns map[string][]schema.Column // columns of each table and view there is, as the warehouse has them, by "schema.table"
	Plans   map[string]PlanUse         // saved plans that were carried out, or begun, by plan id
	LastRun *RunRecord
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

// Definition is how a block was defined that is in force, or was let go.
func (s *State) Definition(address string) string {
	if a, inForce := s.Applied[address]; inForce {
		return a.Definition
	}
	return s.LetGo[address]
}

// Defined are the blocks that are in force or were let go, in order of address.
func (s *State) Defined() []string {
	all := slices.AppendSeq(slices.Collect(maps.Keys(s.Applied)), maps.Keys(s.LetGo))
	slices.Sort(all)
	return slices.Compact(all)
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

// PlanUse says that a saved plan, made on commit Serial, was taken up by an apply. One that was cut off has no DoneAt: the
// same plan may be applied again, to the same end.
type PlanUse struct {
	PlanID          string
	Serial          int64
	RunID           string
	BegunAt, DoneAt time.Time
	ApprovedBy      string
	Drift           string // what moved since the approval, a line each
}

// RunRecord is a row of _cdp.runs.
type RunRecord struct {
	RunID, Command, ConfigDigest, Status, PlanID string
	AsOf, StartedAt, EndedAt                     time.Time
	ExitCode                                     int
	Allowed, ApprovedBy, Overridden              string
}
