package file

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/cdp-engine/cdp/plugins/wire"
	"github.com/google/go-cmp/cmp"
)

var (
	testKey    = []schema.Column{{Name: "id", Type: schema.Type{Kind: schema.Int64}}}
	testFields = []schema.Column{
		{Name: "name", Type: schema.Type{Kind: schema.String}}, {Name: "amount", Type: schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 2}},
		{Name: "seen_at", Type: schema.Type{Kind: schema.TimestampTZ}}, {Name: "none", Type: schema.Type{Kind: schema.Null}}, {Name: "obj", Type: schema.Type{Kind: schema.JSON}},
		{Name: "day", Type: schema.Type{Kind: schema.Date}}, {Name: "ok", Type: schema.Type{Kind: schema.Bool}}, {Name: "ts", Type: schema.Type{Kind: schema.Timestamp}},
		{Name: "x", Type: schema.Type{Kind: schema.Double}},
	}
)

func writeRequest(dir, object string) sdk.WriteRequest {
	settings, _ := json.Marshal(map[string]string{"dir": dir})
	return sdk.WriteRequest{Call: sdk.Call{Address: "destination.out", Settings: wire.Settings(settings)}, Object: object, Op: schema.OpReplace,
		Key: testKey, Fields: testFields, RunID: "run1", AsOf: time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)}
}

// batch is rows as JSON in the shape of wire.OpBatch.
func batch(t *testing.T, req sdk.WriteRequest, rows string) sdk.Batch {
	t.Helper()
	record, _, err := array.RecordFromJSON(memory.DefaultAllocator, wire.OpSchema(req), newReader(rows))
	if err != nil {
		t.Fatal(err)
	}
	return sdk.Batch{ID: "b1", Op: req.Op, Arrow: record}
}

const twoRows = `[
 {"id": "1", "key.id": 1, "field.name": "Né \"1\", x\ny", "field.amount": "1.05", "field.seen_at": "2026-01-01T00:00:01.5Z", "field.none": null, "field.obj": "{\"a\":\"b\"}", "field.day": "2026-01-31", "field.ok": true, "field.ts": "2026-01-31 10:00:00", "field.x": 1.5},
 {"id": "2", "key.id": 2, "field.name": "", "field.amount": "-20.00", "field.seen_at": null, "field.none": null, "field.obj": null, "field.day": null, "field.ok": null, "field.ts": null, "field.x": 150}
]`

func writeFile(t *testing.T, req sdk.WriteRequest, rows ...string) {
	t.Helper()
	w, err := destination{}.Open(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if results, err := w.Write(context.Background(), batch(t, req, r)); err != nil || results != nil {
			t.Fatal(results, err)
		}
	}
	if evidence, err := w.Finish(context.Background()); err != nil || evidence != "rename" {
		t.Fatal(evidence, err)
	}
	w.Abort()
}

func TestWrittenFilesReadBack(t *testing.T) {
	for _, name := range []string{"t.csv", "sub/t.tsv", "t.jsonl", "t.json", "t.parquet", "t.csv.gz", "t.jsonl.zst"} {
		dir := filepath.Join(t.TempDir(), "out")
		writeFile(t, writeRequest(dir, name), twoRows)
		s := of(filepath.Join(dir, name))
		s.columns = "seen_at timestamptz, amount decimal(18,2), x double"
		got := s.must(t)
		want := []string{"1|Né \"1\", x\ny|1.05|2026-01-01T00:00:01.5Z|∅|{\"a\":\"b\"}|2026-01-31|true|2026-01-31 10:00:00|1.5", "2||-20.00|∅|∅|∅|∅|∅|∅|150"}
		if diff := cmp.Diff(want, got.rows); diff != "" {
			t.Error(name, got.types(), diff)
		}
		entries, _ := os.ReadDir(filepath.Dir(filepath.Join(dir, name)))
		if len(entries) != 1 {
			t.Errorf("%s: %d files are left", name, len(entries))
		}
	}
}

func TestNothingIsWrittenBeforeTheEnd(t *testing.T) {
	dir := t.TempDir()
	req := writeRequest(dir, "t.csv")
	put(t, filepath.Join(dir, "t.csv"), "as it was\n")
	put(t, filepath.Join(dir, ".t.csv"+unfinished), "of a killed run")
	w, err := destination{}.Open(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(context.Background(), batch(t, req, twoRows)); err != nil {
		t.Fatal(err)
	}
	w.Abort()
	if text, _ := os.ReadFile(filepath.Join(dir, "t.csv")); string(text) != "as it was\n" {
		t.Errorf("the file is %q", text)
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left: %v", entries)
	}
}

func TestEmptySetsAreFilesWithAHeader(t *testing.T) {
	dir := t.TempDir()
	writeFile(t, writeRequest(dir, "t.csv"))
	if text, _ := os.ReadFile(filepath.Join(dir, "t.csv")); string(text) != "id,name,amount,seen_at,none,obj,day,ok,ts,x\n" {
		t.Errorf("the file is %q", text)
	}
	writeFile(t, writeRequest(dir, "t.json"))
	if got := of(filepath.Join(dir, "t.json")).must(t); len(got.rows) != 0 {
		t.Errorf("rows %v", got.rows)
	}
}

func TestNamesOfObjects(t *testing.T) {
	objects := map[string]string{
		"vips.csv": "", "a/b.jsonl.gz": "", "x-{run}-{date}.parquet": "", "../x.csv": "The file is not under the destination's folder", "/etc/x.csv": "The file is not under the destination's folder",
		"x.xls": "File format not known", "x": "File format not known", "x-{day}.csv": "Placeholder not known", "x.parquet.gz": "Parquet files are not compressed as a whole", ".x.csv": "The object is not the name of a file",
	}
	for name, want := range objects {
		v := destination{}.Validate(context.Background(), sdk.Call{Objects: []sdk.ObjectRequest{{Name: name, Key: []string{"id"}, Fields: []string{"v"}}}})
		got := ""
		if len(v.Problems) > 0 {
			got = v.Problems[0].Summary
		}
		if got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
	v := destination{}.Validate(context.Background(), sdk.Call{Objects: []sdk.ObjectRequest{{Name: "x.csv"}, {Name: "x-{run}.csv"}}})
	if _, ok := v.Objects[0].Can(schema.OpAppend); ok {
		t.Error("a file of one name cannot be appended to")
	}
	if _, ok := v.Objects[1].Can(schema.OpAppend); !ok {
		t.Error("a file a run is appending")
	}
}

func TestFoldersThatCannotBeWritten(t *testing.T) {
	dir := t.TempDir()
	put(t, filepath.Join(dir, "file"), "")
	if err := os.Symlink("/", filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ dir, object string }{{filepath.Join(dir, "file"), "x.csv"}, {dir, "file/x.csv"}, {dir, "link/x.csv"}, {"/proc/nothing", "x.csv"}} {
		_, err := destination{}.Open(context.Background(), writeRequest(c.dir, c.object))
		var f *sdk.Failure
		if !errors.As(err, &f) || f.Detail == "" {
			t.Errorf("%v: %#v", c, err)
			continue
		}
		t.Log(f.Kind, f.Message, f.Detail)
	}
}

func TestAppendedFilesAreNotReplaced(t *testing.T) {
	dir := t.TempDir()
	req := writeRequest(dir, "x-{date}.csv")
	req.Append = true
	w, err := destination{}.Open(context.Background(), req)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, req, twoRows)
	if _, err := w.Finish(context.Background()); err == nil {
		t.Error("the file of another run was replaced")
	}
	if _, err := (destination{}).Open(context.Background(), req); err == nil {
		t.Error("a second file of the day")
	}
	req.Object = "x-{run}.csv"
	writeFile(t, req, twoRows)
	writeFile(t, req, twoRows) // the same run again
	if entries, _ := os.ReadDir(dir); len(entries) != 2 {
		t.Errorf("files: %v", entries)
	}
}
