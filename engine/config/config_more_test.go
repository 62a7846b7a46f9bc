package config

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/google/go-cmp/cmp"
)

func TestParseWindow(t *testing.T) {
	day := 24 * time.Hour
	good := map[string]Window{
		"30 days": {Duration: 30 * day}, "30d": {Duration: 30 * day}, "12h": {Duration: 12 * time.Hour}, "90 minutes": {Duration: 90 * time.Minute},
		" 1 Week ": {Duration: 7 * day}, "6 months": {Months: 6}, "1 year": {Months: 12}, "2y": {Months: 24}, "15m": {Duration: 15 * time.Minute}, "1s": {Duration: time.Second},
	}
	for text, want := range good {
		want.Text = text
		if got, err := ParseWindow(text); err != nil || got != want {
			t.Errorf("ParseWindow(%q) = %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "30", "days", "30 dais", "-1d", "1.5h", "0 days", "1d2h", "99999999999 days", "9999999999999999999999d", "20000 months"} {
		if got, err := ParseWindow(text); err == nil {
			t.Errorf("ParseWindow(%q) = %+v, want an error", text, got)
		}
	}
	if _, err := ParseDuration("1 month"); err == nil {
		t.Error("a month has no fixed length")
	}
}

func TestParseSize(t *testing.T) {
	for text, want := range map[string]int64{"64MiB": 64 << 20, "500 kB": 500000, "1000": 1000, "2gib": 2 << 30} {
		if got, err := ParseSize(text); err != nil || got != want {
			t.Errorf("ParseSize(%q) = %d, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "MiB", "1.5GB", "-1", "9999999999 TiB", "3 parsec"} {
		if _, err := ParseSize(text); err == nil {
			t.Errorf("ParseSize(%q) is no error", text)
		}
	}
}

// TestSettings looks at what a connector gets: defaults, absolute paths, exact numbers, nested blocks.
func TestSettings(t *testing.T) {
	c := mustLoad(t, head+`
source "tool" "more" {
  headers = { X = "1", n = 12345678901234567890.125 }
  stream "rel" { path = "in/*.csv" }
  stream "abs" {
    path = "/abs/x.csv"
    skip = 9007199254740993
    primary_key = ["id", "b"]
    cursor = "u"
    columns = { zip = "varchar", a = "decimal(18,2)" }
  }
  stream "url" { path = "s3://bucket/x" }
}`)
	s := c.Sources[1]
	got := fmt.Sprint(string(s.Call.Settings))
	for _, st := range s.Call.Streams {
		got += fmt.Sprint("\n", st.Name, " ", string(st.Settings), st.PrimaryKey, st.Cursor, st.Pinned)
	}
	want := `{"headers":{"X":"1","n":"12345678901234567890.125"},"timeout":"30s"}
rel {"path":"DIR/in/*.csv","skip":0}[][]
abs {"path":"/abs/x.csv","skip":9007199254740993}[id b]u[{zip VARCHAR} {a DECIMAL(18,2)}]
url {"path":"s3://bucket/x","skip":0}[][]`
	if diff := cmp.Diff(want, strings.ReplaceAll(got, c.Dir, "DIR")); diff != "" {
		t.Errorf("settings (-want +got):\n%s", diff)
	}
}

// TestSecrets: no secret in a definition or diagnostic, all of them in Secrets.
func TestSecrets(t *testing.T) {
	src, err := os.ReadFile("testdata/good/main.cdp.hcl")
	if err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, string(src))
	canaries := []string{"tok_canary_1", "key_canary_2", "pass_canary_3", "literal_canary_4"}
	for _, secret := range canaries {
		if !contains(c.Secrets, secret) {
			t.Errorf("%s is not in Secrets: %v", secret, c.Secrets)
		}
		for _, b := range c.Blocks() {
			if strings.Contains(b.Definition, secret) {
				t.Errorf("%s is in the definition of %s", secret, b.Addr)
			}
		}
	}
	if !strings.Contains(string(c.Destinations[0].Call.Settings), "literal_canary_4") {
		t.Error("the connector does not get its secret")
	}
	_, ds := load(t, map[string]string{"main.cdp.hcl": head + `
variable "token" {
  type      = string
  sensitive = true
}
model "m" { sql = "select '${var.token}'" }
source "tool" "x" {
  url  = tonumber(var.token)
  auth = { basic = var.token }
}
segment "s" {
  of    = var.token
  where = "x = ${parseint(var.token, 10)}"
}`})
	if len(ds) < 4 {
		t.Errorf("%d errors", len(ds))
	}
	for _, d := range ds {
		if strings.Contains(d.Summary+d.Detail, "tok_canary") {
			t.Errorf("a diagnostic holds the secret: %+v", d)
		}
	}
}

// TestDigest: spacing, comments, order and files mean nothing; everything else does.
func TestDigest(t *testing.T) {
	one := "segment \"a\" {\n  of = identity.c\n  where = \"x  > 1\"\n}\n"
	two := "# a remark\nsegment \"a\" {\n  where = <<-SQL\n    x > -- more than one\n      1\n  SQL\n\n  of    = identity.c\n}\n"
	other := "segment \"a\" {\n  of = identity.c\n  where = \"x > 2\"\n}\n"
	id := "identity \"c\" {\n  input \"i\" { stream = source.s.a }\n}\n"
	digest := func(files map[string]string) string {
		c, ds := load(t, files)
		for _, d := range ds {
			t.Error(d)
		}
		return c.Digest()
	}
	a := digest(map[string]string{"main.cdp.hcl": head + id + one})
	b := digest(map[string]string{"a.cdp.hcl": two, "b.cdp.hcl": id, "z.cdp.hcl": head})
	if a != b {
		t.Error("the same meaning has two digests")
	}
	if a == digest(map[string]string{"main.cdp.hcl": head + id + other}) {
		t.Error("another meaning has the same digest")
	}
	if a != digest(map[string]string{"main.cdp.hcl": head + id + one}) {
		t.Error("another folder gives another digest")
	}
}

func TestGraph(t *testing.T) {
	src, err := os.ReadFile("testdata/good/main.cdp.hcl")
	if err != nil {
		t.Fatal(err)
	}
	c := mustLoad(t, string(src))
	g := c.Graph()
	order, err := g.Order()
	if err != nil {
		t.Fatal(err)
	}
	place := map[addr.Address]int{}
	for i, a := range order {
		place[a] = i
	}
	for _, a := range order {
		for _, need := range g.Needs(a) {
			if place[need] > place[a] {
				t.Errorf("%s comes before %s, which it needs", a, need)
			}
		}
	}
	needs := fmt.Sprint(g.Needs(addr.Address{Type: "segment", Name: "big"}))
	if want := `[identity.customer trait.lifetime_value trait.named trait.orders["month"] trait.orders["year"]]`; needs != want {
		t.Errorf("a segment needs %s, want %s", needs, want)
	}
}

func TestVariables(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	declared := ""
	for _, name := range []string{"fallback", "env", "auto", "file", "flag"} {
		declared += fmt.Sprintf("variable %q { default = \"default\" }\n", name)
	}
	write("main.cdp.hcl", head+declared+"variable \"list\" { type = list(string) }\nvariable \"n\" { type = number }\nmodel \"m\" {\n"+
		"  sql = \"select '${var.fallback} ${var.env} ${var.auto} ${var.file} ${var.flag} ${join(\"+\", var.list)} ${var.n}'\"\n}\n")
	write("x.cdpvars.hcl", "auto = \"auto\"\nfile = \"auto\"\nflag = \"auto\"\nelse = 1\n")
	write("more.hcl", "file = \"file\"\nflag = \"file\"\n")
	c, ds := Load(t.Context(), dir, LoadOptions{
		Environ:  []string{"CDP_VAR_env=env", "CDP_VAR_auto=env", "CDP_VAR_file=env", "CDP_VAR_flag=env", "CDP_VAR_list=[\"a\", \"b\"]", "CDP_VAR_n=3"},
		VarFiles: []string{filepath.Join(dir, "more.hcl")}, Vars: map[string]string{"flag": "flag", "zzzzzz": "x"},
	})
	if got := c.Models[0].SQL.Render(relation).Value; got != "select 'default env auto file flag a+b 3'" {
		t.Errorf("got %s", got)
	}
	var told []string
	for _, d := range ds {
		told = append(told, string(d.Severity)+" "+d.Detail)
	}
	want := []string{
		`error --var gives "zzzzzz" a value, but no ` + "`variable`" + ` block declares it.` + ` Known: auto, env, fallback, file, flag, list, n.`,
		"warning No `variable` block declares \"else\", so its value is not used. Known: auto, env, fallback, file, flag, list, n.",
	}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("told (-want +got):\n%s", diff)
	}
}

func TestFolders(t *testing.T) {
	tests := []struct {
		name  string
		files map[string]string
		code  string
		words string
		file  string
	}{
		{"empty", nil, "config.no_files", "cdp init", ""},
		{"other files only", map[string]string{"x.hcl": "x", ".cdp.hcl": "x"}, "config.no_files", "cdp init", ""},
		{"unclosed", map[string]string{"main.cdp.hcl": "source \"file\" \"shop\" {\n  stream \"a\" {\n"}, "config.syntax", "", "main.cdp.hcl"},
		{"garbage", map[string]string{"main.cdp.hcl": "\xff\xfe\x00garbage"}, "config.syntax", "UTF-8", "main.cdp.hcl"},
		{"deep", map[string]string{"main.cdp.hcl": "x = " + strings.Repeat("(", 100000)}, "config.syntax", "nested", "main.cdp.hcl"},
		{"signs", map[string]string{"main.cdp.hcl": "x = " + strings.Repeat("-", 100000)}, "config.syntax", "nested", "main.cdp.hcl"},
		{"huge number", map[string]string{"main.cdp.hcl": "locals {\n  x = 1e600000000\n}"}, "config.syntax", "larger", "main.cdp.hcl"},
		{"huge file", map[string]string{"main.cdp.hcl": strings.Repeat("# x\n", 1100000)}, "config.syntax", "at most", "main.cdp.hcl"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, ds := load(t, tt.files)
			if len(ds) != 1 || ds[0].Code != tt.code || !strings.Contains(ds[0].Detail, tt.words) {
				t.Fatalf("got %+v", ds)
			}
			if r := ds[0].Range; tt.file == "" && r != nil || tt.file != "" && (r == nil || r.File != tt.file) {
				t.Errorf("at %+v", r)
			}
		})
	}
	_, ds := Load(t.Context(), filepath.Join(t.TempDir(), "nowhere"), LoadOptions{})
	if len(ds) != 1 || ds[0].Code != "config.no_folder" {
		t.Errorf("a folder that is not there: %+v", ds)
	}
	if c, _ := load(t, map[string]string{"main.cdp.hcl": "\ufeff" + head}); len(c.Sources) != 1 {
		t.Error("a byte order mark hides the file")
	}
}

// TestThousandBlocks is a wide bound, for loaded machines; BenchmarkThousandBlocks measures.
func TestThousandBlocks(t *testing.T) {
	files := map[string]string{"main.cdp.hcl": thousandBlocks()}
	best := time.Hour
	for range 3 {
		start := time.Now()
		c, ds := load(t, files)
		best = min(best, time.Since(start))
		if len(ds) > 0 || len(c.Blocks()) < 1000 {
			t.Fatalf("%d blocks, %v", len(c.Blocks()), ds)
		}
		c.Digest()
		if _, err := c.Graph().Order(); err != nil {
			t.Fatal(err)
		}
	}
	if t.Log(best); best > 3*time.Second {
		t.Errorf("%v for 1,000 blocks", best)
	}
}

func BenchmarkThousandBlocks(b *testing.B) {
	dir := b.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.cdp.hcl"), []byte(thousandBlocks()), 0o600); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		Load(b.Context(), dir, LoadOptions{Environ: environ})
	}
}

func thousandBlocks() string {
	var out strings.Builder
	out.WriteString(head + "identity \"c\" {\n  identifier \"email\" {}\n  input \"i\" {\n    stream = source.s.a\n    identifiers = { email = \"email\" }\n  }\n}\ndestination \"tool\" \"d\" {\n  url = \"x\"\n}\n")
	for i := range 250 {
		fmt.Fprintf(&out, "model \"m%d\" {\n  sql = <<-SQL\n    select * from ${source.s.a}\n    where x = ${local.limit}\n  SQL\n}\n", i)
		fmt.Fprintf(&out, "trait \"t%d\" {\n  of = identity.c\n  input = \"i\"\n  value = \"sum(x)\"\n  window = \"30 days\"\n}\n", i)
		fmt.Fprintf(&out, "segment \"s%d\" {\n  of = identity.c\n  where = \"t%d > 3\"\n}\n", i, i)
		fmt.Fprintf(&out, "sync \"y%d\" {\n  segment = segment.s%d\n  destination = destination.d\n  object = \"o%d\"\n  mode = \"upsert\"\n  key = { email = \"email\" }\n  fields = { a = \"t%d\", b = \"email\" }\n}\n", i, i, i, i)
	}
	return out.String()
}

// FuzzLoad: whatever the text, Load tells and never panics, and every range lies inside its file.
func FuzzLoad(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*.cdp.hcl")
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(src))
	}
	f.Add(head)
	f.Fuzz(func(t *testing.T, src string) {
		c, ds := load(t, map[string]string{"main.cdp.hcl": src})
		for _, d := range ds {
			if d.Range == nil {
				continue
			}
			size := len(c.Files[d.Range.File])
			if d.Range.Start.Byte > size || d.Range.End.Byte > size || d.Range.Start.Byte < 0 {
				t.Errorf("%s: range %+v of a file of %d bytes", d.Code, d.Range, size)
			}
		}
		for _, b := range c.Blocks() {
			if !json.Valid([]byte(b.Definition)) {
				t.Errorf("%s: %q is not JSON", b.Addr, b.Definition)
			}
		}
	})
}
