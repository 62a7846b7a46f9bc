package addr

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParse(t *testing.T) {
	good := map[string]Address{
		"segment.vip":                {Type: "segment", Name: "vip"},
		"source.shop.orders":         {Type: "source", Name: "shop", Member: "orders"},
		`trait.orders["fr"]`:         {Type: "trait", Name: "orders", Key: "fr", Keyed: true},
		`source.shop["a.b"].orders`:  {Type: "source", Name: "shop", Key: "a.b", Keyed: true, Member: "orders"},
		`segment.x["say \"hi\" \\"]`: {Type: "segment", Name: "x", Key: `say "hi" \`, Keyed: true},
		`segment.x[""]`:              {Type: "segment", Name: "x", Keyed: true},
		"segment.a-b":                {Type: "segment", Name: "a-b"},
	}
	for text, want := range good {
		got, err := Parse(text)
		if err != nil || got != want {
			t.Errorf("Parse(%q) = %+v, %v", text, got, err)
		}
		if got.String() != text {
			t.Errorf("%q prints as %q", text, got)
		}
	}
	for _, text := range []string{"", "segment", "segment.", ".vip", "segment.vip.orders", "segment.1x", `segment.x[fr]`, `segment.x["\q"]`, "source.a.b.c", "segment.x y", "Segment.x"} {
		if got, err := Parse(text); err == nil {
			t.Errorf("Parse(%q) = %+v, want an error", text, got)
		}
	}
}

func TestRelation(t *testing.T) {
	tests := map[string]string{
		"source.shop.orders": "raw_shop.orders", `source.shop["fr"].orders`: "raw_shop_fr.orders",
		"model.paid": "model.paid", "identity.customer": "customer.profiles", "source.shop": "", "segment.vip": "",
	}
	for text, want := range tests {
		a, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		schema, table, ok := a.Relation()
		if got := strings.Trim(schema+"."+table, "."); got != want || ok != (want != "") {
			t.Errorf("%s is %q, %v; want %q", text, got, ok, want)
		}
	}
	if a := (Address{Type: "source", Name: "shop", Member: "orders"}); a.Parent().String() != "source.shop" {
		t.Errorf("the parent of %s is %s", a, a.Parent())
	}
}

// TestRoundTrip: what String prints, Parse reads; Compare orders as the texts do.
func TestRoundTrip(t *testing.T) {
	gen := rapid.Custom(func(t *rapid.T) Address {
		name := rapid.StringMatching(`[A-Za-z_][A-Za-z0-9_-]{0,5}`)
		a := Address{Type: rapid.SampledFrom([]string{"source", "segment", "sync"}).Draw(t, "type"), Name: name.Draw(t, "name")}
		if a.Keyed = rapid.Bool().Draw(t, "keyed"); a.Keyed {
			a.Key = rapid.String().Draw(t, "key")
		}
		if a.Type == "source" && rapid.Bool().Draw(t, "stream") {
			a.Member = name.Draw(t, "member")
		}
		return a
	})
	rapid.Check(t, func(t *rapid.T) {
		a, b := gen.Draw(t, "a"), gen.Draw(t, "b")
		got, err := Parse(a.String())
		if err != nil || got != a {
			t.Fatalf("%q: %+v, %v, want %+v", a.String(), got, err, a)
		}
		if Compare(a, b) != strings.Compare(a.String(), b.String()) {
			t.Fatalf("%s and %s compare as %d", a, b, Compare(a, b))
		}
	})
}

func TestReservedSchemas(t *testing.T) {
	for name, want := range map[string]bool{"now": true, "WH": true, "raw_shop": true, "_cdp": true, "temp": true, "customer": false, "nowadays": false, "household": false} {
		if ReservedSchema(name) != want {
			t.Errorf("%s: %v", name, !want)
		}
	}
}
