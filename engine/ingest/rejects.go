package ingest

import (
	"context"
	"fmt"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"

	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// rejects collects records set aside, whole. What no longer fits in memory goes to scratch.
type rejects struct {
	store    warehouse.Store
	into     sqlgen.Relation
	held     []*wire.Reject
	bytes    int
	written  bool
	spills   int
	count    int64 // set aside in all
	read     int64 // of count, those the connector set aside
	keyless  int64 // of count, those whose key could not be read
	byColumn map[rejectKind]int64
	first    map[rejectKind]string // position of the first of a kind
}

// rejectKind is what rejects are told by.
type rejectKind struct{ column, code string }

const rejectBytes = 32 << 20

var rejectColumns = []schema.Column{
	{Name: "position", Type: schema.Type{Kind: schema.String}}, {Name: "column", Type: schema.Type{Kind: schema.String}},
	{Name: "code", Type: schema.Type{Kind: schema.String}}, {Name: "reason", Type: schema.Type{Kind: schema.String}},
	{Name: "record", Type: schema.Type{Kind: schema.String}}, {Name: "key", Type: schema.Type{Kind: schema.String}},
}

func newRejects(store warehouse.Store, into sqlgen.Relation) *rejects {
	return &rejects{store: store, into: into, byColumn: map[rejectKind]int64{}, first: map[rejectKind]string{}}
}

func (r *rejects) add(ctx context.Context, m *wire.Reject) error {
	r.held = append(r.held, m)
	r.bytes += len(m.Record) + len(m.Reason) + 64
	r.count++
	r.read++
	if m.Key == "" {
		r.keyless++
	}
	r.note(m.Column, m.Code, m.Position, 1)
	if r.bytes > rejectBytes {
		return r.flush(ctx)
	}
	return nil
}

func (r *rejects) note(column, code, position string, n int64) {
	kind := rejectKind{column, code}
	if r.byColumn[kind] == 0 {
		r.first[kind] = position
	}
	r.byColumn[kind] += n
}

// kinds are the kinds of rejects there were, most frequent first.
func (r *rejects) kinds() []rejectKind {
	var kinds []rejectKind
	for k := range r.byColumn {
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b rejectKind) int {
		if r.byColumn[a] != r.byColumn[b] {
			return int(r.byColumn[b] - r.byColumn[a])
		}
		return slices.Compare([]string{a.column, a.code}, []string{b.column, b.code})
	})
	return kinds
}

// finish writes what is left, if there was anything.
func (r *rejects) finish(ctx context.Context) error {
	if r.count == 0 {
		return nil
	}
	return r.flush(ctx)
}

// flush writes what is held to scratch. The table is there afterwards, also if nothing was held.
func (r *rejects) flush(ctx context.Context) error {
	if r.written && len(r.held) == 0 {
		return nil
	}
	into := r.into
	if r.written {
		r.spills++
		into.Name = fmt.Sprintf("%s.%d", r.into.Name, r.spills)
	}
	record := r.record()
	defer record.Release()
	reader, err := array.NewRecordReader(record.Schema(), []arrow.RecordBatch{record})
	if err != nil {
		return err
	}
	defer reader.Release()
	if _, err := r.store.Load(ctx, into, reader); err != nil {
		return fmt.Errorf("keeping rejects: %w", err)
	}
	r.held, r.bytes = nil, 0
	if !r.written {
		r.written = true
		return nil
	}
	return statements.Do(ctx, r.store, map[string]any{"Into": r.into, "From": into}, "spill", "spilled")
}

func (r *rejects) record() arrow.RecordBatch {
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema.ArrowSchema(rejectColumns))
	defer b.Release()
	put := func(i int, text string) {
		if sb := b.Field(i).(*array.StringBuilder); text == "" {
			sb.AppendNull()
		} else {
			sb.Append(text)
		}
	}
	for _, m := range r.held {
		for i, text := range []string{m.Position, m.Column, m.Code, m.Reason, m.Record, m.Key} {
			put(i, text)
		}
	}
	return b.NewRecordBatch()
}
