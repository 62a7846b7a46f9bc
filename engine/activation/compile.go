package activation

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Given is a sync and what is known of where it reads and writes. Object is what the connector says of the sync's object;
// nil: it could not say, and what depends on it is not checked. Columns are those of the profile or model; nil: not known
// yet.
type Given struct {
	Sync    *config.Sync
	Object  *schema.Object
	Columns []schema.Column
	Phones  []string // identifiers that are phone numbers
}

// Compile checks a sync against its object and its columns.
func Compile(ctx context.Context, given Given, an warehouse.Analyzer) (*Spec, diag.Diagnostics) {
	s := given.Sync
	c := &compiler{ctx: ctx, Given: given, an: an, spec: &Spec{Sync: s, Name: s.Addr.Ident(), Address: s.Addr.String(), From: s.From.Addr.Type}}
	if s.Identity.Type != "" {
		c.spec.ID = s.Identity.Ident() + "_id"
	}
	if given.Object != nil {
		c.spec.Object = *given.Object
		c.capabilities()
		c.names()
	}
	c.columns()
	c.spec.Fingerprint = c.fingerprint()
	slices.Sort(c.spec.Uses)
	c.spec.Uses = slices.Compact(c.spec.Uses)
	return c.spec, c.diags
}

type compiler struct {
	ctx context.Context
	an  warehouse.Analyzer
	Given
	spec      *Spec
	canonical []string
	diags     diag.Diagnostics
}

func (c *compiler) fail(code, summary, detail string, at diag.Range) {
	c.diags = append(c.diags, diag.NewError(code, summary, detail, &at).About(c.spec.Address))
}

// at is the place of an argument.
func (c *compiler) at(argument string) diag.Range {
	if r, ok := c.Sync.Ranges[argument]; ok {
		return r
	}
	return c.Sync.Range
}

func (c *compiler) capabilities() {
	o, s := c.spec.Object, c.Sync
	w := waysOf(o, s.Mode)
	if !w.ok {
		c.fail("activation.mode", "Mode not possible", fmt.Sprintf("The object %q cannot be kept in mode %q. It can be: %s.", s.Object, s.Mode, sentence(possible(o))), c.at("mode"))
		return
	}
	c.spec.Add, c.spec.Update, c.spec.Whole = w.add, w.update, w.whole
	if s.Import == "readback" && (!o.Readback || w.whole || s.Mode == "append") {
		c.fail("activation.import", "Records cannot be adopted", fmt.Sprintf("import = \"readback\" asks the tool what it has, and records of the object %q in mode %q cannot be read back. Take `import` out: the first run sends everybody.", s.Object, s.Mode), c.at("import"))
	}
	switch {
	case s.Mode == "replace":
		c.spec.Out, _ = wayOut(schema.Object{WholeSet: true, Operations: o.Operations}, "remove")
	case s.Mode == "mirror":
		out, ok := wayOut(o, s.OnLeave.Rule)
		if !ok {
			c.fail("activation.on_leave", "Leave rule not possible", fmt.Sprintf("Records of the object %q cannot leave by %q. on_leave can be %s.", s.Object, s.OnLeave.Rule, sentence(leavings(o))), c.at("on_leave"))
		}
		c.spec.Out = out
	}
}

// names checks key and field names against those the object has.
func (c *compiler) names() {
	o, s := c.spec.Object, c.Sync
	if o.Key != nil {
		for _, m := range s.Key {
			if !slices.Contains(o.Key, m.Name) {
				c.fail("activation.unknown_key", "Unknown key", fmt.Sprintf("The object %q has no key %q.%s", s.Object, m.Name, diag.Suggest(m.Name, o.Key)), m.Range)
			}
		}
		for _, name := range o.Key {
			if !slices.ContainsFunc(s.Key, func(m config.Mapping) bool { return m.Name == name }) {
				c.fail("activation.missing_key", "Missing key", fmt.Sprintf("The object %q needs %q in its key: %s.", s.Object, name, sentence(o.Key)), c.at("key"))
			}
		}
	}
	if o.Fields != nil {
		for _, m := range slices.Concat(s.Fields, s.OnLeave.Update) {
			if !slices.Contains(o.Fields, m.Name) {
				c.fail("activation.unknown_field", "Unknown field", fmt.Sprintf("The object %q has no field %q.%s", s.Object, m.Name, diag.Suggest(m.Name, o.Fields)), m.Range)
			}
		}
	}
}

func (c *compiler) columns() {
	s := c.Sync
	for _, m := range s.Key {
		c.spec.Key = append(c.spec.Key, c.column(m, ""))
	}
	for _, m := range s.Fields {
		null := s.OnNull
		if own, ok := s.Null[m.Name]; ok {
			null = own
		}
		if null == "" {
			null = "skip"
		}
		c.spec.Fields = append(c.spec.Fields, c.column(m, null))
	}
	for _, m := range s.OnLeave.Update {
		c.spec.Leave = append(c.spec.Leave, c.column(m, "clear"))
	}
	c.known("null", "on_null", mapKeys(s.Null), s.Fields)
	c.known("hash", "hash", mapKeys(s.Hash), slices.Concat(s.Key, s.Fields))
	if s.OnConflict == "newest" && c.spec.ID == "" {
		c.fail("activation.on_conflict", "on_conflict needs customers", "Which row is the newest is told by the records of a customer, and rows of a model have none. Choose the newest row in the model's SQL.", c.at("on_conflict"))
	}
	if !s.Where.IsZero() {
		c.spec.Where, _ = c.analyze(s.Where, &schema.Type{Kind: schema.Bool})
	}
}

// known checks that names of an argument are keys or fields of the sync.
func (c *compiler) known(argument, code string, names []string, mappings []config.Mapping) {
	var have []string
	for _, m := range mappings {
		have = append(have, m.Name)
	}
	for _, name := range names {
		if !slices.Contains(have, name) {
			c.fail("activation."+code+"_name", "Unknown field", fmt.Sprintf("%s names %q, which this sync does not send.%s", argument, name, diag.Suggest(name, have)), c.at(argument))
		}
	}
}

func (c *compiler) column(m config.Mapping, null string) Column {
	sql, t := c.analyze(m.Expr, nil)
	out := Column{Name: m.Name, SQL: sql, Null: null, Type: t}
	if text, ok := c.Sync.Hash[m.Name]; ok {
		f, err := parseForm(text, m.Name)
		if err != nil {
			c.fail("activation.hash", "Unknown normal form", err.Error(), c.at("hash"))
		}
		out.Hash = f
		if name := strings.Trim(strings.TrimSpace(sql.Value), `"`); f != nil && f.kind == "phone" && f.region == "" && slices.Contains(c.Phones, name) {
			out.Phone = name
		}
	}
	return out
}

func (c *compiler) analyze(sql config.SQL, want *schema.Type) (diag.Text, schema.Type) {
	text := sql.Render(func(a addr.Address) string { return a.String() })
	a, problems := c.an.Analyze(c.ctx, warehouse.Query{Text: text, Scope: []warehouse.Scope{{Columns: c.Columns, Open: c.Columns == nil}}, Want: want})
	for _, p := range problems {
		at := text.At(p.Offset, p.Length)
		c.fail(p.Code, p.Summary, p.Detail, at)
	}
	c.canonical = append(c.canonical, a.Canonical)
	c.spec.Clock = c.spec.Clock || a.AsOf
	c.spec.Uses = append(c.spec.Uses, a.Uses...)
	var t schema.Type
	if len(a.Columns) > 0 {
		t = a.Columns[0].Type
	}
	return a.SQL, t
}

// fingerprint names the meaning of the sync: what it sends, where and when, not how it is written.
func (c *compiler) fingerprint() string {
	s := c.Sync
	var names []string
	for _, m := range slices.Concat(s.Key, s.Fields, s.OnLeave.Update) {
		names = append(names, m.Name)
	}
	var guards []string
	for _, g := range s.Guards {
		guards = append(guards, fmt.Sprintf("%s=%g/%d", g.Name, g.Limit, g.Floor))
	}
	slices.Sort(guards)
	var includes []string // of the segment: their holdouts are not sent either
	if s.Holdouts != "include" {
		for _, a := range s.Includes {
			includes = append(includes, a.String())
		}
	}
	parts := []any{
		1, s.From.Addr.String(), s.Destination.Addr.String(), s.Object, s.Mode, s.OnLeave.Rule, len(s.Key), len(s.Fields), names, c.canonical,
		s.OnNull, sortedPairs(s.Null), sortedPairs(s.Hash), s.Holdouts, s.Each, s.OnConflict, s.Retry, guards,
	}
	if len(includes) > 0 {
		parts = append(parts, includes)
	}
	meaning, err := json.Marshal(parts)
	if err != nil {
		panic(fmt.Sprintf("marshalling %s: %v", s.Addr, err)) // strings and numbers always marshal
	}
	sum := sha256.Sum256(meaning)
	return hex.EncodeToString(sum[:])
}

func mapKeys(m map[string]string) []string {
	var out []string
	for k := range m {
		out = append(out, k)
	}
	slices.Sort(out)
	return out
}

func sortedPairs(m map[string]string) [][2]string {
	out := [][2]string{}
	for _, k := range mapKeys(m) {
		out = append(out, [2]string{k, m[k]})
	}
	return out
}
