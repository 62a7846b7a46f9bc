package config

import (
	"testing"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/zclconf/go-cty/cty"
)

const movedProject = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
source "tool" "store" {
  stream "orders" { path = "orders.csv" }
  stream "people" { path = "people.csv" }
}
identity "person" {
  identifier "email" {}
  input "orders" {
    stream      = source.store.orders
    identifiers = { email = "email" }
  }
}
segment "c" {
  of    = identity.person
  where = "true"
}
segment "each" {
  for_each = toset(["x"])
  of       = identity.person
  where    = "true"
}
moved {
  from = source.shop
  to   = source.store
}
moved {
  from = segment.a
  to   = segment.b
}
moved {
  from = segment.b
  to   = segment.c
}
moved {
  from = segment.all
  to   = segment.each
}
moved {
  from = segment.each
  to   = segment.each["x"]
}
moved {
  from = identity.customer
  to   = identity.person
}
`

func TestMovesAreFollowed(t *testing.T) {
	c := mustLoad(t, movedProject)
	for from, want := range map[string]string{
		"segment.a":             "segment.c", // by way of segment.b
		"segment.b":             "segment.c",
		"segment.c":             "segment.c",
		`segment.all["x"]`:      `segment.each["x"]`, // all instances
		"segment.each":          `segment.each["x"]`, // which has a for_each now
		"source.shop":           "source.store",
		"source.shop.people":    "source.store.people",
		"source.other.people":   "source.other.people",
		"identity.customer":     "identity.person",
		"sync.a":                "sync.a",
		`segment.each["other"]`: `segment.each["other"]`,
	} {
		a, err := addr.Parse(from)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Moved(a).String(); got != want {
			t.Errorf("%s is now %s, want %s", from, got, want)
		}
	}
}

func TestReferencesOfDefinitionsAreMoved(t *testing.T) {
	c := mustLoad(t, movedProject)
	stored := `{"count":1234567890123456789,"exclude":["${segment.a}","${segment.other}"],"of":"${identity.customer}","sql":"select '<a>' from ${source.shop.orders} o join ${model.x}"}`
	want := `{"count":1234567890123456789,"exclude":["${segment.c}","${segment.other}"],"of":"${identity.person}","sql":"select '<a>' from ${source.store.orders} o join ${model.x}"}`
	if got := c.MovedDefinition(stored); got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// What this project itself would store is left as it is: the form is the same.
	for _, b := range c.Blocks() {
		if got := c.MovedDefinition(b.Definition); got != b.Definition {
			t.Errorf("%s: got %s, want %s", b.Addr, got, b.Definition)
		}
	}
}

func TestMovesAreOfTheDigest(t *testing.T) {
	with, without := mustLoad(t, movedProject+"\nremoved { from = sync.gone }\n"), mustLoad(t, movedProject)
	if with.Digest() == without.Digest() {
		t.Error("a plan that removes has the digest of one that does not")
	}
}

func TestPolicies(t *testing.T) {
	const project = `
cdp {
  warehouse "duckdb" { path = "w.duckdb" }
}
policy "safe" {
  condition = alltrue([for c in plan.changes : c.category != "destructive"])
  message   = "Nothing is destroyed."
}
policy "known" {
  condition = plan.changes[0].counts.remove == 0
  message   = "Nobody leaves."
}
policy "unknown" {
  condition = plan.changes[0].counts.entered > 0
  message   = "Somebody comes."
}
`
	c := mustLoad(t, project)
	made := func(category string) cty.Value {
		counts := map[string]cty.Value{}
		for _, name := range PolicyCounts {
			counts[name] = cty.Zero
		}
		counts["entered"] = cty.NullVal(cty.Number)
		return cty.ObjectVal(map[string]cty.Value{
			"changes": cty.ListVal([]cty.Value{cty.ObjectVal(map[string]cty.Value{
				"address": cty.StringVal("sync.x"), "type": cty.StringVal("sync"), "action": cty.StringVal("remove"),
				"category": cty.StringVal(category), "reason": cty.StringVal("definition"), "tags": cty.ListVal([]cty.Value{cty.StringVal("finance")}), "counts": cty.ObjectVal(counts),
			})}),
			"tags":   cty.ListVal([]cty.Value{cty.StringVal("finance")}),
			"counts": cty.ObjectVal(map[string]cty.Value{"create": cty.Zero, "change": cty.Zero, "remove": cty.Zero, "operations": cty.Zero}),
		})
	}
	for category, want := range map[string]bool{"destructive": false, "additive": true} {
		if got, ds := c.Policies[0].Judge(made(category)); got != want || len(ds) > 0 {
			t.Errorf("%s: %t %v", category, got, ds)
		}
	}
	if got, ds := c.Policies[1].Judge(made("")); !got || len(ds) > 0 {
		t.Errorf("a count that is 0: %t %v", got, ds)
	}
	_, ds := c.Policies[2].Judge(made(""))
	if len(ds) != 1 || ds[0].Range == nil || ds[0].Range.Start.Line != 14 {
		t.Errorf("a comparison with null is told at its line: %+v", ds)
	}
}
