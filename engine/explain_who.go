package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/identity"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// somebody is a customer, and how they were asked for: by a record or a value of theirs, or by their id alone.
type somebody struct {
	id         *config.Identity
	customer   string
	asked      string
	input, key string // a record
	identifier string // a value, in its normal form
	value      string
	notes      []string
}

// schemaOf is a table of an identity, as it was published.
func (e *explaining) tables(id *config.Identity) identity.TableSet { return identity.Tables(id) }

// who finds whom a text means, in any identity.
func (e *explaining) who(text string) (*somebody, diag.Diagnostics, error) {
	if name, key, ok := before(text, ":"); ok {
		return e.byRecord(text, name, key)
	}
	if name, value, ok := before(text, "="); ok {
		return e.byValue(text, name, value)
	}
	return e.byID(text)
}

// among finds whom a text means in one identity.
func (e *explaining) among(id *config.Identity, text string) (*somebody, diag.Diagnostics, error) {
	all := e.identities
	e.identities = []*config.Identity{id}
	defer func() { e.identities = all }()
	return e.who(text)
}

func refuse(code, summary, detail string) (*somebody, diag.Diagnostics, error) {
	return nil, one(diag.NewError(code, summary, detail, nil)), nil
}

// byRecord finds the customer of INPUT:RECORD_KEY.
func (e *explaining) byRecord(asked, input, key string) (*somebody, diag.Diagnostics, error) {
	var inputs []string
	var holder *config.Identity
	for _, id := range e.identities {
		for _, in := range id.Inputs {
			inputs = append(inputs, in.Name)
			if in.Name != input {
				continue
			}
			holder = id
			rows, err := e.find(search{From: e.tables(id).Members.Was(), Match: []match{{"input", input}, {"record_key", key}}, Order: []string{"record_key"}})
			if err != nil {
				return nil, nil, err
			}
			if len(rows) > 0 {
				return &somebody{id: id, customer: textOf(rows[0], id.IDColumn()), asked: asked, input: input, key: key}, nil, nil
			}
		}
	}
	if holder == nil {
		return refuse("explain.unknown_input", "No such input", fmt.Sprintf("%s names an input %q, and there is none in %s.%s A record is written INPUT:RECORD_KEY.",
			asked, input, e.whose(), diag.Suggest(input, inputs)))
	}
	near, err := e.near(e.tables(holder).Members.Was(), "record_key", key, match{"input", input})
	if err != nil {
		return nil, nil, err
	}
	return refuse("explain.unknown_record", "No such record", fmt.Sprintf("Input %q of %s has no record %q.%s Look it up: cdp query \"select record_key from %s.members where input = '%s' limit 10\".",
		input, holder.Addr, key, near, holder.Addr.Ident(), input))
}

// byValue finds the customer of IDENTIFIER=VALUE.
func (e *explaining) byValue(asked, identifier, value string) (*somebody, diag.Diagnostics, error) {
	var names []string
	var holder *config.Identity
	normal := ""
	for _, id := range e.identities {
		for _, one := range id.Identifiers {
			names = append(names, one.Name)
			if one.Name != identifier {
				continue
			}
			form, ok := e.normal(id, one, value)
			if !ok {
				return refuse("explain.no_value", "Not a value", fmt.Sprintf("%q is no %s: %s.%s normalises it as %s, and that leaves nothing.%s", value, identifier, id.Addr, identifier, one.Normalize, phoneHint(one)))
			}
			holder, normal = id, form
			found, ds, err := e.holders(id, asked, identifier, normal)
			if found != nil || ds.HasErrors() || err != nil {
				return found, ds, err
			}
		}
	}
	if holder == nil {
		return refuse("explain.unknown_identifier", "No such identifier", fmt.Sprintf("%s names an identifier %q, and there is none in %s.%s A value is written IDENTIFIER=VALUE.",
			asked, identifier, e.whose(), diag.Suggest(identifier, names)))
	}
	blocked, err := e.find(search{From: e.tables(holder).Rejections.Was(), Match: []match{{"identifier", identifier}, {"value", normal}}, Order: []string{"reason"}, Most: 1})
	if err != nil {
		return nil, nil, err
	}
	if len(blocked) > 0 {
		return refuse("explain.unknown_value", "Nobody has this value", fmt.Sprintf("%s=%s is on record, but links nobody: %s (%s).", identifier, normal, textOf(blocked[0], "reason"), textOf(blocked[0], "evidence")))
	}
	// The nearest value there is would be somebody else's: it is not told.
	return refuse("explain.unknown_value", "Nobody has this value", fmt.Sprintf("No customer of %s has the %s %q. Look it up: cdp query \"select value from %s.identifiers where identifier = '%s' limit 10\".",
		holder.Addr, identifier, normal, holder.Addr.Ident(), identifier))
}

// holders finds the one customer who has a value. Several have it where a link was cut.
func (e *explaining) holders(id *config.Identity, asked, identifier, normal string) (*somebody, diag.Diagnostics, error) {
	rows, err := e.find(search{From: e.tables(id).Identifiers.Was(), Match: []match{{"identifier", identifier}, {"value", normal}}, Order: []string{id.IDColumn()}, Most: 6})
	if err != nil || len(rows) == 0 {
		return nil, nil, err
	}
	if len(rows) > 1 {
		var ids []string
		for _, r := range rows[:min(len(rows), 5)] {
			ids = append(ids, textOf(r, id.IDColumn()))
		}
		more := ""
		if len(rows) > 5 {
			more = " and others"
		}
		return refuse("explain.several", "Several customers have this value", fmt.Sprintf("%s=%s is shared by %s%s. Name one of them; or ask why two are not one: cdp explain %s %s.",
			identifier, normal, strings.Join(ids, ", "), more, ids[0], ids[1]))
	}
	return &somebody{id: id, customer: textOf(rows[0], id.IDColumn()), asked: asked, identifier: identifier, value: normal}, nil, nil
}

// normal is the match form of a value. A phone without a country takes the identity's region, where that is a constant.
func (e *explaining) normal(id *config.Identity, one *config.Identifier, value string) (string, bool) {
	spec, region := e.compiled.Identities[id.Addr.String()], ""
	if !one.Region.IsZero() {
		a, problems := e.p.an.Analyze(e.ctx, warehouse.Query{Text: one.Region.Render(nil), Scope: []warehouse.Scope{{}}})
		if stmt, err := statements.Render(e.store.Dialect(), "explain_value", map[string]any{"SQL": a.SQL, "AsOf": e.p.opts.AsOf}); len(problems) == 0 && len(a.Uses) == 0 && err == nil {
			region, _ = warehouse.Value[string](e.ctx, e.store, stmt) // no constant: the number must say its country
		}
	}
	return spec.Normal(one.Name, value, region, e.asOf(id.Addr.String()))
}

func phoneHint(one *config.Identifier) string {
	if one.Normalize == "phone" {
		return " Write it with its country: +14155552671."
	}
	return ""
}

// byID finds a customer by id, also one that lives on under another.
func (e *explaining) byID(asked string) (*somebody, diag.Diagnostics, error) {
	for _, id := range e.identities {
		column := id.IDColumn()
		n, err := e.count(search{From: e.tables(id).Members.Was(), Match: []match{{column, asked}}})
		if err != nil {
			return nil, nil, err
		}
		if n > 0 {
			return &somebody{id: id, customer: asked, asked: asked}, nil, nil
		}
		rows, err := e.find(search{From: e.tables(id).Redirects.Was(), Match: []match{{"from_id", asked}}, Order: []string{"from_id"}})
		if err != nil {
			return nil, nil, err
		}
		if len(rows) > 0 {
			to := textOf(rows[0], "to_id")
			return &somebody{id: id, customer: to, asked: asked, notes: []string{fmt.Sprintf("%s was merged into %s by run %s; the old id means the same person for ever.", asked, to, textOf(rows[0], "since_run"))}}, nil, nil
		}
		rows, err = e.find(search{From: e.tables(id).History.Was(), Match: []match{{column, asked}}, Order: []string{"happened_at"}, Newest: true, Most: 1})
		if err != nil {
			return nil, nil, err
		}
		if len(rows) > 0 {
			return refuse("explain.retired", "The customer is no more", fmt.Sprintf("%s: %s at %s (%s). Its id is not given to anybody else.",
				asked, textOf(rows[0], "event"), textOf(rows[0], "happened_at"), orNone(textOf(rows[0], "reason"))))
		}
	}
	return e.nobody(asked)
}

// nobody says how somebody is looked up.
func (e *explaining) nobody(asked string) (*somebody, diag.Diagnostics, error) {
	near, which := "", e.identities[0]
	for _, id := range e.identities {
		hint, err := e.near(e.tables(id).Members.Was(), id.IDColumn(), asked)
		if err != nil {
			return nil, nil, err
		}
		if hint != "" {
			near, which = hint, id
		}
		if n, err := e.count(search{From: e.tables(id).Members.Was()}); err != nil || n == 0 && len(e.identities) == 1 {
			if err != nil {
				return nil, nil, err
			}
			return refuse("explain.nothing_applied", "Nothing has been applied yet", fmt.Sprintf("%s has no customers yet. Begin with `cdp apply`.", id.Addr))
		}
	}
	if near == "" && strings.Contains(asked, "@") {
		for _, one := range which.Identifiers {
			if one.Normalize == "email" {
				near = fmt.Sprintf(" Did you mean %s=%s?", one.Name, asked)
			}
		}
	}
	return refuse("explain.unknown_customer", "No such customer", fmt.Sprintf("%q is no customer of %s.%s A customer is named by an id, by INPUT:RECORD_KEY or by IDENTIFIER=VALUE; cdp query \"select * from %s.profiles limit 10\" lists some.",
		asked, e.whose(), near, which.Addr.Ident()))
}

// whose names the identities that were looked in.
func (e *explaining) whose() string {
	var names []string
	for _, id := range e.identities {
		names = append(names, id.Addr.String())
	}
	if n := len(names); n > 1 {
		return strings.Join(names[:n-1], ", ") + " or " + names[n-1]
	}
	return strings.Join(names, "")
}

// near is a hint at a text that was meant: of about the same length, and with the same beginning or end.
func (e *explaining) near(from sqlgen.Relation, column, word string, where ...match) (string, error) {
	runes := []rune(word)
	if len(runes) < 2 {
		return "", nil
	}
	var candidates []string
	half := (len(runes) + 1) / 2
	for _, like := range []string{escaped(string(runes[:half])) + "%", "%" + escaped(string(runes[len(runes)-half:]))} {
		found, err := statements.Texts(e.ctx, e.store, "explain_near", map[string]any{
			"From": from, "Column": column, "Like": like, "Match": where, "Shortest": len(runes) - 2, "Longest": len(runes) + 2, "Most": most,
		})
		if err != nil {
			return "", err
		}
		candidates = append(candidates, found...)
	}
	slices.Sort(candidates)
	return diag.Meant(word, candidates), nil
}

// escaped is a text in which LIKE finds no signs of its own.
func escaped(text string) string {
	return strings.NewReplacer(`\`, `_`, "%", "_").Replace(text)
}

func orNone(text string) string {
	if text == "" {
		return "no reason is on record"
	}
	return text
}
