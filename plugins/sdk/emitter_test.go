package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
	"pgregory.net/rapid"
)

// tape records what an emitter sends.
type tape struct {
	said []string
	rows [][]any
	max  int64
	sent []wire.Message
}

func (p *tape) Draining() <-chan struct{} { return nil }

func (p *tape) Send(m wire.Message) error {
	p.sent = append(p.sent, m)
	switch m := m.(type) {
	case *wire.Batch:
		p.rows = append(p.rows, Rows(m.Record)...)
		p.max = max(p.max, m.Record.NumRows())
		p.said = append(p.said, fmt.Sprintf("batch %d %s", m.Record.NumRows(), m.Scope))
	case *wire.Reject:
		p.said = append(p.said, fmt.Sprintf("reject %s %s %s", m.Column, m.Code, m.Key))
	case *wire.Checkpoint:
		p.said = append(p.said, fmt.Sprintf("checkpoint %d", m.ID))
	case *wire.Status:
		p.said = append(p.said, fmt.Sprintf("status %q %v %v", m.Scope, m.Complete, m.Unchanged))
	case *wire.Schema:
		p.said = append(p.said, "schema")
	}
	return nil
}

var idText = []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.Int64}}, {Name: "t", Type: schema.Type{Kind: schema.String}}}

func emitting(limit wire.BatchLimits) (*emitter, *tape) {
	p := &tape{}
	req := ReadRequest{Stream: "s", Batch: boundedBatch(limit), Call: Call{Streams: []StreamRequest{{Name: "s", PrimaryKey: []string{"id"}}}}}
	return newEmitter(context.Background(), req, p), p
}

func TestRowsAreBatchedAndKeepTheirOrder(t *testing.T) {
	e, p := emitting(wire.BatchLimits{Rows: 4})
	steps := errors.Join(e.Schema(idText, true), e.Scope("a.csv"))
	for i := range 6 {
		steps = errors.Join(steps, e.Row(i, "x"))
	}
	steps = errors.Join(steps, e.Checkpoint(nil), e.Row(6, nil), e.ScopeComplete("a.csv"), e.Complete())
	if steps != nil || e.finish(nil) != nil {
		t.Fatal(steps)
	}
	want := `schema, batch 4 a.csv, batch 2 a.csv, checkpoint 1, batch 1 a.csv, status "a.csv" true false, status "" true false`
	if got := strings.Join(p.said, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for i, row := range p.rows {
		if row[0] != int64(i) {
			t.Errorf("row %d is %v", i, row)
		}
	}
}

func TestBatchesHoldAboutSoManyBytes(t *testing.T) {
	e, p := emitting(wire.BatchLimits{Bytes: 1 << 20})
	_ = e.Schema(idText, false)
	for i := range 100 {
		if err := e.Row(i, strings.Repeat("x", 100<<10)); err != nil {
			t.Fatal(err)
		}
	}
	_ = e.Complete()
	if p.max > 11 || len(p.rows) != 100 {
		t.Errorf("a batch has %d rows of 100 KiB", p.max)
	}
}

func TestOversizedValuesAreRejects(t *testing.T) {
	big := strings.Repeat("x", MaxValueBytes+1)
	e, p := emitting(wire.BatchLimits{})
	_ = e.Schema(idText, false)
	if err := errors.Join(e.Row(1, "a"), e.Row(2, big), e.Row(3, strings.Repeat("y", MaxValueBytes-4))); err != nil {
		t.Fatal(err)
	}
	rec, err := BuildRecord(idText, []any{4, "b"}, []any{5, "c"})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(e.Batch(rec), e.Complete()); err != nil {
		t.Fatal(err)
	}
	want := `schema, batch 1 , reject t too_large 2, batch 1 , batch 2 , status "" true false`
	if got := strings.Join(p.said, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
	for _, m := range p.sent {
		if r, ok := m.(*wire.Reject); ok && (!strings.Contains(r.Record, big) || r.Reason == "") {
			t.Error("the reject is not whole")
		}
	}
}

func TestOversizedRowsOfABatchAreRejects(t *testing.T) {
	b := newRowBuilder(idText, schema.ArrowSchema(idText))
	for i, text := range []string{"a", strings.Repeat("x", MaxValueBytes+1), "b", "c"} {
		if _, err := convert(&b.slots[0], idText[0].Type, i); err != nil {
			t.Fatal(err)
		}
		b.slots[1] = slot{text: text}
		b.append(0)
		b.append(1)
	}
	rec := b.take()
	defer rec.Release()
	e, p := emitting(wire.BatchLimits{})
	if err := errors.Join(e.Schema(idText, false), e.Batch(rec), e.Complete()); err != nil {
		t.Fatal(err)
	}
	want := `schema, batch 1 , reject t too_large 1, batch 2 , status "" true false`
	if got := strings.Join(p.said, ", "); got != want {
		t.Errorf("%s\nwant %s", got, want)
	}
}

func TestMisuseIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(e *emitter) error
		want string
	}{
		"row before schema": {func(e *emitter) error { return e.Row(1, "a") }, "before the schema"},
		"schema twice":      {func(e *emitter) error { return errors.Join(e.Schema(idText, false), e.Schema(idText, false)) }, "schema twice"},
		"too few values":    {func(e *emitter) error { return errors.Join(e.Schema(idText, false), e.Row(1)) }, "1 values for 2"},
		"row after end":     {func(e *emitter) error { return errors.Join(e.Schema(idText, false), e.Complete(), e.Row(1, "a")) }, "after the stream's end"},
		"same column twice": {func(e *emitter) error { return e.Schema(append(idText[:1:1], idText[0]), false) }, "repeated column"},
		"bad state": {func(e *emitter) error {
			return errors.Join(e.Schema(idText, false), e.Checkpoint(json.RawMessage("{")))
		}, "not JSON"},
		"unchanged with rows": {func(e *emitter) error { return errors.Join(e.Schema(idText, false), e.Row(1, "a"), e.Unchanged()) }, "nothing changed"},
	} {
		e, _ := emitting(wire.BatchLimits{})
		err := c.do(e)
		var f *Failure
		if !errors.As(err, &f) || !strings.Contains(f.Message, c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestAMisfitAddsNothing(t *testing.T) {
	e, p := emitting(wire.BatchLimits{})
	_ = e.Schema(idText, false)
	var misfit *ValueError
	if err := e.Row("one", "a"); !errors.As(err, &misfit) || misfit.Column != "id" {
		t.Fatal(err)
	}
	if err := e.Row(2, "not \xff UTF-8"); !errors.As(err, &misfit) || misfit.Column != "t" {
		t.Fatal(err)
	}
	if err := errors.Join(e.Row(3, "c"), e.Complete()); err != nil || len(p.rows) != 1 || p.rows[0][0] != int64(3) {
		t.Errorf("%v %v", p.rows, err)
	}
}

func TestAnErrorLeavesTheStreamIncomplete(t *testing.T) {
	e, p := emitting(wire.BatchLimits{})
	_ = errors.Join(e.Schema(idText, false), e.Row(1, "a"))
	broken := errors.New("broken")
	if err := e.finish(broken); !errors.Is(err, broken) {
		t.Error(err)
	}
	if got := strings.Join(p.said, ", "); got != `schema, batch 1 , status "" false false` {
		t.Error(got)
	}
}

func TestConvertNeitherRoundsNorGuesses(t *testing.T) {
	at := time.Date(2026, 3, 4, 5, 6, 7, 8000, time.FixedZone("", 3600))
	dec := schema.Type{Kind: schema.Decimal, Precision: 6, Scale: 2}
	for _, c := range []struct {
		typ  schema.Type
		in   any
		want any // nil: a misfit
	}{
		{schema.Type{Kind: schema.Int64}, 7.0, int64(7)}, {schema.Type{Kind: schema.Int64}, 7.5, nil},
		{schema.Type{Kind: schema.Int64}, "7", nil}, {schema.Type{Kind: schema.Int64}, json.Number("9223372036854775807"), int64(9223372036854775807)},
		{schema.Type{Kind: schema.Int64}, json.Number("9223372036854775808"), nil}, {schema.Type{Kind: schema.Int64}, uint64(1) << 63, nil},
		{schema.Type{Kind: schema.Double}, json.Number("1e400"), nil}, {schema.Type{Kind: schema.Double}, int64(1)<<53 + 1, nil},
		{schema.Type{Kind: schema.Bool}, "true", nil}, {schema.Type{Kind: schema.String}, 1, nil},
		{dec, "1234.50", json.Number("1234.50")}, {dec, "12345", nil}, {dec, "1.005", nil}, {dec, "1.500", json.Number("1.50")},
		{dec, "-.5", json.Number("-0.50")}, {dec, "1e3", json.Number("1000.00")}, {dec, "15e-1", json.Number("1.50")}, {dec, "", nil}, {dec, "--1", nil},
		{dec, "0.000", json.Number("0.00")}, {dec, json.Number("1e999999999"), nil}, {dec, 0.1, json.Number("0.10")}, {dec, -3, json.Number("-3.00")},
		{schema.Type{Kind: schema.JSON}, json.RawMessage(`{"a":1}`), json.RawMessage(`{"a":1}`)}, {schema.Type{Kind: schema.JSON}, `{"a"`, nil},
		{schema.Type{Kind: schema.JSON}, []any{1, "x"}, json.RawMessage(`[1,"x"]`)},
		{schema.Type{Kind: schema.TimestampTZ}, at, at.UTC()}, {schema.Type{Kind: schema.Timestamp}, at, time.Date(2026, 3, 4, 5, 6, 7, 8000, time.UTC)},
		{schema.Type{Kind: schema.Date}, at, time.Date(2026, 3, 4, 0, 0, 0, 0, time.UTC)}, {schema.Type{Kind: schema.Date}, "1950-02-30", nil},
		{schema.Type{Kind: schema.Date}, "1950-02-28", time.Date(1950, 2, 28, 0, 0, 0, 0, time.UTC)},
		{schema.Type{Kind: schema.Null}, 1, nil},
	} {
		columns := []schema.Column{{Name: "c", Type: c.typ}}
		rec, err := BuildRecord(columns, []any{c.in})
		if c.want == nil {
			if err == nil {
				t.Errorf("%v fits %s as %v", c.in, c.typ, Rows(rec)[0][0])
			}
			continue
		}
		if err != nil {
			t.Errorf("%v as %s: %v", c.in, c.typ, err)
			continue
		}
		if got := Rows(rec)[0][0]; fmt.Sprintf("%T %v", got, got) != fmt.Sprintf("%T %v", c.want, c.want) {
			t.Errorf("%v as %s: %T %v, want %v", c.in, c.typ, got, got, c.want)
		}
	}
}

func TestRecordsHonourPresent(t *testing.T) {
	columns := []schema.Column{
		{Name: "id", Type: schema.Type{Kind: schema.String}}, {Name: "customer_id", Type: schema.Type{Kind: schema.String}},
		{Name: "present", Type: schema.Type{Kind: schema.Bytes}}, {Name: "key.email", Type: schema.Type{Kind: schema.String}},
	}
	row := func(id string, present []byte) []any {
		out := []any{id, nil, nil, "a@example.com"}
		if present != nil {
			out[2] = present
		}
		for i := range 10 {
			out = append(out, i)
		}
		return out
	}
	for i := range 10 {
		columns = append(columns, schema.Column{Name: fmt.Sprintf("field.f%d", i), Type: schema.Type{Kind: schema.Int64}})
	}
	rec, err := BuildRecord(columns, row("1", nil), row("2", []byte{0b101, 0b10}), row("3", []byte{}), row("4", []byte{0xff}))
	if err != nil {
		t.Fatal(err)
	}
	records, err := Records(rec)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []string{"f0 f1 f2 f3 f4 f5 f6 f7 f8 f9", "f0 f2 f9", "", "f0 f1 f2 f3 f4 f5 f6 f7"} {
		var names []string
		for _, f := range records[i].Fields {
			names = append(names, f.Name)
		}
		if got := strings.Join(names, " "); got != want || records[i].Key[0].Value != "a@example.com" {
			t.Errorf("record %d: %s", i+1, got)
		}
	}
}

func TestShortDecimalsAreReadAsLongOnes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := rapid.IntRange(1, 38).Draw(t, "precision")
		typ := schema.Type{Kind: schema.Decimal, Precision: p, Scale: rapid.IntRange(0, p).Draw(t, "scale")}
		text := rapid.StringMatching(`-?[0-9]{0,20}(\.[0-9]{0,8})?`).Draw(t, "text")
		n, ok := shortDecimal(text, typ)
		if !ok {
			return
		}
		long, ok := unscale(text, typ.Scale)
		if !ok || long.Int64() != n || !long.IsInt64() || len(strings.TrimLeft(long.Text(10), "-")) > p {
			t.Fatalf("%q as %s: %d, not %v", text, typ, n, long)
		}
	})
}
