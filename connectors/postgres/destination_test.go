package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/connectors/postgres/pgtest"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/google/go-cmp/cmp"
)

var (
	textType = schema.Type{Kind: schema.String}
	emailKey = []schema.Column{{Name: "email", Type: textType}}
	amount   = schema.Column{Name: "amount", Type: schema.Type{Kind: schema.Decimal, Precision: 38, Scale: 4}}
	note     = schema.Column{Name: "note", Type: textType}
)

func writeRequest(url, object string, fields ...schema.Column) sdk.WriteRequest {
	settings, _ := json.Marshal(map[string]any{"url": url, "create": true})
	return sdk.WriteRequest{Call: sdk.Call{Address: "destination.crm", Settings: settings}, Object: object, Key: emailKey, Fields: fields, RunID: "r"}
}

// record is a key and fields by name; a number is a decimal.
func record(email string, fields ...any) sdk.Record {
	r := sdk.Record{ID: `{"email":"` + email + `"}`, Key: []sdk.Field{{Name: "email", Type: textType, Value: email}}}
	for i := 0; i < len(fields); i += 2 {
		f := sdk.Field{Name: fields[i].(string), Type: textType, Value: fields[i+1]}
		if f.Name == "amount" {
			f.Type = amount.Type
			if s, ok := f.Value.(string); ok {
				f.Value = json.Number(s)
			}
		}
		r.Fields = append(r.Fields, f)
	}
	return r
}

func outcomes(results []sdk.Result) string {
	out := make([]string, len(results))
	for i, r := range results {
		out[i] = string(r.Outcome)
		if r.Code != "" {
			out[i] += ":" + r.Code
		}
	}
	return strings.Join(out, " ")
}

func send(t *testing.T, w sdk.Writer, op schema.Op, records ...sdk.Record) string {
	t.Helper()
	results, err := w.Write(context.Background(), sdk.Batch{ID: "b", Op: op, Records: records})
	if err != nil {
		t.Fatalf("%#v", err)
	}
	return outcomes(results)
}

func openWriter(t *testing.T, req sdk.WriteRequest) sdk.Writer {
	t.Helper()
	w, err := (destination{}).Open(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.Abort)
	return w
}

func TestOperations(t *testing.T) {
	pg := pgtest.Start(t)
	for _, unique := range []bool{true, false} {
		table := fmt.Sprintf("people_%v", unique)
		pg.Exec("create table " + table + " (email text, amount numeric(18,4), note text default 'none')")
		if unique {
			pg.Exec("alter table " + table + " add primary key (email)")
		}
		w := openWriter(t, writeRequest(pg.URL, table, amount, note))
		for _, step := range []struct {
			op      schema.Op
			records []sdk.Record
			want    string
		}{
			{schema.OpUpsert, []sdk.Record{record("a", "amount", "7", "note", "x"), record("b", "amount", "1.25"), record("c", "note", nil)}, "ok ok ok"},
			{schema.OpUpsert, []sdk.Record{record("a", "amount", "8"), record("d")}, "ok ok"},
			{schema.OpAdd, []sdk.Record{record("a", "amount", "8.0000", "note", "x"), record("b", "amount", "2"), record("e", "amount", "5")}, "noop:exists noop:exists ok"},
			{schema.OpUpdate, []sdk.Record{record("b", "note", "y\t\\ \n'"), record("z", "note", "y")}, "ok noop:not_found"},
			{schema.OpRemove, []sdk.Record{record("c"), record("z")}, "ok noop:not_found"},
			{schema.OpDelete, []sdk.Record{record("d")}, "ok"},
		} {
			if got := send(t, w, step.op, step.records...); got != step.want {
				t.Errorf("unique %v, %s: %s", unique, step.op, got)
			}
		}
		if _, err := w.Finish(context.Background()); err != nil {
			t.Fatal(err)
		}
		want := [][]string{{"a", "8.0000", "x"}, {"b", "1.2500", "y\t\\ \n'"}, {"e", "5.0000", "none"}}
		if diff := cmp.Diff(want, pg.Query("select * from "+table+" order by 1")); diff != "" {
			t.Error(unique, diff)
		}
	}
}

func TestOneBadRowStopsNoOther(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec("create table t (email varchar(30) primary key, amount numeric(6,2) check (amount >= 0), note text unique deferrable initially deferred)")
	w := openWriter(t, writeRequest(pg.URL, "t", amount, note))
	var records []sdk.Record
	for i := range 500 {
		records = append(records, record(fmt.Sprintf("u%d", i), "amount", fmt.Sprint(i), "note", fmt.Sprint("n", i)))
	}
	records[17] = record("u17", "amount", "-1", "note", "n17")
	records[300] = record(strings.Repeat("long", 20), "amount", "1", "note", "n300")
	records[400] = record("u400", "amount", "1", "note", "n2")
	records[450] = record("u450", "amount", "123456", "note", "n450")
	results, err := w.Write(context.Background(), sdk.Batch{Op: schema.OpUpsert, Records: records})
	if err != nil {
		t.Fatal(err)
	}
	got := map[int]string{}
	for i, r := range results {
		if r.ID != records[i].ID {
			t.Fatal("results are in another order")
		}
		if r.Outcome != sdk.OK {
			got[i] = string(r.Outcome) + " " + r.Code + " " + r.Message
		}
	}
	want := map[int]string{
		17:  `rejected 23514 new row for relation "t" violates check constraint "t_amount_check"`,
		300: "rejected 22001 value too long for type character varying(30)",
		400: `rejected 23505 duplicate key value violates unique constraint "t_note_key"`,
		450: "rejected 22003 numeric field overflow",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if n := pg.Query("select count(*) from t")[0][0]; n != "496" {
		t.Errorf("%s rows", n)
	}
}

func TestTypesArriveExactly(t *testing.T) {
	pg := pgtest.Start(t)
	kinds := map[string]schema.Type{"i": {Kind: schema.Int64}, "d": {Kind: schema.Double}, "b": {Kind: schema.Bool}, "day": {Kind: schema.Date}, "ts": {Kind: schema.Timestamp}, "tz": {Kind: schema.TimestampTZ},
		"j": {Kind: schema.JSON}, "raw": {Kind: schema.Bytes}, "tags": {Kind: schema.JSON}, "tm": {Kind: schema.Time}, "n": {Kind: schema.Decimal, Precision: 20, Scale: 2}}
	pg.Exec("create table t (email text primary key, i int, d float8, b bool, day date, ts timestamp, tz timestamptz, j jsonb, raw bytea, tags text[], tm time, n int)")
	at := time.Date(2026, 1, 31, 10, 0, 0, 123456000, time.UTC)
	values := map[string]any{"i": int64(-5), "d": 0.1, "b": true, "day": at, "ts": at, "tz": at, "j": json.RawMessage(`{"a":[1,null]}`), "raw": []byte{0, 255}, "tags": json.RawMessage(`["a, \"b\"",null]`), "tm": at, "n": json.Number("150.00")}
	req := writeRequest(pg.URL, "t")
	r := record("a")
	for _, name := range []string{"i", "d", "b", "day", "ts", "tz", "j", "raw", "tags", "tm", "n"} {
		req.Fields = append(req.Fields, schema.Column{Name: name, Type: kinds[name]})
		r.Fields = append(r.Fields, sdk.Field{Name: name, Type: kinds[name], Value: values[name]})
	}
	if got := send(t, openWriter(t, req), schema.OpUpsert, r); got != "ok" {
		t.Fatal(got)
	}
	want := [][]string{{"a", "-5", "0.1", "t", "2026-01-31", "2026-01-31 10:00:00.123456", "t", `{"a": [1, null]}`, `\x00ff`, `{"a, \"b\"",NULL}`, "10:00:00.123456", "150"}}
	if diff := cmp.Diff(want, pg.Query("select email, i, d, b, day, ts, tz = '2026-01-31 10:00:00.123456+00', j, raw, tags, tm, n from t")); diff != "" {
		t.Error(diff)
	}
}

func TestReplaceIsAllOrNothing(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec("create table t (email text primary key, note text not null); insert into t values ('old', 'x')")
	req := writeRequest(pg.URL, "t", note)
	req.Op = schema.OpReplace
	w := openWriter(t, req)
	for _, e := range []string{"a", "b"} {
		if results, err := w.Write(context.Background(), sdk.Batch{Op: schema.OpReplace, Records: []sdk.Record{record(e, "note", "n")}}); err != nil || results != nil {
			t.Fatal(results, err)
		}
	}
	if got := pg.Query("select email from t"); got[0][0] != "old" {
		t.Errorf("seen before the end: %v", got)
	}
	if _, err := w.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := pg.Query("select string_agg(email, ' ' order by email) from t"); got[0][0] != "a b" {
		t.Errorf("%v", got)
	}
	w = openWriter(t, req)
	_, _ = w.Write(context.Background(), sdk.Batch{Op: schema.OpReplace, Records: []sdk.Record{record("c", "note", "n")}})
	if _, err := w.Write(context.Background(), sdk.Batch{Op: schema.OpReplace, Records: []sdk.Record{record("d", "note", nil)}}); err == nil {
		t.Error("a null was taken")
	}
	if _, err := w.Finish(context.Background()); err == nil {
		t.Error("a failed set was finished")
	}
	if got := pg.Query("select string_agg(email, ' ' order by email) from t"); got[0][0] != "a b" {
		t.Errorf("%v", got)
	}
	w = openWriter(t, req)
	if _, err := w.Finish(context.Background()); err != nil {
		t.Fatal(err)
	}
	if got := pg.Query("select count(*) from t"); got[0][0] != "0" {
		t.Errorf("an empty set: %v", got)
	}
}

func TestCreateAndReadback(t *testing.T) {
	pg := pgtest.Start(t)
	w := openWriter(t, writeRequest(pg.URL, "made", amount, note))
	if got := send(t, w, schema.OpUpsert, record("a", "amount", "150", "note", nil), record("b", "amount", nil, "note", "<x>")); got != "ok ok" {
		t.Fatal(got)
	}
	settings, _ := json.Marshal(map[string]any{"url": pg.URL})
	var got []string
	err := (destination{}).Readback(context.Background(), sdk.ReadbackRequest{Call: sdk.Call{Settings: settings}, Object: "public.made", Key: emailKey, Fields: []schema.Column{amount, note}}, func(r sdk.ReadbackRecord) error {
		got = append(got, r.ID+" "+string(r.Fields))
		return nil
	})
	if diff := cmp.Diff([]string{`{"email":"a"} {"amount":150.0000,"note":null}`, `{"email":"b"} {"amount":null,"note":"\u003cx\u003e"}`}, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
	if key := keyJSON([]schema.Column{{Name: "z", Type: amount.Type}, {Name: "a", Type: textType}}, [][]byte{[]byte("150.5000"), []byte("é<")}); key != `{"a":"é<","z":150.5}` {
		t.Error(key)
	}
}

func TestDestinationErrors(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec("create table t (email text primary key, amounts numeric); create table silent (email text primary key, note text); create function nothing() returns trigger language plpgsql as 'begin return null; end'; create trigger n before insert on silent for each row execute function nothing()")
	w := openWriter(t, writeRequest(pg.URL, "t", amount))
	_, err := w.Write(context.Background(), sdk.Batch{Op: schema.OpUpsert, Records: []sdk.Record{record("a", "amount", "1")}})
	var f *sdk.Failure
	if !errors.As(err, &f) || f.Kind != sdk.FailureConfig || !strings.Contains(f.Detail, `Did you mean "amounts"?`) {
		t.Errorf("%#v", err)
	}
	if got := send(t, openWriter(t, writeRequest(pg.URL, "silent", note)), schema.OpUpsert, record("a", "note", "x")); got != "unknown:no_evidence" {
		t.Errorf("a trigger that swallows rows: %s", got)
	}
	// The server ends the session between two batches, and within one.
	w = openWriter(t, writeRequest(pg.URL, "made", note))
	if got := send(t, w, schema.OpUpsert, record("a", "note", "x")); got != "ok" {
		t.Fatal(got)
	}
	pg.Exec("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'cdp' and pid <> pg_backend_pid()")
	_, err = w.Write(context.Background(), sdk.Batch{Op: schema.OpUpsert, Records: []sdk.Record{record("b", "note", "x")}})
	if !errors.As(err, &f) || f.Kind != sdk.FailureTransient {
		t.Errorf("%#v", err)
	}
	if got := send(t, w, schema.OpUpsert, record("b", "note", "x")); got != "ok" {
		t.Errorf("after a new connection: %s", got)
	}
}
