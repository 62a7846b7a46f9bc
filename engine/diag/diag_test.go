package diag

import (
	"encoding/json"
	"strings"
	"testing"
)

func TestDidYouMean(t *testing.T) {
	names := []string{"email", "phone", "user_id", "default", "segment", "trait", "file", "http", "postgres", "mirror", "vips"}
	tests := map[string]string{
		"emial": "email", "Email": "email", "fone": "phone", "defualt": "default", "trate": "trait", "fiel": "file", "vip": "vips",
		"mirrored": "mirror", "segmant": "segment", "userid": "user_id", "x": "", "": "", "warehouse": "", "email": "", "htp": "http",
	}
	for word, want := range tests {
		if got := DidYouMean(word, names); got != want {
			t.Errorf("DidYouMean(%q) = %q, want %q", word, got, want)
		}
	}
	if got := DidYouMean("ab", []string{"ac", "ad"}); got != "ac" {
		t.Errorf("a tie goes to %q", got)
	}
	if got := Suggest("zzz", []string{"b", "a"}); got != " Known: a, b." {
		t.Errorf("Suggest gives %q", got)
	}
}

func TestSnippetOf(t *testing.T) {
	src := "a = 1\r\n\tnäme = \"wrong\"\nlast"
	at := strings.Index(src, "wrong")
	r := Range{File: "x", Start: Pos{Line: 2, Byte: at}, End: Pos{Line: 2, Byte: at + 5}}
	s, ok := SnippetOf([]byte(src), r)
	if !ok || s.Line != 2 || s.Text != ` näme = "wrong"` || string([]rune(s.Text)[s.Start:s.Start+s.Length]) != "wrong" {
		t.Errorf("%+v, %v", s, ok)
	}
	r.End.Byte = len(src)
	if s, _ := SnippetOf([]byte(src), r); s.Length != len(`wrong"`) {
		t.Errorf("a range over two lines marks %d characters of the first", s.Length)
	}
	if s, ok := SnippetOf([]byte(src), Range{Start: Pos{Line: 3, Byte: len(src)}, End: Pos{Byte: len(src)}}); !ok || s.Text != "last" || s.Length != 1 {
		t.Errorf("the end of the file: %+v, %v", s, ok)
	}
	if _, ok := SnippetOf([]byte(src), Range{Start: Pos{Line: 9, Byte: 999}}); ok {
		t.Error("a line that is not there has a snippet")
	}
	if s, _ := SnippetOf([]byte("\x1b[31mred"), Range{Start: Pos{Line: 1}}); strings.Contains(s.Text, "\x1b") {
		t.Errorf("an escape sequence gets through: %q", s.Text)
	}
}

func TestAt(t *testing.T) {
	text := Text{
		Value: "ab\ncd REF ef", Range: Range{File: "whole"},
		Spans: []Span{
			{Offset: 0, Length: 6, Exact: true, Source: Range{File: "f", Start: Pos{Line: 1, Column: 5, Byte: 4}}},
			{Offset: 6, Length: 3, Source: Range{File: "ref"}},
		},
	}
	if r := text.At(4, 1); r.Start != (Pos{Line: 2, Column: 2, Byte: 8}) {
		t.Errorf("over a line: %+v", r.Start)
	}
	if r := text.At(7, 1); r.File != "ref" {
		t.Errorf("in a reference: %+v", r)
	}
	if r := text.At(11, 1); r.File != "whole" {
		t.Errorf("outside of every span: %+v", r)
	}
}

func TestSort(t *testing.T) {
	at := func(file string, byte int) *Range { return &Range{File: file, Start: Pos{Byte: byte}} }
	ds := Diagnostics{
		NewError("c", "c", "", at("b", 1)), NewError("b", "b", "", at("a", 9)), NewError("d", "d", "", nil),
		NewError("a", "a", "", at("a", 2)), NewError("a", "a", "", at("a", 2)),
	}.Sort()
	var codes []string
	for _, d := range ds {
		codes = append(codes, d.Code)
	}
	if got := strings.Join(codes, ""); got != "dabc" {
		t.Errorf("order %s", got)
	}
}

func TestJSON(t *testing.T) {
	d := NewWarning("a.b", "Summary", "Detail", &Range{File: "f", Start: Pos{1, 2, 3}, End: Pos{1, 4, 5}}).About("segment.x").Inside("segment \"x\"")
	got, err := json.Marshal(d)
	want := `{"type":"diagnostic","severity":"warning","code":"a.b","summary":"Summary","detail":"Detail","address":"segment.x","range":{"file":"f","start":{"line":1,"column":2,"byte":3},"end":{"line":1,"column":4,"byte":5}}}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}
