package duckdb

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// store implements warehouse.Store.
type store struct {
	*instance
	options  Options
	attached bool // the warehouse file is attached as wh
	writable bool // after Promote

	mu      sync.Mutex                  // of what follows, and of changes of views
	there   map[string]*relation        // what the warehouse has, by "schema.table"
	tables  map[string]*tableState      // what was declared
	renames map[string]warehouse.Rename // what is to have another name, by the new one

	arrivals atomic.Int64
}

// relation is a table or view that is in the warehouse.
type relation struct {
	view    bool
	columns []have
}

// have is a column that is there, with DuckDB's type.
type have struct{ name, kind string }

func (r *relation) find(name string) (have, bool) {
	if r != nil {
		for _, h := range r.columns {
			if h.name == name {
				return h, true
			}
		}
	}
	return have{}, false
}

func (s *store) Dialect() sqlgen.Dialect { return dialect{} }

func (s *store) Close() error {
	s.instance.close()
	return nil
}

// Run runs one statement in scratch.
func (s *store) Run(ctx context.Context, st sqlgen.Statement) (int64, error) {
	c, err := s.take(ctx)
	if err != nil {
		return 0, err
	}
	defer s.give(c)
	n, err := c.exec(ctx, st.SQL, st.Args...)
	if err != nil {
		return 0, fmt.Errorf("running %s: %w", st.Name, err)
	}
	return n, nil
}

// Read streams the result of a query. The reader holds a connection until it is released.
func (s *store) Read(ctx context.Context, st sqlgen.Statement) (array.RecordReader, error) {
	c, err := s.take(ctx)
	if err != nil {
		return nil, err
	}
	r, err := c.query(ctx, st.SQL, st.Args, func() { s.give(c) })
	if err != nil {
		s.give(c)
		return nil, fmt.Errorf("reading %s: %w", st.Name, err)
	}
	return r, nil
}

// Load creates a table in scratch from a stream of batches. A table that is there is replaced.
func (s *store) Load(ctx context.Context, into sqlgen.Relation, from array.RecordReader) (int64, error) {
	c, err := s.take(ctx)
	if err != nil {
		return 0, err
	}
	defer s.give(c)
	columns, err := incoming(from.Schema())
	if err != nil {
		return 0, fmt.Errorf("loading %s: %w", into.Name, err)
	}
	a, err := c.register(ctx, s.arrivalName(), from)
	if err != nil {
		return 0, fmt.Errorf("loading %s: %w", into.Name, err)
	}
	defer a.release(context.WithoutCancel(ctx))
	err = c.steps(ctx, step{"load", map[string]any{"Into": into, "Columns": columns, "From": a.relation}})
	if failed := a.source.Err(); failed != nil {
		err = failed
	}
	if err != nil {
		return 0, fmt.Errorf("loading %s: %w", into.Name, err)
	}
	return c.count(ctx, into)
}

// arrivalName is a name for a view over a reader, used by no other.
func (s *store) arrivalName() string {
	return "arrival_" + strconv.FormatInt(s.arrivals.Add(1), 10)
}

func (c *conn) count(ctx context.Context, of sqlgen.Relation) (int64, error) {
	st, err := statements.Render(dialect{}, "count", map[string]any{"Of": of})
	if err != nil {
		return 0, err
	}
	rows, err := warehouse.Rows(ctx, c, st)
	if err != nil {
		return 0, err
	}
	return rows[0][0].(int64), nil
}

func (c *conn) Dialect() sqlgen.Dialect { return dialect{} }

// Read makes a connection a warehouse.Reader, inside whatever transaction it has.
func (c *conn) Read(ctx context.Context, st sqlgen.Statement) (array.RecordReader, error) {
	r, err := c.query(ctx, st.SQL, st.Args, nil)
	if err != nil {
		return nil, fmt.Errorf("reading %s: %w", st.Name, err)
	}
	return r, nil
}

// refresh learns what the warehouse has.
func (s *store) refresh(ctx context.Context) error {
	s.there = map[string]*relation{}
	if !s.attached {
		return nil
	}
	c, err := s.take(ctx)
	if err != nil {
		return err
	}
	defer s.give(c)
	s.there, err = c.relations(ctx)
	if err != nil {
		return about(s.options.Path, err)
	}
	return nil
}

func (c *conn) relations(ctx context.Context) (map[string]*relation, error) {
	st, err := statements.Render(dialect{}, "catalog", nil)
	if err != nil {
		return nil, err
	}
	there := map[string]*relation{}
	return there, warehouse.Each(ctx, c, st, func(r warehouse.Row) error {
		name := r[0].(string) + "." + r[1].(string)
		if there[name] == nil {
			there[name] = &relation{view: r[4].(bool)}
		}
		there[name].columns = append(there[name].columns, have{r[2].(string), r[3].(string)})
		return nil
	})
}

// describe are the columns of a relation in scratch.
func (c *conn) describe(ctx context.Context, rel sqlgen.Relation) ([]schema.Column, error) {
	st, err := statements.Render(dialect{}, "describe", map[string]any{"Of": rel})
	if err != nil {
		return nil, err
	}
	r, err := c.Read(ctx, st)
	if err != nil {
		return nil, err
	}
	defer r.Release()
	return schema.FromArrowSchema(r.Schema())
}
