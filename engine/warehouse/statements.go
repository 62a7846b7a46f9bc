package warehouse

import (
	"context"
	"fmt"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/sqlgen"
)

// Statements are the SQL of a feature as it is used: rendered, run and read by the names of its files. Data is what sqlgen's
// Render takes. Errors name the statement.
type Statements struct{ *sqlgen.Set }

// Runner is what statements run in: a Store, or less.
type Runner interface {
	Reader
	Run(ctx context.Context, s sqlgen.Statement) (int64, error)
}

// Run runs one statement and returns the rows it changed.
func (s Statements) Run(ctx context.Context, in Runner, name string, data any) (int64, error) {
	st, err := s.Render(in.Dialect(), name, data)
	if err != nil {
		return 0, err
	}
	return in.Run(ctx, st)
}

// Do runs statements one after another, with the same data.
func (s Statements) Do(ctx context.Context, in Runner, data any, names ...string) error {
	for _, name := range names {
		if _, err := s.Run(ctx, in, name, data); err != nil {
			return err
		}
	}
	return nil
}

// Read streams the result of a statement. Release the reader.
func (s Statements) Read(ctx context.Context, in Reader, name string, data any) (array.RecordReader, error) {
	st, err := s.Render(in.Dialect(), name, data)
	if err != nil {
		return nil, err
	}
	return in.Read(ctx, st)
}

// Each calls fn for every row of a statement's result.
func (s Statements) Each(ctx context.Context, in Reader, name string, data any, fn func(Row) error) error {
	st, err := s.Render(in.Dialect(), name, data)
	if err != nil {
		return err
	}
	return Each(ctx, in, st, fn)
}

// Rows reads a whole result: for small ones.
func (s Statements) Rows(ctx context.Context, in Reader, name string, data any) ([]Row, error) {
	st, err := s.Render(in.Dialect(), name, data)
	if err != nil {
		return nil, err
	}
	return Rows(ctx, in, st)
}

// Maps reads a whole result as maps by column name.
func (s Statements) Maps(ctx context.Context, in Reader, name string, data any) ([]map[string]any, error) {
	st, err := s.Render(in.Dialect(), name, data)
	if err != nil {
		return nil, err
	}
	return Maps(ctx, in, st)
}

// Texts reads a result of one column of texts.
func (s Statements) Texts(ctx context.Context, in Reader, name string, data any) ([]string, error) {
	var out []string
	err := s.Each(ctx, in, name, data, func(r Row) error {
		out = append(out, Text(r[0]))
		return nil
	})
	return out, err
}

// Number reads a result that is one number. Null, or no row, is zero.
func (s Statements) Number(ctx context.Context, in Reader, name string, data any) (int64, error) {
	st, err := s.Render(in.Dialect(), name, data)
	if err != nil {
		return 0, err
	}
	return Value[int64](ctx, in, st)
}

// Counts reads a result that is one row of as many counts as there are places for them.
func (s Statements) Counts(ctx context.Context, in Reader, name string, data any, into ...*int64) error {
	st, err := s.Render(in.Dialect(), name, data)
	if err != nil {
		return err
	}
	rows, err := Rows(ctx, in, st)
	if err != nil {
		return err
	}
	if len(rows) != 1 || len(rows[0]) != len(into) {
		return fmt.Errorf("reading %s: not one row of %d counts", st.Name, len(into))
	}
	for i, target := range into {
		n, ok := Int(rows[0][i])
		if !ok {
			return fmt.Errorf("reading %s: %v is no count", st.Name, rows[0][i])
		}
		*target = n
	}
	return nil
}
