package file

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// withBlocks runs f with blocks of n bytes.
func withBlocks(n int, f func()) {
	before := blockSize
	blockSize = n
	defer func() { blockSize = before }()
	f()
}

func TestBlocksDoNotMatter(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		text := "a,b\n" + strings.Join(rapid.SliceOf(rapid.SampledFrom([]string{"1,2\n", "\"x\ny\",3\n", "\"\"\"\n\",\"\"\n", "5\" x,\"q\"\n", "\"open,1\n", "z\n", "\"a\"b,1\n", "\xff,1\n", "\r\n", "'\"\n\n\"',4\r\n", "long text that is longer than a block,7\n"})).Draw(rt, "lines"), "")
		p := fmt.Sprintf("%s/%d.csv", dir, len(text))
		put(t, p, text)
		var whole, parts *collected
		s := of(p)
		whole = s.must(t)
		withBlocks(rapid.IntRange(8, 64).Draw(rt, "block"), func() { parts = s.must(t) })
		if diff := cmp.Diff(whole.rows, parts.rows); diff != "" {
			rt.Fatal(diff)
		}
		if diff := cmp.Diff(whole.rejects, parts.rejects); diff != "" {
			rt.Fatal(diff)
		}
		if diff := cmp.Diff(whole.types(), parts.types()); diff != "" {
			rt.Fatal(diff)
		}
	})
}

func TestReadsWhatOthersWrite(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		value := rapid.StringOf(rapid.RuneFrom([]rune("ab\",;\n'é😈 ")))
		rows := rapid.SliceOf(rapid.SliceOfN(value, 2, 2)).Draw(rt, "rows")
		var text bytes.Buffer
		w := csv.NewWriter(&text)
		_ = w.Write([]string{"x", "y"})
		var want []string
		for _, row := range rows {
			_ = w.Write(append([]string{"k" + row[0]}, row[1]))
			y := row[1]
			if y == "" {
				y = "∅"
			}
			want = append(want, "k"+row[0]+"|"+y)
		}
		w.Flush()
		p := fmt.Sprintf("%s/%d.csv", dir, text.Len())
		put(t, p, text.String())
		s := of(p)
		s.columns = "x varchar, y varchar"
		withBlocks(rapid.IntRange(8, 200).Draw(rt, "block"), func() {
			if diff := cmp.Diff(want, s.must(t).rows); diff != "" {
				rt.Fatal(diff)
			}
		})
	})
}

func TestJSONBlocksDoNotMatter(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(rt *rapid.T) {
		elements := rapid.SliceOf(rapid.SampledFrom([]string{`{"a": 1}`, `{"a": "]},{", "b": [1, {"c": "\""}]}`, `{"a":` + "\n" + `2}`, `[1]`, `{"a": tru}`, `"text"`, `7`})).Draw(rt, "elements")
		p := fmt.Sprintf("%s/%d.json", dir, len(elements))
		put(t, p, "[ "+strings.Join(elements, " ,\n")+"\n]")
		s := of(p)
		whole := s.must(t)
		if n := len(whole.rows) + len(whole.rejects); n != len(elements) {
			rt.Fatalf("%d of %d records", n, len(elements))
		}
		withBlocks(rapid.IntRange(8, 64).Draw(rt, "block"), func() {
			parts := s.must(t)
			if diff := cmp.Diff(whole.rows, parts.rows); diff != "" {
				rt.Fatal(diff)
			}
			if diff := cmp.Diff(whole.rejects, parts.rejects); diff != "" {
				rt.Fatal(diff)
			}
		})
	})
}
