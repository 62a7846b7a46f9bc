package ingest

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// A block that is changed must not cost rows. Where only pins changed, the table's rows are cast in place, if every value
// casts exactly. Where rows cannot be carried over, the table is made anew, and the guard `rebuild` stands in the way if
// there are rows that the source does not give again.

// recast is a column whose pin says another type than its table has.
type recast struct {
	schema.Column             // as pinned
	From          schema.Type // in the table
	rows, misfits int64       // values there are, values that do not cast exactly
}

// Any and the others say how the statement tells whether a value casts exactly.
func (r recast) Any() bool {
	return r.Type.Kind == schema.String || r.From.Kind == r.Type.Kind && r.From.Kind != schema.Decimal
}
func (r recast) Text() bool    { return r.From.Kind == schema.String }
func (r recast) Double() bool  { return r.Type.Kind == schema.Double }
func (r recast) Numeric() bool { return r.Type.Kind == schema.Decimal || r.Type.Kind == schema.Double }
func (r recast) Temporal() bool {
	return r.Type.Kind == schema.Timestamp || r.Type.Kind == schema.TimestampTZ
}

// tableShape is a Spec's Shape, read back.
type tableShape struct {
	Key   []string `json:"key"`
	Write string   `json:"write"`
}

func readShape(text string) (s tableShape) {
	_ = json.Unmarshal([]byte(text), &s) // ours: it was marshalled by shape
	return s
}

// repin gives the table's columns their pinned types, and says which of them change.
func repin(table, pins []schema.Column) (columns []schema.Column, changed []recast) {
	columns = slices.Clone(table)
	for i, have := range columns {
		if pin, ok := schema.Find(pins, have.Name); ok && have.Type.Kind != schema.Null && have.Type != pin.Type {
			columns[i].Type = pin.Type
			changed = append(changed, recast{Column: pin, From: have.Type})
		}
	}
	return columns, changed
}

// earlier is the table as the last load left it, with what of the bookkeeping is asked for here.
func (c *computing) earlier() warehouse.Table {
	schemaName, name, _ := c.spec.Addr.Relation()
	columns := append(slices.Clone(c.before.Columns), schema.Column{Name: DeletedAtColumn, Type: schema.Type{Kind: schema.Timestamp}})
	if readShape(c.before.Shape).Write == SCD2 {
		columns = append(columns, schema.Column{Name: ValidToColumn, Type: schema.Type{Kind: schema.Timestamp}})
	}
	return warehouse.Table{Schema: schemaName, Name: name, Columns: columns}
}

// reshaping is what the statements about the table as it was are rendered with.
type reshaping struct {
	Was, Kept sqlgen.Relation
	Recast    []recast
	Match     []string // columns that tell whether the source gives a row again
	History   bool     // the table as it was has versions
	Replaced  bool     // whatever the source no longer has was to go anyway
}

// carry looks whether the rows of a table cast to the types that are pinned now. If some do not, they cannot stay.
func (c *computing) carry(ctx context.Context) error {
	if len(c.recast) == 0 {
		return nil
	}
	if err := c.misfits(ctx, c.recast); err != nil {
		return err
	}
	if slices.ContainsFunc(c.recast, func(r recast) bool { return r.misfits > 0 }) {
		c.rebuild, c.wasEmpty, c.table = true, true, nil
	}
	return nil
}

// holdWidened makes text of a column whose wider type does not hold the very values its table has: numbers a double
// rounds, decimals that leave no room for more digits.
func (c *computing) holdWidened(ctx context.Context) error {
	var wider []recast
	for _, change := range c.agreed.changes {
		if change.Decision != "widened" {
			continue
		}
		had, _ := schema.Find(c.table, change.Column)
		now, _ := schema.Find(c.agreed.own, change.Column)
		wider = append(wider, recast{Column: now, From: had.Type})
	}
	if len(wider) == 0 || len(c.recast) > 0 {
		return nil
	}
	if err := c.misfits(ctx, wider); err != nil {
		return err
	}
	for _, r := range wider {
		if r.misfits > 0 {
			c.agreed.toText(r.Name)
		}
	}
	return nil
}

// misfits counts the values of the table as it was that do not cast exactly.
func (c *computing) misfits(ctx context.Context, columns []recast) error {
	was := c.earlier()
	if err := c.env.Store.Declare(ctx, was); err != nil {
		return err
	}
	var into []*int64
	for i := range columns {
		into = append(into, &columns[i].rows, &columns[i].misfits)
	}
	return statements.Counts(ctx, c.env.Store, "uncast", reshaping{Was: was.Was(), Recast: columns}, into...)
}

// toText widens a column to what holds everything.
func (a *agreement) toText(name string) {
	text := schema.Type{Kind: schema.String}
	a.retype(name, text)
	for i, in := range a.columns {
		if in.Name == name {
			a.columns[i].Table, a.columns[i].Cast = text, in.Type != text
		}
	}
	for i, change := range a.changes {
		if change.Column == name && change.Decision == "widened" {
			a.changes[i].To = text.String()
		}
	}
}

// repinned are the columns that are cast in place, for the plan.
func (c *computing) repinned() []SchemaChange {
	var changes []SchemaChange
	for _, r := range c.recast {
		if !c.rebuild {
			changes = append(changes, SchemaChange{Column: r.Name, From: r.From.String(), To: r.Type.String(), Decision: "pinned"})
		}
	}
	return changes
}

// remake counts what goes with a table that is made anew, and judges whether it may.
func (c *computing) remake(ctx context.Context, kept int64) error {
	was, old := c.earlier(), readShape(c.before.Shape)
	data := reshaping{Was: was.Was(), Kept: c.step.Kept, History: old.Write == SCD2}
	data.Replaced = c.spec.Mode == FullRefresh && c.spec.Write != Append && c.feed.complete && c.rejects.count == 0 && kept > 0
	if c.arrived() {
		for _, column := range c.before.Columns {
			if slices.Contains(c.step.Typed, column.Name) && (c.before.Shape != c.spec.Shape || !c.spec.keyed() || slices.Contains(c.spec.Key, column.Name)) {
				data.Match = append(data.Match, column.Name)
			}
		}
	}
	if err := c.env.Store.Declare(ctx, was); err != nil {
		return err
	}
	var had, lost int64
	if err := statements.Counts(ctx, c.env.Store, "lost", data, &had, &lost); err != nil {
		return err
	}
	if err := c.env.Store.Declare(ctx, c.result.Table); err != nil {
		return err
	}
	if had == 0 {
		return nil
	}
	c.result.Counts.Deleted = had
	why := c.whyRemade(old)
	words := fmt.Sprintf("%s: the table is made anew, its %s", why, rowsGo(had, lost))
	c.result.SchemaChanges = append(c.result.SchemaChanges, SchemaChange{Decision: "remade", Note: words})
	if lost == 0 {
		return nil
	}
	v := guard.Verdict{Name: "rebuild", Address: c.spec.Address, Status: guard.Blocked, Value: float64(lost), Rows: lost, Of: had,
		Detail: fmt.Sprintf("%s: the rows of %s cannot be carried over, and %d of %d are not in what the source gives now", why, was, lost, had)}
	c.result.Verdicts = append(c.result.Verdicts, c.allow(v))
	return nil
}

func rowsGo(had, lost int64) string {
	if lost == 0 {
		return fmt.Sprintf("%d rows go for what the source gives now", had)
	}
	return fmt.Sprintf("%d rows go, %d of which the source does not give again", had, lost)
}

// whyRemade says what of the block keeps rows from being carried over.
func (c *computing) whyRemade(old tableShape) string {
	var words []string
	now := readShape(c.spec.Shape)
	appended := old.Write == Append || now.Write == Append // a record that is appended has no key
	if !slices.Equal(old.Key, now.Key) && (old.Write == now.Write || !appended) {
		words = append(words, fmt.Sprintf("rows are told apart by %s, no longer by %s", strings.Join(now.Key, ", "), strings.Join(old.Key, ", ")))
	}
	if old.Write != now.Write {
		words = append(words, fmt.Sprintf("write is %s, no longer %s", now.Write, old.Write))
	}
	for _, r := range c.recast {
		if r.misfits > 0 {
			words = append(words, fmt.Sprintf("%d of %d values of column %s are %s and do not print back the same as %s", r.misfits, r.rows, r.Name, r.From, r.Type))
		}
	}
	return strings.Join(words, "; ")
}

// reshapedArgument is the argument that asks for another table.
func (c *computing) reshapedArgument() string {
	old, now := readShape(c.before.Shape), readShape(c.spec.Shape)
	_, written := c.spec.stream.Ranges["write"]
	switch {
	case c.before.Shape == c.spec.Shape:
		return "columns"
	case old.Write != now.Write && written:
		return "write"
	}
	return "primary_key"
}
