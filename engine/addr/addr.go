package addr

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Address names a block. Type is the block type ("source", "segment"), Name its name, Key its for_each key (when
// Keyed). Member is the stream of a source: "orders" in source.shop.orders. The zero Address names nothing.
type Address struct {
	Type   string
	Name   string
	Key    string
	Keyed  bool
	Member string
}

// String prints the address as it is written in HCL.
func (a Address) String() string {
	s := a.Type + "." + a.Name
	if a.Keyed {
		s += "[" + strconv.Quote(a.Key) + "]"
	}
	if a.Member != "" {
		s += "." + a.Member
	}
	return s
}

// Ident is the name as an SQL identifier and for labels of tables: the for_each key is joined by an underscore.
func (a Address) Ident() string {
	if a.Keyed {
		return a.Name + "_" + a.Key
	}
	return a.Name
}

// Relation is the schema and table an address stands for in the warehouse: raw_shop.orders for source.shop.orders,
// model.paid for model.paid, customer.profiles for identity.customer. ok is false for what is no table.
func (a Address) Relation() (schema, table string, ok bool) {
	switch {
	case a.Type == "source" && a.Member != "":
		return "raw_" + a.Ident(), a.Member, true
	case a.Type == "model":
		return "model", a.Ident(), true
	case a.Type == "identity":
		return a.Ident(), "profiles", true
	}
	return "", "", false
}

// ReservedSchema reports whether a schema's name is taken: by the query engine, by what computing keeps in scratch, or by
// what Relation makes of other blocks. A block that would make such a schema (an identity of that name) cannot be.
func ReservedSchema(name string) bool {
	name = strings.ToLower(name)
	switch name {
	case "now", "was", "work", "delta", "wh", "main", "temp", "system", "memory", "pg_catalog", "information_schema", "model", "_cdp", "scratch":
		return true
	}
	return strings.HasPrefix(name, "raw_")
}

// Parent is the source of a stream; of anything else, itself.
func (a Address) Parent() Address {
	a.Member = ""
	return a
}

var pattern = regexp.MustCompile(`^([a-z_]+)\.([A-Za-z_][A-Za-z0-9_-]*)(?:\["((?:[^"\\]|\\.)*)"\])?(?:\.([A-Za-z_][A-Za-z0-9_-]*))?$`)

// Parse reads what String printed.
func Parse(text string) (Address, error) {
	m := pattern.FindStringSubmatch(text)
	if m == nil || (m[4] != "" && m[1] != "source") {
		return Address{}, fmt.Errorf("%q is not an address: one is written type.name, as in segment.vip or source.shop.orders", text)
	}
	a := Address{Type: m[1], Name: m[2], Member: m[4]}
	if strings.Contains(text, "[") {
		key, err := strconv.Unquote(`"` + m[3] + `"`)
		if err != nil {
			return Address{}, fmt.Errorf("%q is not an address: the key in brackets is not a text in quotes", text)
		}
		a.Key, a.Keyed = key, true
	}
	return a, nil
}

// Compare orders addresses by their text.
func Compare(a, b Address) int {
	if a.Type == b.Type && !a.Keyed && !b.Keyed && a.Member == "" && b.Member == "" {
		return strings.Compare(a.Name, b.Name)
	}
	return strings.Compare(a.String(), b.String())
}
