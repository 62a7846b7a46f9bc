package file

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// table gathers the columns of all files of a stream, and what is known of their types.
type table struct {
	stream  string
	known   map[string]schema.Type // settled: never found anew
	kept    map[string]schema.Type // of earlier loads, where values that do not fit make the type wider
	names   []string
	index   map[string]int
	lower   map[string]string
	tallies []*tally
	given   []*schema.Type // types that files say themselves (Parquet)
	files   []string       // names of the files looked at
	json    bool           // values are JSON: their own syntax says much of their type
}

func newTable(req sdk.ReadRequest) *table {
	t := &table{stream: req.Stream, known: map[string]schema.Type{}, kept: map[string]schema.Type{}, index: map[string]int{}, lower: map[string]string{}}
	for _, c := range req.Kept {
		if c.Type.Kind != schema.Null {
			t.kept[c.Name] = c.Type
		}
	}
	for _, c := range req.Columns {
		if c.Type.Kind != schema.Null {
			t.known[c.Name] = c.Type
			delete(t.kept, c.Name)
		}
	}
	return t
}

// column returns the number of a column, which is added if it is new.
func (t *table) column(name, file string) (int, error) {
	if i, ok := t.index[name]; ok {
		return i, nil
	}
	low := strings.ToLower(name)
	if other, ok := t.lower[low]; ok {
		return 0, t.fail("Columns that differ only by case", fmt.Sprintf("%s has %q and %q. A table can hold only one of them: rename one in the file.", file, other, name))
	}
	i := len(t.names)
	t.index[name], t.lower[low] = i, name
	t.names = append(t.names, name)
	t.tallies = append(t.tallies, &tally{})
	t.given = append(t.given, nil)
	return i, nil
}

func (t *table) fail(message, detail string) error {
	return &sdk.Failure{Kind: sdk.FailureConfig, Path: []string{"stream", t.stream, "path"}, Message: message, Detail: detail}
}

// unknown says for each column whether its type has to be found, and whether any has.
func (t *table) unknown() (want []bool, any bool) {
	want = make([]bool, len(t.names))
	for i, name := range t.names {
		_, known := t.known[name]
		want[i] = !known
		any = any || want[i]
	}
	return want, any
}

// give says the type that a file itself declares for a column.
func (t *table) give(i int, kind schema.Type) {
	if have := t.given[i]; have != nil {
		kind = widest(*have, kind)
	}
	t.given[i] = &kind
}

// widest is a type that holds values of both.
func widest(a, b schema.Type) schema.Type {
	if a.Kind > b.Kind {
		a, b = b, a
	}
	switch {
	case a == b || a.Kind == schema.Null:
		return b
	case a.Kind == schema.Int64 && b.Kind == schema.Decimal:
		return widest(schema.Type{Kind: schema.Decimal, Precision: 19}, b)
	case (a.Kind == schema.Int64 || a.Kind == schema.Decimal) && b.Kind == schema.Double:
		return b
	case a.Kind == schema.Decimal && b.Kind == schema.Decimal:
		scale := max(a.Scale, b.Scale)
		return schema.Type{Kind: schema.Decimal, Precision: min(38, max(a.Precision-a.Scale, b.Precision-b.Scale)+scale), Scale: scale}
	case a.Kind == schema.Date && (b.Kind == schema.Timestamp || b.Kind == schema.TimestampTZ):
		return b
	}
	return schema.Type{Kind: schema.String}
}

// columns are the stream's columns with their types, and what to tell of how these were found.
func (t *table) columns() (columns []schema.Column, detection []string) {
	for i, name := range t.names {
		kind, known := t.known[name]
		switch {
		case known:
		case t.given[i] != nil:
			kind = widest(*t.given[i], t.kept[name])
		case t.tallies[i].unfit == 0 && t.kept[name].Kind != schema.Null:
			kind = t.kept[name]
		default:
			var warning string
			kind, warning = t.decide(i)
			kind = widest(kind, t.kept[name])
			if had := t.kept[name].Kind; (had == schema.Date || had == schema.Timestamp) && t.tallies[i].only(classDate, classTimestamp) {
				kind, warning = schema.Type{Kind: schema.Timestamp}, "" // it was agreed that a date may become a time
			}
			if warning != "" {
				detection = append(detection, warning)
			}
		}
		columns = append(columns, schema.Column{Name: name, Type: kind})
	}
	return columns, detection
}
