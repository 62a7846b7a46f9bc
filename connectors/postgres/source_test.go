package postgres

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/connectors/postgres/pgtest"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

// collected is everything a read said.
type collected struct {
	columns  []schema.Column
	rows     []string
	rejects  []sdk.Reject
	state    json.RawMessage
	complete bool
}

func (c *collected) Schema(columns []schema.Column, _ bool, _ ...string) error {
	c.columns = columns
	return nil
}
func (c *collected) Batch(arrow.RecordBatch) error { panic("not used here") }
func (c *collected) Row(values ...any) error {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = "∅"
		if v != nil {
			texts[i] = plain(v, c.columns[i].Type)
		}
		if s, isText := v.(string); isText && c.columns[i].Type.Kind != schema.String && (strings.Contains(s, "inf") || strings.Contains(s, "NaN") || c.columns[i].Type.Kind == schema.Int64) {
			return &sdk.ValueError{Column: c.columns[i].Name, Type: c.columns[i].Type, Value: s}
		}
	}
	c.rows = append(c.rows, strings.Join(texts, "|"))
	return nil
}
func (c *collected) Scope(string) error                 { return nil }
func (c *collected) Reject(r sdk.Reject) error          { c.rejects = append(c.rejects, r); return nil }
func (c *collected) Checkpoint(s json.RawMessage) error { c.state = s; return nil }
func (c *collected) ScopeComplete(string) error         { return nil }
func (c *collected) Complete() error                    { c.complete = true; return nil }
func (c *collected) Unchanged() error                   { panic("not used here") }
func (c *collected) Progress(int64, int64, string)      {}
func (c *collected) Warn(string, string)                {}
func (c *collected) types() string {
	out := make([]string, len(c.columns))
	for i, col := range c.columns {
		out[i] = col.Name + " " + col.Type.String()
	}
	return strings.Join(out, ", ")
}

func request(url, table, cursor string) sdk.ReadRequest {
	account, _ := json.Marshal(map[string]any{"url": url})
	what := "table"
	if strings.HasPrefix(table, "select") {
		what = "query"
	}
	stream, _ := json.Marshal(map[string]string{what: table})
	return sdk.ReadRequest{Call: sdk.Call{Address: "source.app", Settings: account, Streams: []sdk.StreamRequest{{Name: "t", Settings: stream, PrimaryKey: []string{"id"}, Cursor: cursor}}},
		Stream: "t", Batch: wire.BatchLimits{Rows: 65536, Bytes: 4 << 20}}
}

func read(t *testing.T, req sdk.ReadRequest) *collected {
	t.Helper()
	out := &collected{}
	if err := (source{}).Read(context.Background(), req, out); err != nil {
		t.Fatal(err)
	}
	if !out.complete {
		t.Error("not complete")
	}
	return out
}

func TestSourceTypes(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec(`create type mood as enum ('ok', 'bad'); create domain zip as text; create type pair as (a int, b text);
		create table t (id int8 primary key, s smallint, f4 float4, f8 float8, n numeric(18,4), free numeric, big numeric, b bool, txt text, c char(3), u uuid, m mood, z zip, d date, tm time, ts timestamp, tz timestamptz,
			j json, jb jsonb, arr int[], p pair, raw bytea, iv interval, empty numeric);
		insert into t values (1, 2, 0.1, 0.1, 1.2345, 1.5, 1e30, true, 'é', 'ab', '6ba7b810-9dad-11d1-80b4-00c04fd430c8', 'ok', '0043', '2026-01-31', '10:00:00.5', '2026-01-31 10:00:00.123456', '2026-01-31 10:00:00.000001+02',
			'{"a":  1}', '{"b": 9007199254740993}', '{1,null}', row(1,'x'), '\x00ff', '1 day', null),
			(2, null, null, null, 7, 2.25, 3, null, '', null, null, null, null, '1066-10-14', null, '0044-03-15 BC', null, null, null, null, null, null, null, null)`)
	got := read(t, request(pg.URL, "t", ""))
	want := "id BIGINT, s BIGINT, f4 DOUBLE, f8 DOUBLE, n DECIMAL(18,4), free DECIMAL(38,2), big DECIMAL(38,0), b BOOLEAN, txt VARCHAR, c VARCHAR, u VARCHAR, m VARCHAR, z VARCHAR, d DATE, tm TIME, ts TIMESTAMP, tz TIMESTAMPTZ, j JSON, jb JSON, arr JSON, p JSON, raw BLOB, iv VARCHAR, empty NULL"
	if diff := cmp.Diff(want, got.types()); diff != "" {
		t.Error(diff)
	}
	rows := []string{`1|2|0.1|0.1|1.2345|1.5|1000000000000000000000000000000|true|é|ab |6ba7b810-9dad-11d1-80b4-00c04fd430c8|ok|0043|2026-01-31|10:00:00.500000|2026-01-31 10:00:00.123456|2026-01-31 08:00:00.000001+00|{"a":  1}|{"b": 9007199254740993}|[1,null]|{"a":1,"b":"x"}|\x00ff|1 day|∅`,
		`2|∅|∅|∅|7.0000|2.25|3|∅||∅|∅|∅|∅|1066-10-14|∅|-0043-03-15 00:00:00|∅|∅|∅|∅|∅|∅|∅|∅`}
	rows[0] = strings.Replace(rows[0], "10:00:00.500000", "10:00:00.5", 1)
	if diff := cmp.Diff(rows, got.rows); diff != "" {
		t.Error(diff)
	}
}

func TestNullKeysAreSetAside(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec(`create table t (id int, v text); insert into t values (1, 'a'), (null, 'x')`)
	got := read(t, request(pg.URL, "t", ""))
	want := []sdk.Reject{{Position: "t: row 2", Column: "id", Code: "null_key", Reason: "a column of the primary key is null", Record: `{"id":null,"v":"x"}`}}
	if diff := cmp.Diff(want, got.rejects); diff != "" || len(got.rows) != 1 {
		t.Errorf("rows %v, rejects (-want +got):\n%s", got.rows, diff)
	}
}

func TestSourceSetsAside(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec(`create table t (id int, at timestamptz, n text); insert into t values (1, 'infinity', 'x'), (2, '2026-01-01', '5')`)
	req := request(pg.URL, "public.t", "")
	req.Columns = []schema.Column{{Name: "n", Type: schema.Type{Kind: schema.Int64}}}
	got := read(t, req)
	if len(got.rejects) != 1 || got.rejects[0].Column != "at" || got.rejects[0].Key != "1" || len(got.rows) != 1 || got.rows[0] != "2|2026-01-01 00:00:00+00|5" {
		t.Errorf("rejects %v, rows %v", got.rejects, got.rows)
	}
}

// A column whose type was changed: where its type is settled, values that are still the same are taken; where it is only
// kept, the new type is said.
func TestAlteredColumns(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec(`create table t (id int, v numeric(10,2), free numeric); insert into t values (1, 5, 1.5), (2, 5.25, 12.125)`)
	kept := []schema.Column{{Name: "v", Type: schema.Type{Kind: schema.Int64}}, {Name: "free", Type: schema.Type{Kind: schema.Decimal, Precision: 38, Scale: 1}}}
	req := request(pg.URL, "t", "")
	req.Kept = kept
	got := read(t, req)
	if want := "id BIGINT, v DECIMAL(10,2), free DECIMAL(5,3)"; got.types() != want || len(got.rejects) > 0 {
		t.Errorf("types %s, rejects %v", got.types(), got.rejects)
	}
	req.Columns = kept[:1]
	got = read(t, req)
	if want := "id BIGINT, v BIGINT, free DECIMAL(5,3)"; got.types() != want || len(got.rejects) != 1 || got.rejects[0].Key != "2" || len(got.rows) != 1 || got.rows[0] != "1|5|1.5" {
		t.Errorf("types %s, rows %v, rejects %v", got.types(), got.rows, got.rejects)
	}
}

func TestCursor(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec(`create table t (id int primary key, at timestamptz); insert into t select i, timestamptz '2026-01-01 00:00+00' + i * interval '1 microsecond' from generate_series(1, 10) i; insert into t values (11, null)`)
	req := request(pg.URL, "public.t", "at")
	req.State = read(t, req).state
	req.Cursor = "2026-01-01 00:00:00.000009+00"
	ids := func(c *collected) string {
		var out []string
		for _, r := range c.rows {
			id, _, _ := strings.Cut(r, "|")
			out = append(out, id)
		}
		return strings.Join(out, " ")
	}
	if got := ids(read(t, req)); got != "9 10 11" {
		t.Errorf("from the cursor on: %s", got)
	}
	req.Lag = 2 * time.Microsecond
	if got := ids(read(t, req)); got != "7 8 9 10 11" {
		t.Errorf("with a lag: %s", got)
	}
	req.Full = true
	if got := ids(read(t, req)); got != "1 2 3 4 5 6 7 8 9 10 11" {
		t.Errorf("in full: %s", got)
	}
	req.Full, req.Lag = false, 0
	req.Call.Streams[0].Cursor = "updated"
	err := (source{}).Read(context.Background(), req, &collected{})
	var f *sdk.Failure
	if !errors.As(err, &f) || f.Kind != sdk.FailureConfig || !strings.Contains(f.Detail, "id, at") {
		t.Errorf("%v", err)
	}
}

// A transaction that began before a read and commits after it writes rows whose cursor is older than what was read.
func TestLateCommitsAreNotMissed(t *testing.T) {
	pg := pgtest.Start(t)
	pg.Exec(`create table t (id int primary key, at int); insert into t values (1, 10)`)
	ctx := context.Background()
	late, err := connect(ctx, pg.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer late.Close(ctx)
	for _, sql := range []string{"begin", "savepoint a", "insert into t values (2, 5)", "release a"} {
		if _, err := late.Exec(ctx, sql); err != nil {
			t.Fatal(err)
		}
	}
	pg.Exec("insert into t values (3, 11)")
	req := request(pg.URL, "t", "at")
	first := read(t, req)
	if len(first.rows) != 2 {
		t.Fatalf("first %v", first.rows)
	}
	if _, err := late.Exec(ctx, "commit"); err != nil {
		t.Fatal(err)
	}
	req.State, req.Cursor = first.state, "11"
	second := read(t, req)
	if diff := cmp.Diff([]string{"2|5", "3|11"}, second.rows); diff != "" {
		t.Error(diff)
	}
	req.State = second.state
	if third := read(t, req); !cmp.Equal(third.rows, []string{"3|11"}) {
		t.Errorf("third %v", third.rows)
	}
}

func TestSourceErrors(t *testing.T) {
	pg := pgtest.Start(t)
	secret := strings.Replace(pg.URL, "app@", "app:hunter2@", 1)
	for _, c := range []struct {
		url, table string
		kind       string
	}{
		{secret, "public.nothing", "config"}, {secret, "select * from (select 1 as id) x where nothing", "config"}, {strings.Replace(secret, "/postgres?", "/nothing?", 1), "t", "config"},
		{"postgres://app:hunter2@127.0.0.1:1/x", "t", "transient"}, {"postgres://app:hunter2@127.0.0.1:1:2/x", "t", "config"}, {secret, "select 1 as id, 2 as id", "config"},
	} {
		err := (source{}).Read(context.Background(), request(c.url, c.table, ""), &collected{})
		var f *sdk.Failure
		if !errors.As(err, &f) || string(f.Kind) != c.kind || strings.Contains(fmt.Sprintf("%#v", f), "hunter2") {
			t.Errorf("%s: %#v", c.table, err)
			continue
		}
		t.Log(f.Kind, f.Path, f.Message, f.Detail)
	}
}

func TestTableNames(t *testing.T) {
	for text, want := range map[string]string{"users": `"public"."users"`, "a.b": `"a"."b"`, `"My".T`: `"My"."T"`, `"a.b"`: `"public"."a.b"`, "a.b.c": "", "a..b": "", `"a`: "", "": "", `"a"b`: ""} {
		name, err := tableName(text)
		if got := name.Sanitize(); err == nil && got != want || err != nil && want != "" {
			t.Errorf("%s: %s %v", text, got, err)
		}
	}
}
