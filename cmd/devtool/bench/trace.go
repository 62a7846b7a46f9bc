package main

import (
	"context"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// trace is a store that notes when which statement began, so that the parts of one computation can be told apart.
type trace struct {
	warehouse.Store
	steps []step
}

// step is a statement, or a table that is loaded from Go.
type step struct {
	name      string
	statement sqlgen.Statement
	began     time.Time
	cpu       float64
}

func (t *trace) note(name string, s sqlgen.Statement) {
	t.steps = append(t.steps, step{name, s, time.Now(), processor()})
}

func (t *trace) Run(ctx context.Context, s sqlgen.Statement) (int64, error) {
	t.note(s.Name, s)
	return t.Store.Run(ctx, s)
}

func (t *trace) Read(ctx context.Context, s sqlgen.Statement) (array.RecordReader, error) {
	t.note(s.Name, s)
	return t.Store.Read(ctx, s)
}

func (t *trace) Load(ctx context.Context, into sqlgen.Relation, from array.RecordReader) (int64, error) {
	t.note("load "+into.Name, sqlgen.Statement{})
	return t.Store.Load(ctx, into, from)
}

func (t *trace) Stage(ctx context.Context, deltas ...warehouse.Delta) error {
	t.note("stage", sqlgen.Statement{})
	return t.Store.Stage(ctx, deltas...)
}

// end notes that what was begun last is over.
func (t *trace) end() { t.note("end", sqlgen.Statement{}) }

// find is the place of the first step from a place on that has one of the names; −1: none.
func (t *trace) find(from int, names ...string) int {
	for i := max(from, 0); i < len(t.steps); i++ {
		for _, name := range names {
			if t.steps[i].name == name {
				return i
			}
		}
	}
	return -1
}

// between is what lies between the beginnings of two steps.
func (t *trace) between(from, to int) took {
	if from < 0 || to < from {
		return took{}
	}
	return took{Wall: t.steps[to].began.Sub(t.steps[from].began).Seconds(), CPU: t.steps[to].cpu - t.steps[from].cpu}
}
