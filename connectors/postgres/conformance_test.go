package postgres

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/connectors/postgres/pgtest"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/sdktest"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

func TestConformance(t *testing.T) {
	const rows = "create table t (id bigint primary key, name text, at timestamptz, n numeric(18,4)); insert into t select i, 'name ' || i, timestamptz '2026-01-01 00:00+00' + (i / 10) * interval '1 second', i + 0.5 from generate_series(1, 5000) i"
	stream := func(table, cursor string) func(testing.TB) wire.ReadRequest {
		return func(t testing.TB) wire.ReadRequest {
			pg := pgtest.Start(t)
			pg.Exec(rows)
			return request(strings.Replace(pg.URL, "app@", "app:s3cret-word@", 1), table, cursor)
		}
	}
	sdktest.Run(t, sdktest.Case{
		Connector: New(),
		Streams: []sdktest.Stream{
			{Name: "table", Rows: 5000, Setup: stream("public.t", "")},
			{Name: "cursor", Rows: 5000, Setup: stream("public.t", "at")},
			{Name: "query", Rows: 50, Setup: stream("select * from t where id <= 50 order by id desc", "")},
			{Name: "nothing", Fails: sdk.FailureConfig, Setup: stream("public.nothing", "")},
		},
		Objects: []sdktest.Object{
			conformObject("upsert", schema.OpUpsert, [][]string{{"a", "9"}, {"b", "2"}, {"c", "3"}, {"old", "0"}}),
			conformObject("add", schema.OpAdd, [][]string{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"old", "0"}}),
			conformObject("delete", schema.OpDelete, [][]string{}),
			conformObject("append", schema.OpAppend, [][]string{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"old", "0"}}),
			conformObject("replace", schema.OpReplace, [][]string{{"b", "2"}, {"c", "3"}}),
		},
	})
}

// conformObject writes two batches; operations that may come back to a record do.
func conformObject(name string, op schema.Op, want [][]string) sdktest.Object {
	return sdktest.Object{Name: name, Setup: func(t testing.TB) sdktest.Target {
		pg := pgtest.Start(t)
		pg.Exec("create table o (email text, note text); insert into o values ('old', '0')")
		if op != schema.OpAppend {
			pg.Exec("alter table o add primary key (email)")
		}
		settings, err := json.Marshal(map[string]any{"url": strings.Replace(pg.URL, "app@", "app:s3cret-word@", 1), "create": false})
		if err != nil {
			t.Fatal(err)
		}
		target := sdktest.Target{Request: wire.WriteRequest{
			Call:   wire.Call{Address: "destination.crm", Settings: settings, Objects: []wire.ObjectRequest{{Name: "public.o", Key: []string{"email"}, Fields: []string{"note"}}}},
			Object: "public.o", Key: emailKey, Fields: []schema.Column{note}, RunID: "r"}}
		batch := func(pairs ...string) {
			o := sdktest.Operations{Op: op}
			for i := 0; i < len(pairs); i += 2 {
				o.Records = append(o.Records, sdktest.Record{Key: []any{pairs[i]}, Fields: []any{pairs[i+1]}})
			}
			target.Batches = append(target.Batches, o)
		}
		switch op {
		case schema.OpReplace:
			target.Request.Op = op
			batch("b", "2")
			batch("c", "3")
		case schema.OpAdd, schema.OpAppend:
			batch("a", "1", "b", "2")
			batch("c", "3")
		case schema.OpDelete:
			batch("old", "", "x", "")
		default:
			batch("a", "1", "b", "2")
			batch("a", "9", "c", "3")
		}
		target.Verify = func(t testing.TB) {
			got := pg.Query("select email, note from o order by 1, 2")
			if diff := cmp.Diff(fmt.Sprint(want), fmt.Sprint(got)); diff != "" {
				t.Error(diff)
			}
		}
		return target
	}}
}
