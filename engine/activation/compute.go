package activation

import (
	"context"
	"embed"
	"fmt"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/wire"
)

//go:embed sql/*.sql
var files embed.FS

var statements = warehouse.Statements{Set: sqlgen.MustParse(files, "sql")}

// Env is what a computation works with. Touched is taken for its place in the chain: the comparison is one pass over the
// ledger either way, and a key shared with somebody untouched must still be seen.
type Env struct {
	Store   warehouse.Store
	AsOf    time.Time
	Touched warehouse.Touched
	// Readback asks the tool what it has, for syncs that adopt it on their first run; nil: it cannot be asked.
	Readback func(ctx context.Context, req wire.ReadbackRequest, yield func(wire.ReadbackRecord) error) error
}

// Result is what a sync would do: counts here, the operations in scratch.
type Result struct {
	Spec     *Spec
	Counts   Counts
	Invalid  []Invalid       // why rows cannot be sent, most common reasons as counted
	Verdicts []guard.Verdict // of the guards
	Digest   string          // of the set of operations
	Tidy     int64           // ledger rows to put right without sending anything
	Stuck    int64           // unknown records that are sent only with --allow resend:ADDR
	Requests int64           // estimate of requests
	Adopted  int64           // records that the tool had already and that are ours from now on
}

// Counts of a sync in a plan. A customer who comes under another key is one update that takes two operations: the old key
// goes, the new one comes. Rekeyed of the updates are such.
type Counts struct {
	Add, Update, Remove, Unchanged, Invalid, Held int64
	Rekeyed                                       int64
}

// Invalid is one reason why rows cannot be sent.
type Invalid struct {
	Reason string
	Rows   int64
}

// Operations that leave this machine: what a delivery of them reports in the end, delivered or not.
func (r *Result) Operations() int64 {
	return r.Counts.Add + r.Counts.Update + r.Counts.Remove + r.Counts.Rekeyed
}

// Changed reports whether there is something to publish or to send.
func (r *Result) Changed() bool { return r.Operations()+r.Tidy+r.Stuck+r.Adopted > 0 }

// Compute finds what the tool should have, compares it with what it is known to hold, and leaves the operations in
// scratch.
func Compute(ctx context.Context, env Env, spec *Spec) (*Result, diag.Diagnostics, error) {
	c := &computation{ctx: ctx, env: env, spec: *spec, result: &Result{Spec: spec}}
	if err := env.Store.Declare(ctx, state.Ledger); err != nil {
		return nil, nil, fmt.Errorf("declaring the ledger: %w", err)
	}
	for _, step := range []func() error{c.forget, c.farewell, c.types, c.sharedTypes, c.wanted, c.totals, c.adopt, c.compare, c.leaving, c.count, c.digest} {
		if err := step(); err != nil {
			return nil, nil, fmt.Errorf("computing %s: %w", spec.Address, err)
		}
	}
	spec.Key, spec.Fields, spec.Leave = c.spec.Key, c.spec.Fields, c.spec.Leave // with their types
	if !spec.Farewell {                                                         // what is asked for in so many words no guard stands against
		c.judge()
	}
	return c.result, c.diags, nil
}

type computation struct {
	ctx    context.Context
	env    Env
	spec   Spec
	result *Result
	diags  diag.Diagnostics

	total    totals
	adopted  bool  // the tool had records of ours already
	newest   bool  // doubles are decided by on_conflict
	added    int64 // updates that are adds under a new key
	keptBack bool  // some keys of the ledger belong to rows that cannot be sent
}

// totals is what totals.sql counts.
type totals struct{ wanted, valid, doubles, held, known, heldout int64 }

func (c *computation) run(name string) error {
	return statements.Do(c.ctx, c.env.Store, c.view(), name)
}

func (c *computation) rows(name string) ([]warehouse.Row, error) {
	return statements.Rows(c.ctx, c.env.Store, name, c.view())
}

func (c *computation) view() *view {
	v := newView(&c.spec)
	v.AsOf = c.env.AsOf
	v.First = c.total.known == 0
	if c.spec.Moved {
		v.Ledger = c.spec.work("no_ledger")
	}
	if c.adopted {
		v.Ledger = c.spec.work("adopted_ledger")
	}
	v.Duplicates, v.Newest, v.KeptBack = c.total.doubles > 0, c.newest, c.keptBack
	return v
}

// wanted maps the rows, hashes what is to be hashed, and names each row by its key.
func (c *computation) wanted() error {
	if c.view().AnyHash {
		if err := c.hashes(); err != nil {
			return err
		}
	}
	if err := c.run("wanted"); err != nil {
		return err
	}
	if err := c.run("types"); err != nil {
		return err
	}
	return c.run("doubles")
}

func (c *computation) totals() error {
	n := &c.total
	if err := statements.Counts(c.ctx, c.env.Store, "totals", c.view(), &n.wanted, &n.valid, &n.doubles, &n.held, &n.known, &n.heldout); err != nil {
		return err
	}
	c.result.Counts.Held = c.total.heldout
	if c.total.doubles > 0 && c.spec.Sync.OnConflict == "newest" {
		if err := c.run("losers"); err != nil {
			return err
		}
		c.newest = true
	}
	if c.total.wanted == c.total.valid && c.total.doubles == 0 {
		return nil
	}
	return c.problems()
}

// problems says why rows cannot be sent. What the tool holds under such a key stays as it is.
func (c *computation) problems() error {
	rows, err := c.rows("problems")
	if err != nil {
		return err
	}
	for _, row := range rows {
		n, _ := warehouse.Int(row[1])
		keys, _ := warehouse.Int(row[2])
		reason := warehouse.Text(row[0])
		if reason == "" {
			if c.newest { // one row of each key is sent
				c.result.Counts.Held += n - keys
				c.total.valid -= n - keys
				continue
			}
			reason = c.shared(n, keys)
			c.total.valid -= n
		}
		// A whole set is written without the rows that cannot be sent: what it had under their keys leaves.
		c.keptBack = c.keptBack || (keys > 0 && !c.spec.Whole)
		c.result.Invalid = append(c.result.Invalid, Invalid{Reason: reason, Rows: n})
		c.result.Counts.Invalid += n
	}
	return nil
}

func (c *computation) shared(rows, keys int64) string {
	who := "customers"
	if c.spec.ID == "" {
		who = "rows"
	}
	if keys == 1 {
		return fmt.Sprintf("%d %s share this key", rows, who)
	}
	return fmt.Sprintf("%d %s share a key with another: %d keys", rows, who, keys)
}

// forget hides what the ledger knows of a place the sync has left.
func (c *computation) forget() error {
	if !c.spec.Moved {
		return nil
	}
	return statements.Do(c.ctx, c.env.Store, map[string]any{"Nothing": c.spec.work("no_ledger"), "From": state.Ledger.Was()}, "no_ledger")
}

func (c *computation) compare() error {
	if c.total.known > 0 {
		if err := c.run("compare"); err != nil {
			return err
		}
	}
	return c.run("operations")
}

// leaving evaluates what on_leave sets, for those who leave.
func (c *computation) leaving() error {
	if len(c.spec.Leave) == 0 {
		return nil
	}
	return c.run("leave_values")
}

// count reads what the comparison found.
func (c *computation) count() error {
	rows, err := c.rows("counts")
	if err != nil {
		return err
	}
	n := &c.result.Counts
	var moved int64 // wanted rows that are not unchanged
	for _, row := range rows {
		action, unknown := warehouse.Text(row[0]), row[1] == true
		count, _ := warehouse.Int(row[2])
		wanted, _ := warehouse.Int(row[3])
		if action != "tidy" {
			moved += wanted
		}
		if unknown && c.stuck(action) {
			c.result.Stuck += count
			n.Held += count
			continue
		}
		switch action {
		case "add", "append":
			n.Add += count
		case "update":
			n.Update += count
		case "leave":
			n.Remove += count
		case "wait":
			n.Held += count
		case "tidy", "forget":
			c.result.Tidy += count
		}
	}
	n.Unchanged = max(c.total.valid-moved, 0)
	if n.Add+n.Update > 0 && n.Remove > 0 && c.spec.ID != "" {
		if err := c.pairs(); err != nil {
			return err
		}
	}
	c.result.Requests = c.requests()
	return nil
}

// pairs counts customers who come under another key as one update each: nobody leaves who comes back in the same breath.
func (c *computation) pairs() error {
	rows, err := c.rows("pairs")
	if err != nil {
		return err
	}
	n := &c.result.Counts
	added, _ := warehouse.Int(rows[0][0])
	returned, _ := warehouse.Int(rows[0][1])
	added = min(added, n.Add, n.Remove)
	n.Add, n.Remove, n.Update = n.Add-added, n.Remove-added, n.Update+added
	returned = min(returned, n.Update, n.Remove) // updates already: of the record under a key they had once, or that another had
	n.Remove -= returned
	n.Rekeyed, c.added = added+returned, added
	return nil
}

// stuck reports whether an unknown record of this action can neither be sent again nor looked up.
func (c *computation) stuck(action string) bool { return c.spec.settling(action) == settleNever }

// requests estimates how many requests the operations take.
func (c *computation) requests() int64 {
	n := c.result.Counts
	if c.spec.Whole {
		return min(c.result.Operations(), 1)
	}
	per := func(rows int64, op int) int64 {
		if op == 0 {
			op = defaultRecords
		}
		return (rows + int64(op) - 1) / int64(op)
	}
	out := per(n.Rekeyed, c.spec.Out.MaxRecords) + per(n.Remove, c.spec.Out.MaxRecords) // old keys go first, leavers last
	if c.spec.Add.Op == c.spec.Update.Op {
		return out + per(n.Add+n.Update, c.spec.Add.MaxRecords)
	}
	return out + per(n.Add+c.added, c.spec.Add.MaxRecords) + per(n.Update-c.added, c.spec.Update.MaxRecords)
}
