package config

import (
	"fmt"
	"strings"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/zclconf/go-cty/cty"
)

var traitSpec = &blockSpec{
	doc: "A computed column of the profile: an aggregate over an input's records (`input` and `value`), or `sql` over columns of the profile.", labels: []string{"name"},
	args: []arg{
		{name: "of", kind: kindRef, refs: []string{"identity"}, required: true, doc: "Whose profile: identity.customer."},
		{name: "input", typ: cty.String, doc: "Input of the identity whose records it is over."},
		{name: "value", kind: kindSQL, doc: "An aggregate over the input's columns: sum(total)."},
		{name: "where", kind: kindSQL, doc: "Condition on the input's records."},
		{name: "window", kind: kindWindow, doc: "How far back from as_of: 30 days, 6 months. Default: all time."},
		{name: "default", kind: kindRaw, doc: "Value where there are no records. Default null."},
		{name: "sql", kind: kindSQL, doc: "An expression over columns of the profile."},
		tagsArg,
	},
}

func (l *loader) readTrait(in *instance) {
	b := l.block(in.syntax, in.context(l.full), traitSpec, in.addr.String())
	if !b.labelled {
		return
	}
	t := &Trait{
		Of: b.ref("of"), Input: b.str("input"), Value: b.sql("value"), Where: b.sql("where"), Window: b.window("window"),
		Default: b.literal("default"), SQL: b.sql("sql"), Ranges: b.ranges(),
	}
	b.checkTrait()
	t.Block = b.base(in.addr)
	l.cfg.Traits = append(l.cfg.Traits, t)
}

// checkTrait sees to it that a trait is of one kind.
func (b *block) checkTrait() {
	given := func(name string) bool { return b.attr(name) != nil }
	switch {
	case given("sql"):
		for _, name := range []string{"input", "value", "where", "window"} {
			if given(name) {
				b.err("trait.two_kinds", "Trait is of two kinds", fmt.Sprintf("`sql` computes from the profile's columns, so `%s` has nothing to work on: take one of them out.", name), b.at(name))
			}
		}
	case !given("input") && !given("value"):
		b.err("config.missing_argument", "Missing argument", sentence(b.in)+" needs either `input` and `value`, an aggregate over records, or `sql`, an expression over the profile.", b.header)
	case !given("input"):
		b.err("config.missing_argument", "Missing argument", sentence(b.in)+" needs `input`: the input of the identity whose records `value` is over.", b.header)
	case !given("value"):
		b.err("config.missing_argument", "Missing argument", sentence(b.in)+" needs `value`: an aggregate such as sum(total) or count(*).", b.header)
	}
}

// literal is a plain value as an SQL literal; nil when it isn't given or null.
func (b *block) literal(name string) *string {
	v, ok := b.plain(name)
	if !ok || v.IsNull() {
		return nil
	}
	var text string
	switch v.Type() {
	case cty.String:
		text = "'" + strings.ReplaceAll(v.AsString(), "'", "''") + "'"
	case cty.Number:
		text = numberText(v)
	case cty.Bool:
		text = fmt.Sprint(v.True())
	default:
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`%s` is a text, a number, true or false, not %s.", name, valueText(v)), b.at(name))
		return nil
	}
	return &text
}

// checkTraits looks up inputs, and names that would make two columns of one.
func (l *loader) checkTraits() {
	columns := map[string]string{} // identity and column → who has it
	for _, id := range l.cfg.Identities {
		for column, owner := range id.columns() {
			columns[id.Addr.String()+" "+strings.ToLower(column)] = owner
		}
	}
	for _, t := range l.cfg.Traits {
		in := fmt.Sprintf("trait %q", t.Addr.Name)
		tell := func(d diag.Diagnostic) { l.add(d.About(t.Addr.String()).Inside(in)) }
		if key := t.Of.Addr.String() + " " + strings.ToLower(t.Addr.Ident()); columns[key] != "" {
			tell(diag.NewError("trait.duplicate_column", "Column of the profile has two owners", fmt.Sprintf("The profile of %s has a column %q already: %s. Give the trait another name.", t.Of.Addr, t.Addr.Ident(), columns[key]), &t.Range))
		} else {
			columns[key] = t.Addr.String()
		}
		id := l.cfg.Identity(t.Of.Addr)
		if id == nil || t.Input == "" {
			continue
		}
		var names []string
		for _, i := range id.Inputs {
			names = append(names, i.Name)
		}
		if !contains(names, t.Input) {
			at := t.Ranges["input"]
			tell(diag.NewError("trait.unknown_input", "Unknown input", fmt.Sprintf("%s has no input %q.", id.Addr, t.Input)+diag.Suggest(t.Input, names), &at))
		}
	}
}
