package config

import (
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/addr"
)

const head = "cdp {\n  warehouse \"duckdb\" { path = \"w.duckdb\" }\n}\nsource \"tool\" \"s\" {\n  stream \"a\" { path = \"a\" }\n}\n" +
	"locals {\n  limit = 7\n  table = source.s.a\n  tail = \"from tail\"\n}\n"

func relation(a addr.Address) string {
	schema, table, _ := a.Relation()
	return `"` + schema + `"."` + table + `"`
}

// TestSQLRanges finds a word of the rendered SQL where it was written, whatever HCL did to the text around it.
func TestSQLRanges(t *testing.T) {
	tests := []struct {
		name, sql, word string
		at              string // what stands in the source there
	}{
		{"quoted", `"select wrong from ${source.s.a}"`, "wrong", "wrong"},
		{"quoted after a reference", `"select x from ${source.s.a} where wrong"`, "wrong", "wrong"},
		{"a reference", `"select x from ${source.s.a} where wrong"`, `"raw_s"."a"`, "source.s.a"},
		{"a reference by a local", `"select x from ${local.table}"`, `"raw_s"."a"`, "local.table"},
		{"a value", `"select ${local.limit} from ${source.s.a}"`, "7", "local.limit"},
		{"escapes before", `"select \"x\", '\t\\' from ${source.s.a} where wrong"`, "wrong", "wrong"},
		{"an escape itself", `"select \"x\" from ${source.s.a}"`, `"x"`, `\"`},
		{"unicode", `"select 'é😈\u00e9' from ${source.s.a} where wrong"`, "wrong", "wrong"},
		{"dollars", `"select '$${x}' from ${source.s.a} where wrong"`, "wrong", "wrong"},
		{"heredoc", "<<SQL\n  select wrong\n  from ${source.s.a}\nSQL", "wrong", "wrong"},
		{"flush heredoc", "<<-SQL\n      select 1,\n        wrong\n      from ${source.s.a}\n    where 1\n  SQL", "wrong", "wrong"},
		{"flush heredoc, last line", "<<-SQL\n      select 1\n      from ${source.s.a}\n\n      where wrong\n  SQL", "wrong", "wrong"},
		{"tabs", "<<-SQL\n\t\tselect 1\n\t\t\tfrom ${source.s.a} where wrong\n  SQL", "wrong", "wrong"},
		{"trimmed", "<<-SQL\n    select 1 from ${source.s.a ~}\n      where wrong\n  SQL", "wrong", "wrong"},
		{"windows lines", "<<-SQL\r\n    select 1\r\n    from ${source.s.a} where wrong\r\n  SQL", "wrong", "wrong"},
		{"a function", `join(" ", ["select wrong from", source.s.a])`, "wrong", `join(" ", ["select wrong from", source.s.a])`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			src := head + "model \"m\" {\n  sql = " + tt.sql + "\n}\n"
			c := mustLoad(t, src)
			text := c.Models[0].SQL.Render(relation)
			offset := strings.Index(text.Value, tt.word)
			if offset < 0 {
				t.Fatalf("%q is not in %q", tt.word, text.Value)
			}
			r := text.At(offset, len(tt.word))
			if got := src[r.Start.Byte:]; !strings.HasPrefix(got, tt.at) {
				t.Errorf("points at %.30q, want %q", got, tt.at)
			}
			if line := strings.Count(src[:r.Start.Byte], "\n") + 1; r.Start.Line != line {
				t.Errorf("line %d, want %d", r.Start.Line, line)
			}
			column := len([]rune(src[strings.LastIndex(src[:r.Start.Byte], "\n")+1:r.Start.Byte])) + 1
			if r.Start.Column != column {
				t.Errorf("column %d, want %d", r.Start.Column, column)
			}
			if end := src[r.Start.Byte:r.End.Byte]; tt.word == "wrong" && tt.at == "wrong" && end != "wrong" {
				t.Errorf("marks %q", end)
			}
			if len(c.Models[0].DependsOn) != 1 || c.Models[0].DependsOn[0].Addr.String() != "source.s.a" {
				t.Errorf("depends on %v", c.Models[0].DependsOn)
			}
		})
	}
}

func TestSQLText(t *testing.T) {
	c := mustLoad(t, head+"model \"m\" {\n  sql = <<-SQL\n      select 'a'\n        from ${source.s.a}\n      limit ${local.limit}\n    SQL\n}\n")
	want := "select 'a'\n  from \"raw_s\".\"a\"\nlimit 7\n"
	if got := c.Models[0].SQL.Render(relation).Value; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestCanonicalSQL(t *testing.T) {
	tests := map[string]string{
		" select  1\n\tfrom x ":               "select 1 from x",
		"select 'a  b' -- why\n, \"c  d\"":    "select 'a  b' , \"c  d\"",
		"a /* x\n */ + b":                     "a + b",
		"$$ a  b $$ || $t$ 'x  y' $t$  ||  1": "$$ a  b $$ || $t$ 'x  y' $t$ || 1",
		"'it''s  so'  = x":                    "'it''s  so' = x",
		"'open  quote":                        "'open  quote",
		"cost  > $1  and y < $2":              "cost > $1 and y < $2",
	}
	for in, want := range tests {
		if got := canonicalSQL(in); got != want {
			t.Errorf("canonicalSQL(%q) = %q, want %q", in, got, want)
		}
	}
}

// TestArgRange finds arguments of connectors, their keys, and single bytes of their texts.
func TestArgRange(t *testing.T) {
	src := head + `destination "tool" "d" {
  url     = "https://x"
  headers = { A = "b" }
  object "contacts" {
    key = ["email"]
    operation "upsert" {
      method = "PUT"
      body   = "{a: \"x\", b: .wrong}"
      batch  = { max_records = 5 }
    }
  }
}
`
	c := mustLoad(t, src)
	op := []string{"object", "contacts", "operation", "upsert"}
	tests := []struct {
		path   []string
		offset int
		want   string
	}{
		{[]string{"url"}, -1, `"https://x"`},
		{[]string{"headers", "A"}, -1, `"b"`},
		{append(op, "batch", "max_records"), -1, "5"},
		{append(op, "body"), -1, `"{a:`},
		{append(op, "body"), strings.Index(`{a: "x", b: .wrong}`, ".wrong"), ".wrong}"},
		{append(op, "body"), 1000, `}"`},
		{append(op, "results"), 3, `operation "upsert"`},
		{append(op, "batch", "max_bytes"), -1, "{ max_records"},
		{[]string{"object", "0", "key", "0"}, -1, `"email"`},
		{nil, -1, `destination "tool"`},
	}
	for _, tt := range tests {
		r, ok := c.ArgRangeAt("destination.d", tt.path, tt.offset)
		if got := src[r.Start.Byte:]; !ok || !strings.HasPrefix(got, tt.want) {
			t.Errorf("%v %d: %v, points at %.20q, want %q", tt.path, tt.offset, ok, got, tt.want)
		}
	}
	r, ok := c.ArgRange("source.s", []string{"stream", "a", "path"})
	if !ok || !strings.HasPrefix(src[r.Start.Byte:], `"a"`) {
		t.Errorf("stream by its source: %v %v", r, ok)
	}
	if r2, ok := c.ArgRange("source.s.a", []string{"path"}); !ok || r2 != r {
		t.Errorf("stream by its own address: %v %v", r2, ok)
	}
	if got := strings.Join(c.Destinations[0].Declared, " "); got != "contacts" { // not "upsert", a label further in
		t.Errorf("declared objects: %q", got)
	}
	if _, ok := c.ArgRange("source.s", []string{"object", "x"}); ok {
		t.Error("an object that the block does not have has a range")
	}
	if _, ok := c.ArgRange("source.none", nil); ok {
		t.Error("an address that is not there has a range")
	}
}
