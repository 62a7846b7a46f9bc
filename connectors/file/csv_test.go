package file

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/google/go-cmp/cmp"
)

func TestCSVValues(t *testing.T) {
	for _, c := range []struct {
		name, text, columns string
		types               string
		rows                []string
		rejects             []string // position column code
	}{
		{"types", "b,n,d,v,day,ts,tz\ntrue,1,1.50,1.5,2026-01-31,2026-01-31 10:00:00,2026-01-31T10:00:00Z\nfalse,-2,20.25,2,2024-02-29,2026-01-31T10:00:00.5,2026-01-31 10:00:00+02\n", "",
			"b BOOLEAN, n BIGINT, d DECIMAL(18,2), v DOUBLE, day DATE, ts TIMESTAMP, tz TIMESTAMPTZ",
			[]string{"true|1|1.50|1.5|2026-01-31|2026-01-31 10:00:00|2026-01-31T10:00:00Z", "false|-2|20.25|2|2024-02-29|2026-01-31 10:00:00.5|2026-01-31T08:00:00Z"}, nil},
		{"not numbers", "plus,zero,exp,long,frac,nodot,space,negzero\n+1415,0043,1e5,12345678901234567890,.5,5., 1,-0\n", "",
			"plus VARCHAR, zero VARCHAR, exp VARCHAR, long VARCHAR, frac VARCHAR, nodot VARCHAR, space VARCHAR, negzero VARCHAR",
			[]string{"+1415|0043|1e5|12345678901234567890|.5|5.| 1|-0"}, nil},
		{"not dates", "a,b,c,d\n2026-02-30,2026-1-1,2026-01-01 25:00:00,2026-01-01 10:00:00.1234567\n0000-01-01,,,\n", "", "a VARCHAR, b VARCHAR, c VARCHAR, d VARCHAR", []string{"2026-02-30|2026-1-1|2026-01-01 25:00:00|2026-01-01 10:00:00.1234567", "0000-01-01|∅|∅|∅"}, nil},
		{"nulls", "a,b,c\n,\"\",\n1,x,\n", "", "a BIGINT, b VARCHAR, c NULL", []string{"∅||∅", "1|x|∅"}, nil},
		{"wide decimals", "d\n1234567890123456789012.25\n-1.50\n", "", "d DECIMAL(24,2)", []string{"1234567890123456789012.25", "-1.50"}, nil},
		{"doubles that would change", "d\n0.1\n0.12345678901234567890\n", "", "d VARCHAR", []string{"0.1", "0.12345678901234567890"}, nil},
		{"odd", "\xef\xbb\xbfid,select,name with space,😈\r\n1,\"two\r\nlines\",\"say \"\"hi\"\"\",x\r\n2,,,\r\n", "", "id BIGINT, select VARCHAR, name with space VARCHAR, 😈 VARCHAR",
			[]string{"1|two\r\nlines|say \"hi\"|x", "2|∅|∅|∅"}, nil},
		{"header only", "id,v\n", "", "id NULL, v NULL", nil, nil},
		{"no last line end", "id,v\n1,a\n2,", "", "id BIGINT, v VARCHAR", []string{"1|a", "2|∅"}, nil},
		{"blank lines", "id,v\n\n1,a\n\r\n", "", "id BIGINT, v VARCHAR", []string{"1|a"}, nil},
		{"semicolons", "id;v\n1;a,b\n", "", "id BIGINT, v VARCHAR", []string{"1|a,b"}, nil},
		{"quote inside", "id,v\n1,5\" pipe\n2,x\n", "", "id BIGINT, v VARCHAR", []string{"1|5\" pipe", "2|x"}, nil},
		{"broken quotes", "id,v\n1,\"a\"b\n2,x\n3,\"open\n4,y\n", "", "id BIGINT, v VARCHAR", []string{"2|x", "4|y"}, []string{"f.csv:2  malformed", "f.csv:4  malformed"}},
		{"wrong count", "id,v\n1,a,b\n2\n3,c\n", "", "id BIGINT, v VARCHAR", []string{"3|c"}, []string{"f.csv:2  wrong_count", "f.csv:3  wrong_count"}},
		{"bad bytes", "id,v\n1,\xff\n2,a\x00\n3,c\n", "", "id BIGINT, v VARCHAR", []string{"3|c"}, []string{"f.csv:2  not_utf8", "f.csv:3  nul_byte"}},
		{"known types", "n,d\n1.6,1\n0043,1.5\n7,1.255\n8,1.250\n", "n bigint, d decimal(18,2)", "n BIGINT, d DECIMAL(18,2)", []string{"8|1.25"},
			[]string{"f.csv:2 n type", "f.csv:3 n type", "f.csv:4 d type"}},
		{"lines inside values", "n,v\n1,\"a\nb\nc\"\nx,\"d\"\n2,\n", "n bigint", "n BIGINT, v VARCHAR", []string{"1|a\nb\nc", "2|∅"}, []string{"f.csv:5 n type"}},
		{"lenient pins", "b,x,t\nYES,1e5,2026-01-01\nF,-2,2026-01-01 10:30\n", "b boolean, x double, t timestamp", "b BOOLEAN, x DOUBLE, t TIMESTAMP",
			[]string{"true|100000|2026-01-01 00:00:00", "false|-2|2026-01-01 10:30:00"}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := of(write(t, "f.csv", c.text))
			s.columns = c.columns
			got := s.must(t)
			var rejects []string
			for _, r := range got.rejects {
				rejects = append(rejects, r.Position+" "+r.Column+" "+r.Code)
			}
			if diff := cmp.Diff(c.types, got.types()); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.rows, got.rows); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.rejects, rejects); diff != "" {
				t.Error(diff, got.rejects)
			}
			if !got.complete || got.checkpoint != 1 {
				t.Errorf("complete %v, checkpoints %d", got.complete, got.checkpoint)
			}
		})
	}
}

func TestCSVSettings(t *testing.T) {
	s := of(write(t, "f.csv", "made by us\n1|'a|b'|NULL\n2||\n"))
	for k, v := range map[string]any{"delimiter": "|", "quote": "'", "header": false, "skip": 1, "null": []string{"NULL"}} {
		s.settings[k] = v
	}
	got := s.must(t)
	if diff := cmp.Diff([]string{"1|a|b|∅", "2||∅"}, got.rows); diff != "" {
		t.Error(diff)
	}
}

func TestRejectIsKeptWhole(t *testing.T) {
	s := of(write(t, "orders.csv", "id,v\n1,2\n42,\"no, \"\"number\"\"\"\n"))
	s.columns, s.key = "id bigint, v bigint", []string{"id"}
	want := []sdk.Reject{{Position: "orders.csv:3", Column: "v", Code: "type", Reason: "column v is BIGINT, the value is VARCHAR", Record: `42,"no, ""number"""`, Key: "42"}}
	if diff := cmp.Diff(want, s.must(t).rejects); diff != "" {
		t.Error(diff)
	}
	s.key = []string{"v", "id"}
	if key := s.must(t).rejects[0].Key; key != "" {
		t.Errorf("a key with a part that does not fit is not known, got %q", key)
	}
	s = of(write(t, "orders.csv", "id,z,at,v\n42,0043,2026-01-31T10:00:00Z,x\n"))
	s.columns, s.key = "id bigint, v bigint, at timestamptz", []string{"id", "z", "at"}
	if key := s.must(t).rejects[0].Key; key != `["42","0043","2026-01-31 10:00:00+00"]` {
		t.Errorf("key %s", key)
	}
}

func TestNearlyTyped(t *testing.T) {
	var text strings.Builder
	text.WriteString("id,zip\n")
	for i := range 1000 {
		zip := fmt.Sprint(10000 + i)
		if i == 500 {
			zip = "n/a"
		}
		fmt.Fprintf(&text, "%d,%s\n", i, zip)
	}
	got := of(write(t, "f.csv", text.String())).must(t)
	want := []string{`column zip is text: 1 of 1000 values are not BIGINT, the first is "n/a" at f.csv:502`}
	if diff := cmp.Diff(want, got.detection); diff != "" {
		t.Error(diff)
	}
}

func TestNotCSV(t *testing.T) {
	for name, text := range map[string]string{
		"binary": strings.Repeat("\x00\x01\x02PNG\xff\xfe", 1000), "empty": "", "utf-16": "\xff\xfei\x00d\x00", "two by case": "Email,email\n1,2\n", "twice": "a,a\n1,2\n", "old line ends": "a,b\r1,2\r",
	} {
		_, err := of(write(t, "orders.csv", text)).read(t)
		var f *sdk.Failure
		if !errors.As(err, &f) || f.Kind != sdk.FailureConfig || !cmp.Equal(f.Path, []string{"stream", "t", "path"}) || !strings.Contains(f.Message+f.Detail, "orders.csv") {
			t.Errorf("%s: %#v", name, err)
		}
	}
	_, err := of(t.TempDir() + "/gone.csv").read(t)
	var f *sdk.Failure
	if !errors.As(err, &f) || f.Kind != sdk.FailureConfig || !strings.Contains(f.Message, "gone.csv") {
		t.Errorf("%#v", err)
	}
}

func TestWideValues(t *testing.T) {
	got := of(write(t, "f.csv", "id,v\n1,"+strings.Repeat("x", 3_000_000)+"\n2,y\n3,\""+strings.Repeat("\n", 10_000_000)+"\"\n4,"+strings.Repeat("z", maxValue+1)+"\n5,e\n")).must(t)
	if len(got.rows) != 4 || len(got.rows[0]) != 3_000_002 || len(got.rows[2]) != 10_000_002 || got.rows[3] != "5|e" {
		t.Errorf("%d rows", len(got.rows))
	}
	if len(got.rejects) != 1 || got.rejects[0].Code != "too_large" || got.rejects[0].Position != "f.csv:10000005" {
		t.Errorf("%d rejects: %s %s", len(got.rejects), got.rejects[0].Position, got.rejects[0].Code)
	}
}

// A kept type that is not settled stays if it holds every value, and else becomes the narrowest that holds old and new.
func TestKeptTypesBecomeWider(t *testing.T) {
	parsed := func(text string) schema.Type {
		kind, err := schema.ParseType(text)
		if err != nil {
			t.Fatal(err)
		}
		return kind
	}
	for _, c := range []struct{ kept, values, want string }{
		{"bigint", "1 2", "BIGINT"}, {"bigint", "1 2.5", "DOUBLE"}, {"bigint", "1.25 2.50", "DECIMAL(21,2)"}, {"bigint", "1 oops", "VARCHAR"}, {"bigint", "", "BIGINT"},
		{"double", "1 2", "DOUBLE"}, {"double", "1e5 2", "DOUBLE"}, {"decimal(18,2)", "1 2.50", "DECIMAL(18,2)"}, {"decimal(18,2)", "1.125 2.500", "DECIMAL(19,3)"},
		{"date", "2026-01-01 2026-01-02T10:00:00", "TIMESTAMP"}, {"timestamp", "2026-01-01", "TIMESTAMP"}, {"date", "2026-01-01T10:00:00Z", "TIMESTAMPTZ"}, {"boolean", "true 5", "VARCHAR"},
	} {
		for _, json := range []bool{false, true} {
			table := newTable(sdk.ReadRequest{Kept: []schema.Column{{Name: "v", Type: parsed(c.kept)}}})
			table.files = []string{"f"}
			if _, err := table.column("v", "f"); err != nil {
				t.Fatal(err)
			}
			if json {
				if c.kept != "bigint" || strings.Contains(c.values, ".") || strings.Contains(c.values, "oops") {
					continue
				}
				parser := jsonParser{lines: true}
				found, _ := parser.tally(block{data: []byte("{\"v\":" + strings.ReplaceAll(c.values, " ", "}\n{\"v\":") + "}\n"), last: true}, table.known, table.kept)
				if table.json = true; len(found.columns) > 0 {
					table.tallies[0].merge(found.columns[0], 0, 1)
				}
			} else {
				parser := csvParser{dialect: dialect{delimiter: ','}, at: []int{0}, shape: shape{columns: []schema.Column{{Name: "v", Type: parsed(c.kept)}}}}
				found, _ := parser.tally(block{data: []byte(strings.ReplaceAll(c.values, " ", "\n") + "\n"), last: true}, []bool{true})
				table.tallies[0].merge(&found.columns[0], 0, 1)
			}
			columns, _ := table.columns()
			if got := columns[0].Type.String(); got != c.want {
				t.Errorf("kept %s, values %q, json %v: %s, want %s", c.kept, c.values, json, got, c.want)
			}
		}
	}
}

// A record without its key is set aside where it stands, as it is written.
func TestNullKeysHaveAPlace(t *testing.T) {
	for name, text := range map[string]string{
		"f.csv":   "id,v\n1,\"a\nb\"\n,x\n2,\n,\n",
		"f.jsonl": "{\"id\":1,\"v\":\"a\"}\n\n\n{\"id\":null,\"v\":\"x\"}\n{\"v\":\"y\"}\n{\"id\":2}\n",
	} {
		s := of(write(t, name, text))
		s.key = []string{"id"}
		got := s.must(t)
		want := map[string][]string{"f.csv": {"f.csv:4 id null_key ,x", "f.csv:6 id null_key ,"}, "f.jsonl": {`f.jsonl:4 id null_key {"id":null,"v":"x"}`, `f.jsonl:5 id null_key {"v":"y"}`}}[name]
		var rejects []string
		for _, r := range got.rejects {
			rejects = append(rejects, fmt.Sprintf("%s %s %s %s", r.Position, r.Column, r.Code, r.Record))
		}
		if d := cmp.Diff(want, rejects); d != "" || len(got.rows) != 2 {
			t.Errorf("%s: rows %v, rejects (-want +got):\n%s", name, got.rows, d)
		}
	}
}

// A column of mixed values does not become text in silence. Many misfits are told by what they look like, not by value.
func TestMixedColumnsAreTold(t *testing.T) {
	column := func(good, bad string, odd int) string {
		return "n\n" + strings.Repeat(good+"\n", 1000-odd) + strings.Repeat(bad+"\n", odd)
	}
	for _, c := range []struct{ text, want string }{
		{column("7", "oops", 5), `column n is text: 5 of 1000 values are not BIGINT, the first is "oops" at f.csv:997`},
		{column("7", "oops", 20), `column n is text: 20 of 1000 values are not BIGINT, the first is text at f.csv:982`},
		{column("7", "0043", 400), `column n is text: 400 of 1000 values are not BIGINT, the first is a number that would not print back as it is written at f.csv:602`},
		{column("2026-01-01", "true", 30), `column n is text: 30 of 1000 values are not DATE, the first is a BOOLEAN at f.csv:972`},
		{column("7", "oops", 900), ``},
		{column("7", "8.5", 500), ``},
	} {
		got := of(write(t, "f.csv", c.text)).must(t)
		if told := strings.Join(got.detection, "; "); told != c.want || len(got.rows) != 1000 {
			t.Errorf("%d rows, told %q, want %q", len(got.rows), told, c.want)
		}
	}
}
