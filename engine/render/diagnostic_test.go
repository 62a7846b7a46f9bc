package render

import (
	"bytes"
	"strings"
	"testing"

	"github.com/cdp-engine/cdp/engine/diag"
)

// at is the range of a piece of a source that stands in it once.
func at(source, piece string) *diag.Range {
	byte := strings.Index(source, piece)
	line := strings.Count(source[:byte], "\n") + 1
	column := len([]rune(source[strings.LastIndex(source[:byte], "\n")+1:byte])) + 1
	return &diag.Range{File: "main.cdp.hcl", Start: diag.Pos{Line: line, Column: column, Byte: byte},
		End: diag.Pos{Line: line, Column: column + len([]rune(piece)), Byte: byte + len(piece)}}
}

func shown(s Style, source string, d diag.Diagnostic) string {
	var out bytes.Buffer
	Diagnostics(&out, s, diag.Diagnostics{d}, map[string][]byte{"main.cdp.hcl": []byte(source)})
	return out.String()
}

func TestDiagnostics(t *testing.T) {
	long := "  where = \"" + strings.Repeat("country = 'NO' and ", 6) + "lifetime_vale > 100" + strings.Repeat(" and city = 'Oslo'", 6) + "\""
	wide := "  name = \"" + strings.Repeat("東京都", 20) + "間違い" + strings.Repeat("大阪府", 20) + "\""
	for _, c := range []struct{ name, source, piece, want string }{
		{"plain", "segment \"vips\" {\n  where = \"lifetime_vale > 100\"\n}\n", "lifetime_vale", `
  2:   where = "lifetime_vale > 100"
                ───────────── `},
		{"tabs", "\t\twhere\t= \"lifetime_vale\"", "lifetime_vale", `
  1:   where = "lifetime_vale"
                ───────────── `},
		{"wide characters before and in it", "x = \"東京 間違\"", "間違", `
  1: x = "東京 間違"
               ──── `},
		{"windows line ends", "a = 1\r\nb = two\r\nc = 3", "two", `
  2: b = two
         ─── `},
		{"escape sequences", "a = \"\x1b[31mred\" bad", "bad", `
  1: a = "�[31mred" bad
                    ─── `},
		{"a long line", long, "lifetime_vale", `
  1: …untry = 'NO' and country = 'NO' and lifetime_vale > 100 and city = 'Oslo'…
                                          ───────────── `},
		{"a long line of wide characters", wide, "間違い", `
  1: …東京都東京都東京都東京都東京都東京都間違い大阪府大阪府大阪府大阪府大阪府…
                                          ────── `},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := shown(Style{Width: 80}, c.source, diag.NewError("sql.unknown_column", "Unknown column", "", at(c.source, c.piece)))
			_, excerpt, _ := strings.Cut(got, ":\n")
			if want := strings.TrimSuffix(strings.TrimPrefix(c.want, "\n"), " ") + "\n"; excerpt != want {
				t.Errorf("got\n%swant\n%s", excerpt, want)
			}
			narrow(t, got, 80)
		})
	}
}

// narrow fails where a line is wider than a terminal.
func narrow(t *testing.T, text string, columns int) {
	t.Helper()
	for _, line := range strings.Split(text, "\n") {
		if w := width(line); w > columns {
			t.Errorf("%d columns: %s", w, line)
		}
	}
}

func TestDiagnosticWhole(t *testing.T) {
	source := "segment \"vips\" {\n  where = \"lifetime_vale > 100\"\n}\n"
	d := diag.NewWarning("sql.unknown_column", "Unknown column", "The profile of identity.customer has no column \"lifetime_vale\", and a condition reads only its columns. Did you mean \"lifetime_value\"?\nSecond paragraph.",
		at(source, "lifetime_vale")).Inside("segment \"vips\"")
	want := `Warning: Unknown column                                       sql.unknown_column
  on main.cdp.hcl line 2, in segment "vips":
  2:   where = "lifetime_vale > 100"
                ─────────────
  The profile of identity.customer has no column "lifetime_vale", and a
  condition reads only its columns. Did you mean "lifetime_value"?
  Second paragraph.
`
	if got := shown(Style{Width: 80}, source, d); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	if got := shown(Style{Width: 80, Color: true}, source, d); !strings.Contains(got, "\x1b[33mWarning\x1b[0m: \x1b[1mUnknown column\x1b[0m") {
		t.Errorf("no colours: %q", got)
	}
}

// Whatever a range says, printing it does not end the program, and nothing but the mark stands under the line.
func FuzzExcerpt(f *testing.F) {
	f.Add("a = 1\nb = \"東\"\n", 2, 3, 2, 9, 80)
	f.Add("", 1, 1, 1, 1, 10)
	f.Add("x", -1, -1, 5, 5, 0)
	f.Add(strings.Repeat("é\t", 200), 1, 190, 1, 220, 40)
	f.Fuzz(func(t *testing.T, source string, line, column, toLine, toColumn, columns int) {
		r := diag.Range{File: "main.cdp.hcl", Start: diag.Pos{Line: line, Column: column}, End: diag.Pos{Line: toLine, Column: toColumn}}
		got := shown(Style{Width: columns % 300}, source, diag.NewError("a.b", "Summary", "", &r))
		if strings.ContainsAny(got, "\x1b\x00\t") {
			t.Errorf("%q", got)
		}
	})
}
