package http

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// reading is one stream on its way from records to rows.
type reading struct {
	stream   *stream
	known    []schema.Column
	kept     []target // of earlier loads, where values that do not fit make the type wider
	unfit    map[string]bool
	rows     spool
	detector *detector
}

// newReading begins with the columns whose types are settled: pinned ones, and kept ones that are not to become wider.
func newReading(s *stream, req sdk.ReadRequest) *reading {
	r := &reading{stream: s, unfit: map[string]bool{}}
	for _, c := range req.Columns {
		if c.Type.Kind != schema.Null {
			r.known = settle(r.known, c)
		}
	}
	r.detector = newDetector(r.known)
	for _, c := range req.Kept {
		if _, settled := schema.Find(r.known, c.Name); !settled && c.Type.Kind != schema.Null {
			r.kept = append(r.kept, target{Column: c})
			r.detector.found[c.Name] = &finding{} // it is a column, whether or not a record has it
		}
	}
	return r
}

// settle adds a column or, if there is one of that name, changes its type.
func settle(known []schema.Column, c schema.Column) []schema.Column {
	for i := range known {
		if known[i].Name == c.Name {
			known[i].Type = c.Type
			return known
		}
	}
	return append(known, c)
}

func place(page, number int) string { return fmt.Sprintf("page %d:%d", page, number) }

// take keeps one record.
func (r *reading) take(page, number int, text []byte, record any) error {
	if fields, ok := record.(map[string]any); ok {
		r.detector.look(fields, func() string { return place(page, number) })
		for _, t := range r.kept {
			if _, err := t.convert(fields[t.Name]); err != nil {
				r.unfit[t.Name] = true
			}
		}
	}
	return r.rows.add(page, number, text)
}

// emit sends the schema, then every row or reject.
func (r *reading) emit(out sdk.Emitter) error {
	columns, notes := r.detector.columns(r.known, r.stream.key, r.stream.cursor)
	for i, c := range columns {
		for _, t := range r.kept {
			if t.Name == c.Name {
				columns[i].Type = r.widened(t.Type, c)
			}
		}
	}
	if err := out.Schema(columns, false, notes...); err != nil {
		return err
	}
	targets := make([]target, len(columns))
	for i, c := range columns {
		_, cast := schema.Find(r.stream.pinned, c.Name)
		targets[i] = target{Column: c, cast: cast}
	}
	return r.rows.each(func(page, number int, text []byte) error {
		return r.emitRow(out, targets, place(page, number), text)
	})
}

// widened is the type of a column that earlier loads kept: as it was if every value fits it.
func (r *reading) widened(had schema.Type, found schema.Column) schema.Type {
	number := func(t schema.Type) bool {
		return t.Kind == schema.Int64 || t.Kind == schema.Decimal || t.Kind == schema.Double
	}
	switch {
	case !r.unfit[found.Name]:
		return had
	case number(had) && number(found.Type):
		return found.Type // the engine makes one of both that holds all
	}
	return schema.Type{Kind: schema.String}
}

func (r *reading) emitRow(out sdk.Emitter, targets []target, position string, text []byte) error {
	value, err := parseJSON(text)
	if err != nil {
		return out.Reject(sdk.Reject{Position: position, Code: "malformed", Reason: err.Error(), Record: string(text)})
	}
	record, ok := value.(map[string]any)
	if !ok {
		return out.Reject(sdk.Reject{Position: position, Code: "malformed", Record: string(text),
			Reason: "the record is not an object; `records` may wrap it: {value: .}"})
	}
	row := make([]any, len(targets))
	for i, t := range targets {
		if row[i], err = t.convert(record[t.Name]); err != nil {
			break
		}
	}
	if name, missing := r.lacksKey(targets, row); err == nil && missing {
		return out.Reject(sdk.Reject{Position: position, Column: name, Code: "null_key", Reason: "a column of the primary key is null", Record: string(text)})
	}
	if err == nil {
		err = out.Row(row...)
	}
	var misfit *sdk.ValueError
	if errors.As(err, &misfit) {
		return out.Reject(sdk.Reject{Position: position, Column: misfit.Column, Code: "type", Reason: misfit.Error(),
			Record: string(text), Key: r.key(record)})
	}
	return err
}

// lacksKey says that a part of the row's key is null, and where the key is one column, its name.
func (r *reading) lacksKey(targets []target, row []any) (name string, missing bool) {
	for i, t := range targets {
		missing = missing || row[i] == nil && slices.Contains(r.stream.key, t.Name)
	}
	if len(r.stream.key) == 1 {
		name = r.stream.key[0]
	}
	return name, missing
}

// key is the record's key as canonical text, empty if a part of it is missing.
func (r *reading) key(record map[string]any) string {
	var parts []any
	for _, name := range r.stream.key {
		if record[name] == nil {
			return ""
		}
		parts = append(parts, record[name])
	}
	switch len(parts) {
	case 0:
		return ""
	case 1:
		return toText(parts[0])
	}
	return toJSON(parts)
}

// cursorText is the cursor as a tool takes it: as the tool itself wrote it, an instant in RFC 3339, earlier by the lag.
func cursorText(s *stream, req sdk.ReadRequest) string {
	if req.Cursor == "" {
		return ""
	}
	column, _ := schema.Find(append(append([]schema.Column{}, req.Columns...), req.Kept...), s.cursor)
	typed := column.Type.Kind == schema.TimestampTZ || column.Type.Kind == schema.Timestamp
	if !typed && req.Lag == 0 {
		return req.Cursor
	}
	if n, err := strconv.ParseInt(req.Cursor, 10, 64); err == nil {
		return strconv.FormatInt(n-epochUnits(n, req.Lag), 10)
	}
	at, ok := parseInstant(req.Cursor)
	if !ok {
		return req.Cursor
	}
	at = at.Add(-req.Lag)
	if len(req.Cursor) == len("2006-01-02") {
		return at.Format(time.DateOnly)
	}
	return at.Format(time.RFC3339Nano)
}

// epochUnits is a duration in the unit of a number that counts time since 1970; 0 for a number that is no time.
func epochUnits(n int64, d time.Duration) int64 {
	switch {
	case n < 1e8:
		return 0
	case n < 1e11:
		return int64(d / time.Second)
	case n < 1e14:
		return d.Milliseconds()
	default:
		return d.Microseconds()
	}
}
