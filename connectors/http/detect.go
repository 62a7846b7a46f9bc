package http

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// detector finds the types of columns over all records of a read. Types that are pinned or kept are not looked for.
type detector struct {
	nameless bool // some record has a member without a name, which no column can take
	known    map[string]bool
	found    map[string]*finding
}

// finding is what was seen of one column.
type finding struct {
	seen               kinds
	whole, scale, most int // digits before and after the point at most, digits in all at most
	inexact            bool
	first              string // position and value of the first value of a second kind
	firstKind          kinds
}

type kinds uint8

const (
	sawBool kinds = 1 << iota
	sawNumber
	sawText
	sawNested
)

func newDetector(known []schema.Column) *detector {
	d := &detector{known: map[string]bool{}, found: map[string]*finding{}}
	for _, c := range known {
		d.known[c.Name] = true
	}
	return d
}

// look takes one record in.
func (d *detector) look(record map[string]any, position func() string) {
	for name, value := range record {
		if name == "" {
			d.nameless = true
			continue
		}
		if d.known[name] {
			continue
		}
		f := d.found[name]
		if f == nil {
			f = &finding{}
			d.found[name] = f
		}
		if value == nil {
			continue
		}
		kind := f.look(value)
		if f.firstKind == 0 {
			f.firstKind = kind
		} else if kind != f.firstKind && f.first == "" {
			f.first = fmt.Sprintf("record %s has %s", position(), preview(value))
		}
		f.seen |= kind
	}
}

func (f *finding) look(value any) kinds {
	switch v := value.(type) {
	case bool:
		return sawBool
	case string:
		return sawText
	case []any, map[string]any:
		return sawNested
	default:
		text, ok := numberText(v)
		if ok {
			f.number(text)
		}
		return sawNumber
	}
}

func (f *finding) number(text string) {
	plain, ok := plainNumber(text)
	if !ok {
		f.inexact = true
		return
	}
	plain = strings.TrimPrefix(plain, "-")
	whole, fraction, _ := strings.Cut(plain, ".")
	f.whole = max(f.whole, len(whole))
	f.scale = max(f.scale, len(fraction))
	f.most = max(f.most, len(strings.TrimLeft(whole+fraction, "0")))
	if len(whole) == 19 && whole > "9223372036854775807" {
		f.whole = max(f.whole, 20) // beyond BIGINT
	}
}

// kind is the narrowest type that holds every value seen.
func (f *finding) kind() schema.Type {
	switch {
	case f.seen == 0:
		return schema.Type{Kind: schema.Null}
	case f.seen&sawNested != 0:
		return schema.Type{Kind: schema.JSON}
	case f.seen == sawBool:
		return schema.Type{Kind: schema.Bool}
	case f.seen == sawNumber:
		return f.numeric()
	default:
		return schema.Type{Kind: schema.String}
	}
}

// numeric leaves room for values of later loads: a price is DECIMAL(18,4) whether its first load had one decimal or
// two. What has many decimals and no more digits than a double keeps is a measured value: DOUBLE.
func (f *finding) numeric() schema.Type {
	switch {
	case f.inexact:
		return schema.Type{Kind: schema.Double}
	case f.scale == 0 && f.whole <= 19:
		return schema.Type{Kind: schema.Int64}
	case f.scale == 0 && f.whole <= 38:
		return schema.Type{Kind: schema.Decimal, Precision: 38}
	case f.scale <= 4 && f.whole <= 14:
		return schema.Type{Kind: schema.Decimal, Precision: 18, Scale: 4}
	case f.scale <= 9 && f.whole <= 29:
		return schema.Type{Kind: schema.Decimal, Precision: 38, Scale: 9}
	case f.most > 17 && f.whole+f.scale <= 38:
		return schema.Type{Kind: schema.Decimal, Precision: 38, Scale: f.scale}
	default:
		return schema.Type{Kind: schema.Double}
	}
}

// columns are the columns of the stream: those known, in their order, then those found: the key, the rest by name, and
// notes about columns that were kept as text because their values are of several kinds.
func (d *detector) columns(known []schema.Column, key []string, cursor string) (columns []schema.Column, notes []string) {
	columns = slices.Clone(known)
	add := func(name string) {
		f := d.found[name]
		if d.known[name] || f == nil {
			return
		}
		columns = append(columns, schema.Column{Name: name, Type: f.kind()})
		if mixed := f.seen &^ sawNested; f.seen&sawNested == 0 && mixed&(mixed-1) != 0 {
			notes = append(notes, fmt.Sprintf("column %q is kept as text: its values are of several kinds; %s", name, f.first))
		}
		d.known[name] = true
	}
	if d.nameless {
		notes = append(notes, "members with an empty name are left out; `records` may rename them")
	}
	for _, name := range append(slices.Clone(key), cursor) {
		if name != "" && d.found[name] == nil {
			d.found[name] = &finding{}
		}
	}
	for _, name := range key {
		add(name)
	}
	rest := make([]string, 0, len(d.found))
	for name := range d.found {
		rest = append(rest, name)
	}
	slices.Sort(rest)
	for _, name := range rest {
		add(name)
	}
	return columns, notes
}
