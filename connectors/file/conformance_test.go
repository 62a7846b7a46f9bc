package file

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/sdktest"
	"github.com/cdp-engine/cdp/plugins/wire"
)

func TestMain(m *testing.M) { sdktest.Main(m, New()) }

// conformRead is a stream over a file of that text.
func conformRead(name, text string, settle bool, s stream) func(testing.TB) wire.ReadRequest {
	return func(t testing.TB) wire.ReadRequest {
		p := write(t, name, text)
		if settle {
			old(t, p, 10)
		}
		s := s
		s.settings = map[string]any{"path": p}
		s.limits = wire.BatchLimits{Rows: 1000, Bytes: 1 << 20}
		return s.request(t)
	}
}

func TestConformance(t *testing.T) {
	var rows, lines strings.Builder
	rows.WriteString("id,name,u\n")
	for i := range 5000 {
		fmt.Fprintf(&rows, "%d,name %d,%d\n", i, i, i/10)
		fmt.Fprintf(&lines, "{\"id\": %d, \"tags\": [%d]}\n", i, i)
	}
	key := []string{"id"}
	dest := func(name string) sdktest.Object {
		return sdktest.Object{Name: name, Setup: func(t testing.TB) sdktest.Target {
			dir := t.TempDir()
			settings, err := json.Marshal(map[string]string{"dir": dir})
			if err != nil {
				t.Fatal(err)
			}
			text := schema.Type{Kind: schema.String}
			return sdktest.Target{
				Request: wire.WriteRequest{Call: wire.Call{Address: "destination.out", Settings: settings, Objects: []wire.ObjectRequest{{Name: name, Key: key, Fields: []string{"v"}}}},
					Object: name, Op: schema.OpReplace, Key: []schema.Column{{Name: "id", Type: text}}, Fields: []schema.Column{{Name: "v", Type: text}}, RunID: "r"},
				Batches: []sdktest.Operations{{Op: schema.OpReplace, Records: []sdktest.Record{{Key: []any{"a"}, Fields: []any{"1"}}, {Key: []any{"b"}, Fields: []any{nil}}}}, {Op: schema.OpReplace, Records: []sdktest.Record{{Key: []any{"c"}, Fields: []any{""}}}}},
				Verify: func(t testing.TB) {
					info, err := os.Stat(filepath.Join(dir, name))
					if err != nil {
						t.Fatal(err)
					}
					if info.Mode().Perm()&0o400 == 0 {
						t.Errorf("mode %v", info.Mode())
					}
					s := of(filepath.Join(dir, name))
					s.columns = "id varchar, v varchar"
					if got := s.must(t); strings.Join(got.rows, " ") != "a|1 b|∅ c|" {
						t.Errorf("rows %v", got.rows)
					}
				},
			}
		}}
	}
	sdktest.Run(t, sdktest.Case{
		Connector: New(),
		Streams: []sdktest.Stream{
			{Name: "csv", Rows: 5000, Setup: conformRead("t.csv", rows.String(), true, stream{key: key, columns: "id bigint, name varchar, u bigint"})},
			{Name: "cursor", Rows: 5000, Setup: conformRead("t.csv", rows.String(), true, stream{key: key, cursor: "u"})},
			{Name: "keyless", Rows: 5000, Setup: conformRead("t.csv", rows.String(), true, stream{})},
			{Name: "jsonl", Rows: 5000, Setup: conformRead("t.jsonl", lines.String(), true, stream{key: key})},
			{Name: "gone", Fails: sdk.FailureConfig, Setup: func(t testing.TB) wire.ReadRequest { return of(filepath.Join(t.TempDir(), "gone.csv")).request(t) }},
			{Name: "binary", Fails: sdk.FailureConfig, Setup: conformRead("t.csv", strings.Repeat("\x00\x01\xff", 100), false, stream{})},
		},
		Objects: []sdktest.Object{dest("t.csv"), dest("sub/t.jsonl"), dest("t.parquet")},
	})
}
