package main

import (
	"context"
	"flag"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/cdp-engine/cdp/engine"
	"github.com/google/go-cmp/cmp"
)

var mistakenProject = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
locals {
  rich = 100
}
source "file" "shop" {
  stream "customers" {
    path        = "customers.csv"
    primary_key = ["id"]
    columns     = { zip = "varchar" }
  }
  stream "orders" { path = "orders.csv" }
}
model "paid" {
  sql = "select * from ${source.shop.orders} where status = 'paid'"
}
identity "customer" {
  identifier "email" { normalize = "email" }
  input "customers" {
    stream      = source.shop.customers
    identifiers = { email = "email" }
    attributes  = { city = "trim(city)" }
    updated_at  = "updated_at"
  }
  input "orders" {
    stream      = model.paid
    identifiers = { email = "email" }
    occurred_at = "ordered_at"
  }
  rule "same" {
    on    = ["email"]
    where = "l.city = r.city"
  }
}
trait "spent" {
  of      = identity.customer
  input   = "orders"
  value   = "sum(total)"
  window  = "90 days"
  default = 0
}
trait "tier" {
  of  = identity.customer
  sql = "case when spent > 9 then 'gold' else 'plain' end"
}
trait "score" {
  of  = identity.customer
  sql = "length(tier) + 1"
}
segment "vips" {
  of    = identity.customer
  where = "spent >= ${local.rich} and tier = 'gold'"
}
segment "parisians" {
  of    = identity.customer
  where = "city = 'Paris' and score > 3"
}
` + crm("http://127.0.0.1:9") + crmSync(`spent = "spent", tier = "tier"`, "") + `destination "file" "out" { dir = "out" }
sync "parisians_file" {
  from        = segment.parisians
  destination = destination.out
  object      = "parisians.csv"
  mode        = "mirror"
  on_leave    = "remove"
  key         = { email = "email" }
  fields      = { score = "score" }
}
`

// mistakes are of every layer: values, arguments, references, names, SQL, connectors' arguments and their programs.
var mistakes = []struct{ name, old, new, code string }{
	{"local", "rich = 100", "rich = 1/0", "config.expression"},
	{"block", `trait "tier"`, `trate "tier"`, "config.unknown_block"},
	{"for_each", "of  = identity.customer\n  sql = \"case", "for_each = toset([1])\n  of = identity.customer\n  sql = \"case", "config.for_each"},
	{"stream argument", `primary_key = ["id"]`, "primary_key = 7", "config.wrong_type"},
	{"lag", `stream "orders" { path = "orders.csv" }`, "stream \"orders\" {\n    path = \"orders.csv\"\n    lag  = \"1h\"\n  }", "stream.lag_without_cursor"},
	{"trait argument", "default = 0", "defualt = 0", "config.unknown_argument"},
	{"input argument", `attributes  = {`, `atributes  = {`, "config.unknown_argument"},
	{"model argument", "sql = \"select", "materialize = \"tabel\"\n  sql = \"select", "config.invalid_value"},
	{"sync argument", "  destination = destination.out\n", "", "config.missing_argument"},
	{"reference of an input", "stream      = model.paid", "stream      = model.payd", "config.unknown_reference"},
	{"reference of a model", "${source.shop.orders}", "${source.shop.order}", "config.unknown_reference"},
	{"reference of a sync", "segment     = segment.vips", "segment     = segment.vip", "config.unknown_reference"},
	{"identifier", `identifiers = { email = "email" }
    occ`, `identifiers = { emial = "email" }
    occ`, "identity.unknown_identifier"},
	{"SQL of a segment", "city = 'Paris'", "city = ", "sql.syntax"},
	{"column of a segment", "score > 3", "scor > 3", "sql.unknown_column"},
	{"SQL of a trait", `"sum(total)"`, `"sum(total"`, "sql.syntax"},
	{"SQL of a derived trait", "length(tier)", "length(tier", "sql.syntax"},
	{"traits of each other", "when spent > 9", "when score > 9", "trait.cycle"},
	{"column of a rule", "r.city", "r.town", "sql.unknown_column"},
	{"clock", "where status = 'paid'", "where ordered_at < now()", "sql.clock"},
	{"column of a sync", `score = "score"`, `score = "skore"`, "sql.unknown_column"},
	{"connector argument", "max_records = 10", "max_record = 10", "config.unknown_key"},
	{"jq", ".key + .fields]}", ".key + ]}", "connector.settings"},
	{"object of a connector", `object      = "contacts"`, `object      = "contact"`, "connector.settings"},
	{"connector", `destination "file" "out"`, `destination "fiel" "out"`, "config.unknown_connector"},
}

var allPairs = flag.Bool("pairs", false, "make every two mistakes, not a fifth of all pairs")

// lineOf is the line of the project where a text ends.
func lineOf(text string) int {
	return strings.Count(mistakenProject[:strings.Index(mistakenProject, text)+len(text)], "\n")
}

// TestAllMistakesAtOnce makes two mistakes in a project: both are told in one run, and nothing that only follows.
func TestAllMistakesAtOnce(t *testing.T) {
	// What one mistake hides of another for good: names that may be the missing ones, and parts inside of what could not be read.
	hidden := map[string][]string{
		"block":          {"column of a segment", "traits of each other", "column of a rule", "column of a sync", "for_each"},
		"for_each":       {"column of a segment", "traits of each other", "column of a rule", "column of a sync"},
		"input argument": {"column of a segment", "column of a rule", "column of a sync"},

		"SQL of a derived trait": {"traits of each other"},
	}
	told := func(t *testing.T, text string) map[string]bool {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "main.cdp.hcl"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		p, ds := engine.Open(context.Background(), dir, engine.Options{Builtins: builtins(), AsOf: time.Unix(0, 0).UTC(), Log: slog.New(slog.NewTextHandler(io.Discard, nil))})
		if !ds.HasErrors() {
			defer p.Close()
			ds = append(ds, p.Validate(context.Background())...)
		}
		out := map[string]bool{}
		for _, d := range ds {
			line := ""
			if d.Range != nil {
				line = strings.Split(text, "\n")[d.Range.Start.Line-1]
			}
			out[d.Code+": "+d.Detail+" | "+line] = true
		}
		return out
	}
	if got := told(t, mistakenProject); len(got) > 0 {
		t.Fatalf("the project is good: %v", got)
	}
	alone := map[string]map[string]bool{}
	for _, m := range mistakes {
		if strings.Count(mistakenProject, m.old) != 1 {
			t.Fatalf("%s: %q is not there once", m.name, m.old)
		}
		alone[m.name] = told(t, strings.Replace(mistakenProject, m.old, m.new, 1))
		for text := range alone[m.name] {
			if !strings.HasPrefix(text, m.code+":") {
				t.Errorf("%s: want %s, got %q", m.name, m.code, text)
			}
		}
		if len(alone[m.name]) == 0 {
			t.Errorf("%s: nothing is told", m.name)
		}
	}
	if t.Failed() {
		return
	}
	hides := func(a, b string) bool {
		for _, h := range hidden[a] {
			if h == b {
				return true
			}
		}
		return false
	}
	for i, a := range mistakes {
		for j, b := range mistakes[i+1:] {
			if !*allPairs && (i+j)%5 != 0 {
				continue
			}
			once := strings.Replace(mistakenProject, a.old, a.new, 1)
			if lineOf(a.old) == lineOf(b.old) || strings.Count(once, b.old) != 1 || strings.Count(strings.Replace(mistakenProject, b.old, b.new, 1), a.old) != 1 {
				continue // they touch the same text
			}
			want := map[string]bool{}
			for _, m := range []string{a.name, b.name} {
				for text := range alone[m] {
					want[text] = true
				}
			}
			if hides(a.name, b.name) {
				want = alone[a.name]
			} else if hides(b.name, a.name) {
				want = alone[b.name]
			}
			if diff := cmp.Diff(want, told(t, strings.Replace(once, b.old, b.new, 1))); diff != "" {
				t.Errorf("%s and %s (-want +got):\n%s", a.name, b.name, diff)
			}
		}
	}
}
