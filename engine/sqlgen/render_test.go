package sqlgen

import (
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/google/go-cmp/cmp"
)

// plain is a dialect as simple as can be.
type plain struct{}

func (plain) Name() string              { return "plain" }
func (plain) Ident(name string) string  { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
func (plain) Type(t schema.Type) string { return t.String() }
func (plain) Literal(v any) string {
	switch v := v.(type) {
	case time.Time:
		return "TIMESTAMP '" + v.Format("2006-01-02 15:04:05") + "'"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	}
	return "1"
}
func (p plain) RecordKey(columns []schema.Column, alias string) string {
	return "key(" + alias + "." + p.Ident(columns[0].Name) + ")"
}

const header = "-- step: find\n-- inputs: a\n-- outputs: b\n"

func parseSet(t *testing.T, files map[string]string) *Set {
	t.Helper()
	fs := fstest.MapFS{}
	for name, text := range files {
		fs["sql/"+name] = &fstest.MapFile{Data: []byte(text)}
	}
	s, err := Parse("feature", fs, "sql")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestRender(t *testing.T) {
	asOf := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	columns := []schema.Column{{Name: "id"}, {Name: `a"b`, Type: schema.Type{Kind: schema.Decimal, Precision: 9, Scale: 2}}}
	data := map[string]any{
		"AsOf": asOf, "R": Relation{Catalog: "wh", Schema: "s", Name: "now.t"}, "C": columns, "V": "x'; drop", "N": 7,
		"F": diag.Text{Value: `a < {{as_of}} and s = '{{as_of}}' and b`, Spans: []diag.Span{{Offset: 0, Length: 39, Exact: true}}},
	}
	for _, c := range []struct {
		name, text, want string
		args             []any
	}{
		{"names", `SELECT {{cols .C "t"}}, {{ident "t" "x"}} FROM {{rel .R}} t`, `SELECT "t"."id", "t"."a""b", "t"."x" FROM "wh"."s"."now.t" t`, nil},
		{"bound values follow the text", `SELECT {{bind .N}}, {{len .V | bind}}, {{bind nil}}`, `SELECT ?, ?, ?`, []any{7, 8, nil}},
		{"same", `{{same .C "a" "b"}}`, `"a"."id" IS NOT DISTINCT FROM "b"."id" AND "a"."a""b" IS NOT DISTINCT FROM "b"."a""b"`, nil},
		{"types and constants", `{{range $i, $c := .C}}{{sep $i ", "}}{{type $c.Type}}{{end}} {{lit .V}} {{as_of}} {{key .C "t"}}`, `NULL, DECIMAL(9,2) 'x''; drop' TIMESTAMP '2026-01-02 03:04:05' key(t."id")`, nil},
		{"fragment", `WHERE ({{fragment .F}})`, `WHERE (a < TIMESTAMP '2026-01-02 03:04:05' and s = '{{as_of}}' and b)`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := parseSet(t, map[string]string{"x.sql": header + c.text + "\n"})
			got, err := s.Render(plain{}, "x", data)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got.SQL); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(c.args, got.Args); diff != "" {
				t.Error(diff)
			}
			if got.Name != "feature.x" || got.Step != "find" || got.Inputs != "a" || got.Outputs != "b" {
				t.Errorf("header: %+v", got)
			}
		})
	}
}

func TestSpansFollowTheText(t *testing.T) {
	s := parseSet(t, map[string]string{"x.sql": header + `SELECT ({{fragment .F}})`})
	at := diag.Range{File: "f", Start: diag.Pos{Line: 3}}
	text := diag.Text{Value: "a < {{as_of}} + b", Spans: []diag.Span{{Length: 4, Exact: true}, {Offset: 4, Length: 9, Exact: true}, {Offset: 13, Length: 4, Source: at, Exact: true}}}
	got, err := s.Render(plain{}, "x", struct {
		F    diag.Text
		AsOf time.Time
	}{text, time.Unix(0, 0).UTC()})
	if err != nil {
		t.Fatal(err)
	}
	last := got.Spans[2]
	if got.SQL[last.Offset:last.Offset+last.Length] != " + b" || last.Source != at {
		t.Errorf("span covers %q of %q", got.SQL[last.Offset:], got.SQL)
	}
	clock := got.Spans[1]
	if piece := got.SQL[clock.Offset : clock.Offset+clock.Length]; piece != "TIMESTAMP '1970-01-01 00:00:00'" {
		t.Errorf("the clock's span covers %q", piece)
	}
}

func TestTheDialectsOwnFileWins(t *testing.T) {
	s := parseSet(t, map[string]string{"x.sql": header + "SELECT 1", "x.plain.sql": header + "SELECT 2", "x.other.sql": header + "SELECT 3", "_p.sql": `{{define "p"}}{{ident .}}{{end}}`, "y.sql": header + `SELECT {{template "p" "c"}}`})
	if got := s.MustRender(plain{}, "x", nil).SQL; got != "SELECT 2" {
		t.Error(got)
	}
	if got := s.MustRender(plain{}, "y", nil).SQL; got != `SELECT "c"` {
		t.Error(got)
	}
	if diff := cmp.Diff([]string{"x", "y"}, s.Names()); diff != "" {
		t.Error(diff)
	}
}

func TestWhatIsRefused(t *testing.T) {
	for name, text := range map[string]string{
		"plain text":      `SELECT {{.Name}}`,
		"printf":          `SELECT {{printf "%s" .Name}}`,
		"inside a branch": `SELECT {{if .A}}{{.Name}}{{end}}`,
		"in a definition": `{{define "x"}}{{.}}{{end}}SELECT 1`,
		"unknown word":    `SELECT {{raw .Name}}`,
	} {
		if _, err := Parse("f", fstest.MapFS{"sql/x.sql": {Data: []byte(header + text)}}, "sql"); err == nil {
			t.Errorf("%s: parses", name)
		}
	}
	s := parseSet(t, map[string]string{"x.sql": header + `SELECT {{ident .N}}`, "y.sql": header + `SELECT {{as_of}}`})
	for name, data := range map[string]any{"x": map[string]any{"N": "a\x00B0\x00"}, "y": map[string]any{}, "z": nil} {
		if _, err := s.Render(plain{}, name, data); err == nil {
			t.Errorf("%s renders", name)
		}
	}
}

func TestCheckFindsHouseRulesBroken(t *testing.T) {
	if err := parseSet(t, map[string]string{"x.sql": header + "SELECT ';' -- ;\n"}).Check(); err != nil {
		t.Error(err)
	}
	err := parseSet(t, map[string]string{"x.sql": "SELECT 1", "y.sql": header + "SELECT 1; SELECT 2"}).Check()
	if err == nil || strings.Count(err.Error(), "\n") != 1 {
		t.Errorf("got %v", err)
	}
}

func FuzzScan(f *testing.F) {
	for _, s := range []string{"a/*/* */*/b", "'it''s'", `e'\''`, "$$a$$", "$x$ $$ $x$", `"a""b`, "1e-5.x", "--"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		at := 0
		for _, tok := range Scan(text) {
			if tok.Start != at || tok.End <= tok.Start {
				t.Fatalf("%q: token %+v after %d", text, tok, at)
			}
			at = tok.End
		}
		if at != len(text) {
			t.Fatalf("%q: ends at %d", text, at)
		}
	})
}
