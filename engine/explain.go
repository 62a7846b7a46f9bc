package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/model"
	"github.com/cdp-engine/cdp/engine/plan"
	"github.com/cdp-engine/cdp/engine/segment"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// ExplainOptions are of `cdp explain`.
type ExplainOptions struct {
	What     []string // one or two
	Identity string   // name or address of the identity that is meant; empty: all, in order
}

// Why answers `cdp explain`: a *render.CustomerView, *render.MembershipView, *render.DeliveryView or *render.PairView. It
// reads what the last apply or run left, and changes nothing.
func (p *Project) Why(ctx context.Context, o ExplainOptions) (any, diag.Diagnostics) {
	path := p.config.Settings.Warehouse.Abs
	if _, err := os.Stat(path); err != nil {
		at := p.config.Settings.Warehouse.Range
		return nil, p.absent(diag.NewError("explain.nothing_applied", "Nothing has been applied yet",
			path+" does not exist, so there is nobody to explain. Begin with `cdp apply`.", &at))
	}
	ds := p.prepare(ctx)
	if ds.HasErrors() {
		return nil, ds
	}
	s, done, err := p.shared(ctx, p.look)
	if err != nil {
		return nil, append(ds, p.Explain(err)...)
	}
	defer done()
	compiled, more := plan.Check(ctx, p.knownOf(s.state))
	if ds = append(ds, more...); ds.HasErrors() {
		return nil, ds
	}
	e := &explaining{ctx: ctx, p: p, store: s.store, state: s.state, compiled: compiled}
	view, more, err := e.answer(o)
	if err != nil {
		more = append(more, p.Explain(err)...)
	}
	return view, append(ds, more...)
}

// explaining is one explanation on its way.
type explaining struct {
	ctx        context.Context
	p          *Project
	store      warehouse.Store
	state      *state.State
	compiled   *plan.Compiled
	identities []*config.Identity // those that may be meant
}

func (e *explaining) answer(o ExplainOptions) (any, diag.Diagnostics, error) {
	if ds := e.choose(o.Identity); ds.HasErrors() {
		return nil, ds, nil
	}
	if err := e.declare(); err != nil {
		return nil, nil, err
	}
	block, rest, ds := e.address(o.What)
	switch {
	case ds.HasErrors():
		return nil, ds, nil
	case block != nil && block.Addr.Type == "segment":
		return e.membership(block.Addr, rest[0])
	case block != nil:
		return e.delivery(block.Addr, rest[0])
	}
	left, ds, err := e.who(o.What[0])
	if err != nil || ds.HasErrors() {
		return nil, ds, err
	}
	if len(o.What) == 1 {
		view, err := e.customer(left)
		return view, nil, err
	}
	right, ds, err := e.among(left.id, o.What[1])
	if ds.HasErrors() {
		left, right, err = e.together(o.What, left, right)
	}
	if err != nil || right == nil {
		return nil, ds, err
	}
	return e.pair(left, right)
}

// together finds an identity that knows both, where the first that knows one does not know the other.
func (e *explaining) together(what []string, left, right *somebody) (*somebody, *somebody, error) {
	for _, id := range e.identities {
		a, ds, err := e.among(id, what[0])
		if err != nil {
			return nil, nil, err
		}
		if ds.HasErrors() {
			continue
		}
		b, ds, err := e.among(id, what[1])
		if err != nil {
			return nil, nil, err
		}
		if !ds.HasErrors() {
			return a, b, nil
		}
	}
	return left, right, nil
}

// choose takes the identity that was named.
func (e *explaining) choose(name string) diag.Diagnostics {
	e.identities = e.p.config.Identities
	if name == "" {
		if len(e.identities) == 0 {
			return one(diag.NewError("explain.no_identity", "There is no identity", "The project declares no identity block, so it has no customers. `cdp init --example shop` writes a project that has one, to look at.", nil))
		}
		return nil
	}
	var names []string
	for _, id := range e.identities {
		if id.Addr.Ident() == name || id.Addr.String() == name {
			e.identities = []*config.Identity{id}
			return nil
		}
		names = append(names, id.Addr.Ident())
	}
	return one(diag.NewError("explain.no_identity", "There is no such identity", fmt.Sprintf("--identity names %q, and the project has no such identity.%s", name, diag.Suggest(name, names)), nil))
}

// address takes a segment or sync out of what was asked; either place will do.
func (e *explaining) address(what []string) (*config.Block, []string, diag.Diagnostics) {
	for i, text := range what {
		a, err := addr.Parse(text)
		if err != nil || !config.Referable(a.Type) {
			continue
		}
		rest := slices.Delete(slices.Clone(what), i, i+1)
		blocks := plan.Blocks(e.p.config)
		at := slices.IndexFunc(blocks, func(b *config.Block) bool { return b.Addr == a })
		switch {
		case at < 0:
			return nil, nil, one(diag.NewError("explain.unknown_block", "No such block", fmt.Sprintf("The project has no block %s.%s", text, diag.Suggest(text, e.p.names())), nil))
		case a.Type != "segment" && a.Type != "sync":
			return nil, nil, one(diag.NewError("explain.not_explained", "Only segments and syncs are explained", fmt.Sprintf(
				"%s has no members and sends nothing. `cdp show %s` says what it is, `cdp graph %s` what it reads and what reads it.", text, text, text), nil))
		case len(rest) == 0:
			return nil, nil, one(diag.NewError("explain.of_whom", "Of whom?", fmt.Sprintf("Say which customer: cdp explain %s CUSTOMER, where CUSTOMER is a customer id, INPUT:RECORD_KEY or IDENTIFIER=VALUE.", text), nil))
		}
		return blocks[at], rest, nil
	}
	return nil, what, nil
}

// declare makes the tables readable, as they were published.
func (e *explaining) declare() error {
	var tables []warehouse.Table
	for address, spec := range e.compiled.Streams {
		if cursor, loaded := e.state.Cursors[address]; loaded {
			tables = append(tables, spec.Table(cursor.Columns))
		}
	}
	for _, id := range e.p.config.Identities {
		prof := e.compiled.Profiles[id.Addr.String()]
		segments, history := segment.Tables(id)
		tables = append(tables, identity.Tables(id).All()...)
		tables = append(tables, prof.Table, prof.Provenance, segments, history)
	}
	tables = slices.DeleteFunc(tables, func(t warehouse.Table) bool { return len(t.Columns) == 0 })
	if err := e.store.Declare(e.ctx, tables...); err != nil {
		return err
	}
	for _, m := range e.p.config.Models {
		if spec := e.compiled.Models[m.Addr.String()]; len(spec.Columns) > 0 {
			if err := model.Declare(e.ctx, model.Env{Store: e.store, AsOf: e.p.opts.AsOf}, spec); err != nil {
				return err
			}
		}
	}
	return nil
}

// asOf is the clock by which a block was computed last: what it left is explained by that clock, not by today's.
func (e *explaining) asOf(address string) time.Time {
	if a, ok := e.state.Applied[address]; ok && !a.AsOf.IsZero() {
		return a.AsOf
	}
	return e.p.opts.AsOf
}

// changed says that a block is not as it was when it was applied.
func (e *explaining) changed(b config.Block) []string {
	address := b.Addr.String()
	switch applied, ok := e.state.Applied[address]; {
	case !ok:
		return []string{address + " is not applied yet: this is what its code says of the data there is. `cdp plan` shows what applying it does."}
	case applied.Definition != b.Definition:
		return []string{address + " has changed since it was applied: this explains by the code as it is now. `cdp plan` shows what the change does."}
	}
	return nil
}

// match is a column and the value it must have.
type match struct {
	Column string
	Value  any
}

// search is what to find in a table.
type search struct {
	From   sqlgen.Relation
	Match  []match
	Order  []string
	Newest bool // the order is the other way round
	Most   int
}

// most is how many rows of one kind an explanation lists.
const most = 1000

func (e *explaining) find(s search) ([]map[string]any, error) {
	if s.Most == 0 {
		s.Most = most
	}
	return statements.Maps(e.ctx, e.store, "explain_find", s)
}

func (e *explaining) count(s search) (int64, error) {
	return statements.Number(e.ctx, e.store, "explain_count", s)
}

// textOf and timeOf are cells of a found row.
func textOf(row map[string]any, column string) string { return warehouse.Text(row[column]) }

func timeOf(row map[string]any, column string) *time.Time {
	if t, ok := row[column].(time.Time); ok {
		return &t
	}
	return nil
}

func intOf(row map[string]any, column string) int64 {
	n, _ := warehouse.Int(row[column])
	return n
}

// before cuts a text at a sign; ok says that it is there.
func before(text, sign string) (name, rest string, ok bool) {
	name, rest, ok = strings.Cut(text, sign)
	return name, rest, ok && name != ""
}
