package file

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
)

// shape is what the rows of one file look like: the stream's columns, and which of them the file lacks.
type shape struct {
	columns      []schema.Column
	arrow        *arrow.Schema
	missing      []int
	key          []schema.Column // nil: the stream has none
	keyAt        []int           // of columns, where the key stands
	cursorColumn int             // of columns; -1: none
	cursorField  int             // field of the file; -1: none
	since        *threshold      // rows older than this were read before; nil: all are wanted
	limits       limits
	sizes        *sizes
}

// limits bound a batch.
type limits struct{ rows, bytes int }

// rows collects rows and closes them into batches.
type rows struct {
	shape
	columns []*column
	n       int
	size    int // bytes of the records as written
	hint    int
	out     chunk
}

func (s shape) newRows(bytes int) *rows {
	r := &rows{shape: s, hint: min(s.limits.rows, bytes/int(max(s.sizes.record.Load(), 8))+16)}
	r.open()
	return r
}

// sizes are what the last batch needed, so that the next one asks for its memory once.
type sizes struct {
	record atomic.Int64   // bytes of a record
	text   []atomic.Int64 // bytes of a column's text a row
}

func newSizes(columns int) *sizes {
	s := &sizes{text: make([]atomic.Int64, columns)}
	s.record.Store(int64(8*columns + 1))
	return s
}

func (r *rows) open() {
	r.n, r.size = 0, 0
	r.columns = make([]*column, len(r.shape.columns))
	for i, c := range r.shape.columns {
		r.columns[i] = newColumn(c, r.hint, min(r.hint*int(r.sizes.text[i].Load()), r.limits.bytes))
	}
}

// endRow ends a row after its values were added; columns the file lacks are null. size is that of the record as written.
func (r *rows) endRow(missing []int, size int) {
	for _, c := range missing {
		r.columns[c].appendNull()
	}
	r.n++
	r.size += size
	r.out.seen++
	if r.n >= r.limits.rows || r.size >= r.limits.bytes || r.n%256 == 0 && r.full() {
		r.flush()
		r.open()
	}
}

func (r *rows) full() bool {
	total := 0
	for _, c := range r.columns {
		total += c.bytes()
	}
	return total >= r.limits.bytes
}

// keyless says that the row being added lacks a part of the key. Columns that were not added yet are null.
func (r *rows) keyless() bool {
	for _, i := range r.keyAt {
		if valid := r.columns[i].valid; len(valid) <= r.n || valid[r.n] == 0 {
			return true
		}
	}
	return false
}

// takeBack undoes the row that was being added.
func (r *rows) takeBack() {
	for _, c := range r.columns {
		if c.len() > r.n {
			c.truncate(r.n)
		}
	}
}

func (r *rows) reject(line int64, reject sdk.Reject) {
	r.out.seen++
	r.out.rejects = append(r.out.rejects, setAside{reject, line})
}

func (r *rows) flush() {
	if r.n == 0 {
		return
	}
	arrays := make([]arrow.Array, len(r.columns))
	r.sizes.record.Store(int64(r.size / r.n))
	for i, c := range r.columns {
		r.sizes.text[i].Store(int64(len(c.text)/r.n + 1))
		arrays[i] = c.array()
	}
	r.out.batches = append(r.out.batches, array.NewRecordBatch(r.arrow, arrays, int64(r.n)))
	r.n, r.columns = 0, nil
}

func (r *rows) close() chunk {
	r.flush()
	return r.out
}

func isText(t schema.Type) bool { return t.Kind == schema.String }

// misfit is a reject without its record: v is not of c's type.
func misfit(c schema.Column, v []byte) sdk.Reject {
	if len(v) > maxValue {
		return sdk.Reject{Column: c.Name, Code: "too_large", Reason: fmt.Sprintf("the value has %d bytes; at most %d are taken", len(v), maxValue)}
	}
	found := typeOfValue(v)
	reason := fmt.Sprintf("column %s is %s, the value is %s", c.Name, c.Type, found)
	if found == c.Type || found.Kind == schema.Int64 || found.Kind == schema.String && c.Type.Kind != schema.String && startsLikeNumber(v) {
		reason = fmt.Sprintf("column %s is %s, which would not print the value back as it is written (it is kept as %s)", c.Name, c.Type, schema.Type{Kind: schema.String})
	}
	return sdk.Reject{Column: c.Name, Code: "type", Reason: reason}
}

// nullKey is a reject without its record: it cannot be told from others.
func (s *shape) nullKey() sdk.Reject {
	r := sdk.Reject{Code: "null_key", Reason: "a column of the primary key is null"}
	if len(s.key) == 1 {
		r.Column = s.key[0].Name
	}
	return r
}

func startsLikeNumber(v []byte) bool {
	for _, c := range v {
		if (c < '0' || c > '9') && c != '.' && c != '-' && c != '+' && c != 'e' && c != 'E' {
			return false
		}
	}
	return true
}

func hugeRecord(start []byte) sdk.Reject {
	if len(start) > keptOfHuge {
		start = start[:keptOfHuge]
	}
	return sdk.Reject{Code: "too_large", Reason: fmt.Sprintf("the record is larger than %d MiB; its first %d bytes are kept", maxRecord>>20, keptOfHuge), Record: printable(start)}
}

// keyOf is a record's key as canonical text, or empty if some part is null or does not fit.
func (s *shape) keyOf(values map[string][]byte) string {
	if len(s.key) == 0 {
		return ""
	}
	parts := make([]string, len(s.key))
	for i, k := range s.key {
		v, ok := values[k.Name]
		if ok {
			parts[i], ok = canonical(k.Type, v)
		}
		if !ok {
			return ""
		}
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return string(encodeJSON(parts))
}

// canonical prints a value as the engine prints it.
func canonical(t schema.Type, v []byte) (string, bool) {
	col := newColumn(schema.Column{Type: t}, 1, len(v))
	if !col.appendValue(v) {
		return "", false
	}
	switch t.Kind {
	case schema.Decimal:
		return col.dec[0].ToString(int32(t.Scale)), true
	case schema.Bool:
		return strconv.FormatBool(col.i64[0] == 1), true
	case schema.Timestamp:
		return printMicros(col.i64[0]), true
	case schema.TimestampTZ:
		return printMicros(col.i64[0]) + "+00", true
	}
	return string(v), true
}

// encodeJSON is compact JSON without HTML escapes.
func encodeJSON(v any) json.RawMessage {
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimRight(out.Bytes(), "\n")
}
