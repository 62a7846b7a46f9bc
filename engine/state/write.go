package state

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

func row(t warehouse.Table, key []any, values ...any) warehouse.Delta {
	return warehouse.Delta{Table: t, Gone: [][]any{key}, Rows: [][]any{values}, Inserted: 1}
}

// maybe turns what is not there into null.
func maybe[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UTC().Truncate(time.Microsecond)
}

// RunStarted records that a run is under way, and makes the tables that users may rely on. It is published alone, before
// the first node.
func (s *State) RunStarted(run Run) []warehouse.Delta {
	var deltas []warehouse.Delta
	for _, t := range documented() {
		deltas = append(deltas, warehouse.Delta{Table: t}) // empty until there is something in it, but there to be asked
	}
	return append(append(deltas, s.metaDeltas()...), runRow(run, "running", nil, time.Time{}))
}

// RunEnded records how a run ended. status is "done", "partial", "blocked", "failed" or "interrupted".
func (s *State) RunEnded(run Run, status string, exitCode int, ended time.Time) []warehouse.Delta {
	return append(s.metaDeltas(), runRow(run, status, int64(exitCode), ended))
}

// runRow is a run as it stands in the log. exitCode is nil, ended zero, while it is under way.
func runRow(r Run, status string, exitCode any, ended time.Time) warehouse.Delta {
	return row(Runs, []any{r.ID}, r.ID, r.Command, maybe(r.ConfigDigest), moment(r.AsOf), moment(r.StartedAt), moment(ended),
		status, exitCode, maybe(r.PlanID), maybe(strings.Join(r.Allowed, ", ")), maybe(r.ApprovedBy), maybe(strings.Join(r.Overridden, "\n")))
}

// Commit gives the records that every publication carries: the next serial, who committed what, and on a new warehouse its
// identity. tables are "schema.table", those whose rows changed.
func (s *State) Commit(run Run, address string, tables ...string) []warehouse.Delta {
	tables = slices.Compact(slices.Sorted(slices.Values(tables)))
	s.Serial++
	list, _ := json.Marshal(append([]string{}, tables...)) // strings always marshal
	deltas := append(s.metaDeltas(), row(commits, []any{s.Serial}, s.Serial, run.ID, address, string(list), moment(time.Now())))
	changed := warehouse.Delta{Table: serials, Inserted: int64(len(tables)) + 1}
	for _, name := range append(tables, newest) {
		s.Serials[name] = s.Serial
		changed.Gone = append(changed.Gone, []any{name})
		changed.Rows = append(changed.Rows, []any{name, s.Serial})
	}
	return append(deltas, changed)
}

// newest stands in _cdp.serials for the newest commit whatever it changed.
const newest = ""

// metaDeltas name the warehouse, once.
func (s *State) metaDeltas() []warehouse.Delta {
	if s.Exists {
		return nil
	}
	d := warehouse.Delta{Table: meta}
	for _, kv := range [][2]string{{"format", strconv.Itoa(Format)}, {"uuid", s.UUID}} {
		d.Gone = append(d.Gone, []any{kv[0]})
		d.Rows = append(d.Rows, []any{kv[0], kv[1]})
	}
	return []warehouse.Delta{d}
}

// Settle records that every block has been brought up to date with all commits until now. A run that was killed, or that
// left something blocked or failed, does not: the next one computes again whatever reads what changed since.
func (s *State) Settle() []warehouse.Delta {
	if s.Settled == s.Serial {
		return nil
	}
	s.Settled = s.Serial
	return []warehouse.Delta{row(meta, []any{"settled"}, "settled", strconv.FormatInt(s.Serial, 10))}
}

// SetCursor records how far a stream was read.
func (s *State) SetCursor(c Cursor) []warehouse.Delta {
	columns, err := encodeColumns(c.Columns)
	if err != nil {
		columns = "[]" // unreachable: names and type texts always marshal
	}
	s.Cursors[c.Stream] = withTypes(c)
	var connector any
	if len(c.State) > 0 {
		connector = string(c.State)
	}
	return []warehouse.Delta{row(cursors, []any{c.Stream}, c.Stream, maybe(c.Value), connector, maybe(c.Shape), columns, maybe(c.LoadID),
		moment(c.LoadedAt))}
}

// RemoveCursor forgets how far a stream was read.
func (s *State) RemoveCursor(stream string) []warehouse.Delta {
	delete(s.Cursors, stream)
	return []warehouse.Delta{{Table: cursors, Gone: [][]any{{stream}}, Deleted: 1}}
}

// SetApplied records blocks as they are in force.
func (s *State) SetApplied(blocks ...Applied) []warehouse.Delta {
	if len(blocks) == 0 {
		return nil
	}
	d := warehouse.Delta{Table: AppliedTable, Inserted: int64(len(blocks))}
	addresses := make([]string, len(blocks))
	for i, a := range blocks {
		s.Applied[a.Address], addresses[i] = a, a.Address
		d.Gone = append(d.Gone, []any{a.Address})
		d.Rows = append(d.Rows, []any{a.Address, a.Fingerprint, a.Definition, maybe(a.Salt), maybe(a.ConfigDigest), maybe(a.AppliedRun), moment(a.AsOf)})
	}
	return append([]warehouse.Delta{d}, s.forgetLetGo(addresses...)...)
}

// RemoveApplied forgets blocks that are no longer in force, and of which nothing is left.
func (s *State) RemoveApplied(addresses ...string) []warehouse.Delta {
	return append(s.noLonger(addresses), s.forgetLetGo(addresses...)...)
}

// Release takes blocks out of force whose tables, or whose records in a tool, stay. How they were defined is kept: they may
// be told to go later.
func (s *State) Release(run Run, addresses ...string) []warehouse.Delta {
	if len(addresses) == 0 {
		return nil
	}
	d := warehouse.Delta{Table: letGo, Inserted: int64(len(addresses))}
	for _, address := range addresses {
		s.LetGo[address] = s.Applied[address].Definition
		d.Gone = append(d.Gone, []any{address})
		d.Rows = append(d.Rows, []any{address, s.LetGo[address], maybe(run.ID), moment(run.StartedAt)})
	}
	return append(s.noLonger(addresses), d)
}

func (s *State) noLonger(addresses []string) []warehouse.Delta {
	if len(addresses) == 0 {
		return nil
	}
	d := warehouse.Delta{Table: AppliedTable, Deleted: int64(len(addresses))}
	for _, address := range addresses {
		delete(s.Applied, address)
		d.Gone = append(d.Gone, []any{address})
	}
	return []warehouse.Delta{d}
}

// forgetLetGo forgets of blocks that they were let go: they are in force again, or gone for good.
func (s *State) forgetLetGo(addresses ...string) []warehouse.Delta {
	d := warehouse.Delta{Table: letGo}
	for _, address := range addresses {
		if _, ok := s.LetGo[address]; ok {
			delete(s.LetGo, address)
			d.Gone = append(d.Gone, []any{address})
			d.Deleted++
		}
	}
	if d.Deleted == 0 {
		return nil
	}
	return []warehouse.Delta{d}
}

// UsePlan records that an apply takes up a saved plan, or has carried it out.
func (s *State) UsePlan(u PlanUse) []warehouse.Delta {
	s.Plans[u.PlanID] = u
	return []warehouse.Delta{row(plans, []any{u.PlanID, u.Serial}, u.PlanID, u.Serial, u.RunID, moment(u.BegunAt), moment(u.DoneAt), maybe(u.ApprovedBy), maybe(u.Drift))}
}

// LoadRecord is a row of _cdp.loads.
type LoadRecord struct {
	LoadID, RunID, Source, Stream                                                      string
	Extracted, Inserted, Updated, Unchanged, Deduplicated, Filtered, Rejected, Deleted int64
	CursorFrom, CursorTo                                                               string
	CommittedAt                                                                        time.Time
}

// AddLoad records a load.
func (s *State) AddLoad(l LoadRecord) []warehouse.Delta {
	return []warehouse.Delta{row(Loads, []any{l.LoadID}, l.LoadID, l.RunID, l.Source, l.Stream, l.Extracted, l.Inserted, l.Updated, l.Unchanged,
		l.Deduplicated, l.Filtered, l.Rejected, l.Deleted, maybe(l.CursorFrom), maybe(l.CursorTo), moment(l.CommittedAt))}
}

type storedColumn struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func encodeColumns(columns []schema.Column) (string, error) {
	stored := make([]storedColumn, len(columns))
	for i, c := range columns {
		stored[i] = storedColumn{c.Name, c.Type.String()}
	}
	text, err := json.Marshal(stored)
	return string(text), err
}

func decodeColumns(text string) ([]schema.Column, error) {
	var stored []storedColumn
	if err := json.Unmarshal([]byte(text), &stored); err != nil {
		return nil, fmt.Errorf("reading columns of a stream: %w", err)
	}
	columns := make([]schema.Column, len(stored))
	for i, c := range stored {
		t, err := schema.ParseType(c.Type)
		if err != nil {
			return nil, fmt.Errorf("reading columns of a stream: %w", err)
		}
		columns[i] = schema.Column{Name: c.Name, Type: t}
	}
	return columns, nil
}

func withTypes(c Cursor) Cursor {
	c.Types = map[string]string{}
	for _, column := range c.Columns {
		if column.Type.Kind != schema.Null {
			c.Types[column.Name] = column.Type.String()
		}
	}
	return c
}
