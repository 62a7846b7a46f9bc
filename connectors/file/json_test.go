package file

import (
	"errors"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/google/go-cmp/cmp"
)

func TestJSONValues(t *testing.T) {
	for _, c := range []struct {
		name, file, text, columns string
		types                     string
		rows, rejects             []string
	}{
		{"lines", "d.jsonl", `{"id": 1, "tags": ["a", "b"], "address": {"city": "Oslo"}, "big": 9007199254740993}` + "\n" + `{"id": 2, "extra": true}` + "\n", "",
			"id BIGINT, tags JSON, address JSON, big BIGINT, extra BOOLEAN", []string{`1|["a","b"]|{"city":"Oslo"}|9007199254740993|∅`, "2|∅|∅|∅|true"}, nil},
		{"list", "d.json", "[\n {\"a\": 1.5},\n {\"a\": 2, \"b\": \"x\\u00e9\\ud83d\\ude08\"}\n]\n", "", "a DECIMAL(18,4), b VARCHAR", []string{"1.5000|∅", "2.0000|xé😈"}, nil},
		{"one after another", "d.json", "{\"a\": 1}\n{\"a\": 2} {\"a\": 3}", "", "a BIGINT", []string{"1", "2", "3"}, nil},
		{"empty list", "d.json", " [ ] ", "", "", nil, nil},
		{"no lines", "d.jsonl", "", "", "", nil, nil},
		{"texts", "d.jsonl", `{"zip": "0043", "n": "5", "at": "2026-01-01T00:00:00Z", "day": "2026-01-01", "e": ""}` + "\n", "", "zip VARCHAR, n VARCHAR, at TIMESTAMPTZ, day DATE, e VARCHAR",
			[]string{"0043|5|2026-01-01T00:00:00Z|2026-01-01|"}, nil},
		{"exact numbers", "d.jsonl", `{"a": 9007199254740993, "b": 12345678901234567890, "c": 1e5}` + "\n" + `{"a": 0.5, "b": 1, "c": 2}` + "\n", "", "a DECIMAL(38,9), b DECIMAL(38,0), c DOUBLE",
			[]string{"9007199254740993.000000000|12345678901234567890|100000", "0.500000000|1|2"}, nil},
		{"pins", "d.jsonl", `{"v": 0.05, "s": 7, "o": {"a": 1}}` + "\n" + `{"v": 0.005, "s": "x", "o": 3}` + "\n", "v decimal(18,2), s varchar, o json", "v DECIMAL(18,2), s VARCHAR, o JSON", []string{`0.05|7|{"a":1}`}, []string{"d.jsonl:2 v type"}},
		{"malformed", "d.jsonl", "{\"a\": 1}\n{\"a\": tru}\n[1]\n{\"a\": 1, \"a\": 2}\n{\"a\": \"\\ud800\"}\n{\"a\": 5} x\n{\"a\": 6}\n", "", "a BIGINT", []string{"1", "6"},
			[]string{"d.jsonl:2  malformed", "d.jsonl:3  malformed", "d.jsonl:4  malformed", "d.jsonl:5 a malformed", "d.jsonl:6  malformed"}},
		{"deep", "d.jsonl", `{"a": ` + strings.Repeat("[", 200_000) + strings.Repeat("]", 200_000) + "}\n{\"a\": 1}\n", "", "a BIGINT", []string{"1"}, []string{"d.jsonl:1  too_deep"}},
		{"bad in list", "d.json", "[{\"a\": 1},\n{\"a\": [1 2]},\n{\"a\": 3}]", "a bigint", "a BIGINT", []string{"1", "3"}, []string{"d.json:2  malformed"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := of(write(t, c.file, c.text))
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
				t.Error(diff)
			}
		})
	}
}

func TestMixedJSON(t *testing.T) {
	got := of(write(t, "d.jsonl", `{"a": 1, "b": {"x": 1}}`+"\n"+`{"a": "x", "b": 2}`+"\n"+`{"a": "y", "b": {}}`+"\n")).must(t)
	if diff := cmp.Diff("a VARCHAR, b JSON", got.types()); diff != "" {
		t.Error(diff)
	}
	want := []string{`column a is text: 1 of 3 values are not text, the first is a number at d.jsonl:1`, `column b is JSON: 1 of 3 values are not JSON, the first is a number at d.jsonl:2`}
	if diff := cmp.Diff(want, got.detection); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{`1|{"x":1}`, `x|2`, `y|{}`}, got.rows); diff != "" {
		t.Error(diff)
	}
}

func TestNotJSON(t *testing.T) {
	for name, text := range map[string]string{"cut": `[{"a": 1}, {"a"`, "open": `[{"a": 1}`, "more": `[{"a": 1}] {}`, "no comma": `[{"a": 1} {"a": 2}]`, "empty": " ", "close": "]"} {
		_, err := of(write(t, "d.json", text)).read(t)
		var f *sdk.Failure
		if !errors.As(err, &f) || f.Kind != sdk.FailureConfig || !strings.Contains(f.Message, "d.json") {
			t.Errorf("%s: %v", name, err)
		}
	}
}
