package ingest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/host"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Env is what a load needs from outside.
type Env struct {
	Store     warehouse.Store
	State     *state.State
	Connector host.Connector // of the stream's source, running
	AsOf      time.Time
	ArgRange  func(address addr.Address, path []string) *diag.Range // where an argument of a connector stands; may be nil
	Progress  func(address string, p wire.Progress)                 // may be nil
	Allow     func(guard, address string) bool                      // may be nil: nothing is let through
}

// Counts of a load. Extracted = Inserted + Updated + Unchanged + Deduplicated + Filtered + Rejected.
type Counts struct {
	Extracted    int64 `json:"extracted"`
	Inserted     int64 `json:"inserted"`
	Updated      int64 `json:"updated"`
	Unchanged    int64 `json:"unchanged"`
	Deduplicated int64 `json:"deduplicated"`
	Filtered     int64 `json:"filtered"`
	Rejected     int64 `json:"rejected"`
	Deleted      int64 `json:"deleted"`
}

// Balanced reports whether every record that came is accounted for.
func (c Counts) Balanced() bool {
	return c.Extracted == c.Inserted+c.Updated+c.Unchanged+c.Deduplicated+c.Filtered+c.Rejected
}

// Result is a load, computed and not yet published. It survives JSON as long as the scratch it points into.
type Result struct {
	Address       string            `json:"address"`
	Source        string            `json:"source"`
	Stream        string            `json:"stream"`
	Table         warehouse.Table   `json:"table"`
	Columns       []schema.Column   `json:"columns"` // what readers of the table see
	Counts        Counts            `json:"counts"`
	Unchanged     bool              `json:"unchanged"` // the source said that nothing changed: nothing was read
	Changed       bool              `json:"changed"`   // what readers of the table see changes
	First         bool              `json:"first"`     // nothing was loaded before
	SchemaChanges []SchemaChange    `json:"schema_changes,omitempty"`
	Rejects       []string          `json:"rejects,omitempty"` // what was set aside, by kind, without values
	Verdicts      []guard.Verdict   `json:"verdicts,omitempty"`
	Deltas        []warehouse.Delta `json:"deltas,omitempty"` // the raw table, then rejects
	Cursor        state.Cursor      `json:"cursor"`           // what to record once published
	CursorFrom    string            `json:"cursor_from,omitempty"`
	Record        bool              `json:"record"` // a load record is due

	reading    host.Reading
	checkpoint *wire.Checkpoint
}

// Blocked reports whether a guard or the contract stands in the way: nothing of this load may be published.
func (r *Result) Blocked() bool {
	return slices.ContainsFunc(r.Verdicts, func(v guard.Verdict) bool { return v.Status == guard.Blocked })
}

// Empty reports whether there is nothing to publish.
func (r *Result) Empty() bool { return !r.Record && len(r.Deltas) == 0 && r.checkpoint == nil }

// Close ends the reading. Publish does so too.
func (r *Result) Close() error {
	if r == nil || r.reading == nil {
		return nil
	}
	reading := r.reading
	r.reading = nil
	return reading.Close()
}

// computing is one load under way.
type computing struct {
	env      Env
	spec     *Spec
	feed     *feed
	rejects  *rejects
	before   state.Cursor
	table    []schema.Column // columns the table has, of the source's own; nil: none yet
	recast   []recast        // columns whose pins say another type than the table has
	rebuild  bool            // the table is another one than the block says: it is made anew
	reset    bool            // the block says something else than when it was read: read from the start
	agreed   agreement
	step     step
	result   *Result
	wasEmpty bool
}

// Compute reads a stream and compares it with its table. It writes scratch only and stages its delta. With errors the
// result is nil or blocked. Other than of its like in other features there is no error beside: whatever goes wrong is told at
// the line that asked for the stream.
func Compute(ctx context.Context, env Env, spec *Spec) (*Result, diag.Diagnostics) {
	c := begin(env, spec)
	ds := c.run(ctx)
	if ds.HasErrors() && !c.result.Blocked() {
		_ = c.result.Close()
		return nil, ds
	}
	return c.result, ds
}

func begin(env Env, spec *Spec) *computing {
	c := &computing{env: env, spec: spec}
	c.before = env.State.Cursors[spec.Address]
	applied, known := env.State.Applied[spec.Address]
	c.reset = known && applied.Fingerprint != spec.Fingerprint
	c.table, c.recast = repin(c.before.Columns, spec.Pinned)
	c.rebuild = c.before.Shape != "" && (c.before.Shape != spec.Shape || len(c.before.Columns) == 0)
	if c.rebuild {
		c.table, c.recast = nil, nil
	}
	name := spec.Table(nil).String()
	c.wasEmpty = c.rebuild || !env.State.Tables[name]
	c.rejects = newRejects(env.Store, work("work", spec.Address, ".rejects"))
	c.result = &Result{Address: spec.Address, Source: spec.Source, Stream: spec.Name, First: c.before.Shape == "", CursorFrom: c.before.Value}
	return c
}

func (c *computing) run(ctx context.Context) diag.Diagnostics {
	ds, ready := c.enter(ctx)
	if !ready || ds.HasErrors() {
		return ds
	}
	c.feed.arrange(c.agreed.staged(), c.step.Scoped, true)
	_, err := c.env.Store.Load(ctx, c.step.In, c.feed)
	c.feed.drop()
	if c.feed.err != nil {
		err = c.feed.err
	}
	if err != nil {
		return append(ds, c.failed(err))
	}
	if c.feed.unchanged && c.feed.rows == 0 {
		return append(ds, c.unchanged(ctx)...)
	}
	if err := c.compare(ctx); err != nil {
		return append(ds, c.failed(err))
	}
	ds = append(ds, c.told()...)
	ds = append(ds, c.judge(ctx)...)
	if c.result.Blocked() {
		return ds
	}
	if err := c.env.Store.Stage(ctx, c.staged()...); err != nil {
		return append(ds, c.failed(err))
	}
	return ds
}

// enter opens the reading and agrees on columns. ready is false if there is nothing to read.
func (c *computing) enter(ctx context.Context) (ds diag.Diagnostics, ready bool) {
	if err := c.carry(ctx); err != nil {
		return diag.Diagnostics{c.failed(err)}, false
	}
	if ds = c.open(ctx); ds.HasErrors() {
		return ds, false
	}
	if c.feed.opened == nil || c.feed.unchanged {
		return c.unchanged(ctx), false
	}
	ds = append(c.told(), c.agree(ctx)...)
	return ds, true
}

// open starts the reading and reads up to the schema.
func (c *computing) open(ctx context.Context) diag.Diagnostics {
	reading, err := c.env.Connector.Read(ctx, c.request())
	if err != nil {
		return diag.Diagnostics{c.failed(err)}
	}
	c.result.reading = reading
	c.feed = &feed{ctx: ctx, reading: reading, rejects: c.rejects}
	if c.env.Progress != nil {
		c.feed.progress = func(p *wire.Progress) { c.env.Progress(c.spec.Address, *p) }
	}
	if err := c.feed.open(); err != nil {
		return diag.Diagnostics{c.failed(err)}
	}
	return nil
}

func (c *computing) request() wire.ReadRequest {
	req := wire.ReadRequest{
		Call: c.spec.call(), Stream: c.spec.Name, Columns: slices.Clone(c.spec.Pinned), Lag: c.spec.Lag,
		Full: c.spec.Mode == FullRefresh, Batch: wire.BatchLimits{Rows: 65536, Bytes: 4 << 20},
	}
	for _, column := range c.table {
		if column.Type.Kind == schema.Null {
			continue
		}
		req.Kept = append(req.Kept, column)
		if c.spec.looks(column.Type) {
			continue // what is only kept the connector may give as a wider type
		}
		if _, ok := schema.Find(req.Columns, column.Name); !ok {
			req.Columns = append(req.Columns, column)
		}
	}
	if c.reset || c.rebuild || len(c.recast) > 0 {
		return req
	}
	req.State = c.before.State
	if c.spec.Mode == Incremental {
		req.Cursor = c.before.Value
	}
	return req
}

// call is what the source is asked. Connectors set aside records without a key, where they stand in the source. Of a
// stream with a filter they are not told the key: what the filter leaves out may lack it.
func (s *Spec) call() wire.Call {
	call := s.stream.Source.Call
	if s.filter.Value == "" || !s.keyed() {
		return call
	}
	call.Streams = slices.Clone(call.Streams)
	for i := range call.Streams {
		if call.Streams[i].Name == s.Name {
			call.Streams[i].PrimaryKey = nil
		}
	}
	return call
}

// unchanged ends a load that had nothing to read.
func (c *computing) unchanged(ctx context.Context) diag.Diagnostics {
	if err := c.feed.drain(); err != nil {
		return diag.Diagnostics{c.failed(err)}
	}
	c.result.Unchanged = true
	c.result.Columns = c.before.Columns
	c.result.Table = c.spec.Table(c.before.Columns)
	c.result.Cursor = c.before
	if c.feed.checkpoint != nil && string(c.feed.checkpoint.State) != string(c.before.State) {
		c.checkpointed()
	}
	ds := c.told()
	c.judgeAge()
	ds = append(ds, c.blockedWords()...)
	if err := c.env.Store.Declare(ctx, c.result.Table); err != nil {
		return append(ds, c.failed(err))
	}
	return ds
}

// checkpointed notes the connector's state to keep.
func (c *computing) checkpointed() {
	c.result.checkpoint = c.feed.checkpoint
	c.result.Cursor.State = c.feed.checkpoint.State
}

// told is what the connector has to say to the user.
func (c *computing) told() diag.Diagnostics {
	var ds diag.Diagnostics
	if c.feed.opened != nil {
		for _, text := range c.feed.opened.Detection {
			ds = append(ds, diag.NewWarning("stream.detection", "Column kept as text", text, &c.spec.Range).About(c.spec.Address))
		}
		c.feed.opened.Detection = nil
	}
	for _, n := range c.feed.notices {
		ds = append(ds, diag.NewWarning("source.notice", n.Summary, n.Detail, &c.spec.Range).About(c.spec.Address))
	}
	c.feed.notices = nil
	return ds
}

// agree checks the columns that arrive and settles the table's.
func (c *computing) agree(ctx context.Context) diag.Diagnostics {
	arriving := c.feed.opened.Columns
	ds := c.spec.checkNames(arriving, c.table)
	if len(arriving) > 0 {
		ds = append(ds, c.spec.checkColumns(arriving)...)
	}
	if ds.HasErrors() {
		return ds
	}
	c.agreed = c.spec.agree(arriving, c.table)
	c.agreed.changes = append(c.repinned(), c.agreed.changes...)
	if err := c.holdWidened(ctx); err != nil {
		return append(ds, c.failed(err))
	}
	c.result.SchemaChanges = c.agreed.changes
	if len(c.agreed.blocked) > 0 {
		verdict, broken := c.spec.contractBroken(c.agreed.blocked)
		c.result.SchemaChanges = append(c.result.SchemaChanges, c.agreed.blocked...)
		c.result.Verdicts = append(c.result.Verdicts, verdict)
		return append(ds, broken...)
	}
	c.result.Columns = c.agreed.own
	c.result.Table = c.spec.Table(c.agreed.own)
	c.prepare()
	if c.spec.filter.Value != "" && len(arriving) > 0 {
		analysis, problems := c.spec.checkFilter(ctx, c.agreed.tabled())
		if ds = append(ds, problems...); ds.HasErrors() {
			return ds
		}
		c.step.Filter = analysis.SQL
	}
	if err := c.env.Store.Declare(ctx, c.result.Table); err != nil {
		return append(ds, c.failed(err))
	}
	return ds
}

// failed tells the user what went wrong, at the line that asked for it.
func (c *computing) failed(err error) diag.Diagnostic { return explain(c.env, c.spec, err) }

// staged are the deltas readers of the raw table are to see.
func (c *computing) staged() []warehouse.Delta {
	for _, d := range c.result.Deltas {
		if d.Table.String() == c.result.Table.String() {
			return []warehouse.Delta{d}
		}
	}
	return nil
}

func (c *computing) count(ctx context.Context, name string, into ...*int64) error {
	return statements.Counts(ctx, c.env.Store, name, c.step, into...)
}

func (c *computing) do(ctx context.Context, names ...string) error {
	if err := statements.Do(ctx, c.env.Store, c.step, names...); err != nil {
		return fmt.Errorf("comparing %s: %w", c.spec.Address, err)
	}
	return nil
}
