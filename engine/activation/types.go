package activation

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// types asks the query engine what the expressions give, and settles on a type of ours for each.
func (c *computation) types() error {
	if c.spec.Farewell {
		return nil // told by the ledger
	}
	for _, list := range []struct {
		columns []Column
		view    func(*view) []column
	}{{c.spec.Key, func(v *view) []column { return v.KeyColumns }}, {c.spec.Fields, func(v *view) []column { return v.FieldColumns }},
		{c.spec.Leave, func(v *view) []column { return v.LeaveColumns }}} {
		if len(list.columns) == 0 {
			continue
		}
		v := c.view()
		v.Columns = list.view(v)
		stmt, err := queries.Render(c.env.Store.Dialect(), "probe", v)
		if err != nil {
			return err
		}
		if err := c.probe(stmt, list.columns); err != nil {
			return err
		}
	}
	return nil
}

func (c *computation) probe(stmt sqlgen.Statement, columns []Column) error {
	reader, err := c.env.Store.Read(c.ctx, stmt)
	if err != nil {
		return err
	}
	defer reader.Release()
	for i, f := range reader.Schema().Fields() {
		found, ok := schema.FromArrowField(f)
		if !ok {
			found.Type = schema.Type{Kind: schema.String}
		}
		if found.Type.Kind == schema.Null || f.Type.ID() == arrow.INTERVAL_MONTH_DAY_NANO || columns[i].Hash != nil {
			found.Type = schema.Type{Kind: schema.String}
		}
		columns[i].Type = found.Type
	}
	return reader.Err()
}

// sharedTypes gives what on_leave sets the types of the fields it sets.
func (c *computation) sharedTypes() error {
	for i, l := range c.spec.Leave {
		if f := find(c.spec.Fields, l.Name); f != nil {
			c.spec.Leave[i].Type = f.Type
		}
	}
	return nil
}

// hashes replaces the values of hashed columns: every value is put into its tool's normal form and hashed once.
func (c *computation) hashes() error {
	if err := c.run("mapped"); err != nil {
		return err
	}
	for _, col := range c.view().Columns {
		if col.Hash == nil {
			continue
		}
		if err := c.lookup(col); err != nil {
			return fmt.Errorf("hashing %s: %w", col.Name, err)
		}
	}
	return c.run("hashed")
}

// lookup writes a table of value and hash.
func (c *computation) lookup(col column) error {
	stmt, err := queries.Render(c.env.Store.Dialect(), "distinct", map[string]any{"Column": col.Column, "Mapped": c.view().Mapped})
	if err != nil {
		return err
	}
	from, err := c.env.Store.Read(c.ctx, stmt)
	if err != nil {
		return err
	}
	defer from.Release()
	hashes := newHashReader(from, col.Hash)
	defer hashes.Release()
	_, err = c.env.Store.Load(c.ctx, col.Lookup, hashes)
	return err
}

// lookupSchema is what a table of hashes has.
var lookupSchema = arrow.NewSchema([]arrow.Field{
	{Name: "value", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "hash", Type: arrow.BinaryTypes.String, Nullable: true},
}, nil)

// newHashReader turns a stream of values into one of values and hashes.
func newHashReader(from array.RecordReader, f *form) array.RecordReader {
	return array.ReaderFromIter(lookupSchema, func(yield func(arrow.RecordBatch, error) bool) {
		for from.Next() {
			batch := from.RecordBatch()
			if !yield(hashBatch(batch.Column(0), f), nil) {
				return
			}
		}
		if err := from.Err(); err != nil {
			yield(nil, err)
		}
	})
}

func hashBatch(values arrow.Array, f *form) arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, lookupSchema)
	defer b.Release()
	value, hash := b.Field(0).(*array.StringBuilder), b.Field(1).(*array.StringBuilder)
	text, _ := values.(*array.String) // the column is cast to text by mapped.sql
	for i := range values.Len() {
		v := text.Value(i)
		value.Append(v)
		if h, ok := f.hash(v); ok {
			hash.Append(h)
		} else {
			hash.AppendNull()
		}
	}
	return b.NewRecordBatch()
}
