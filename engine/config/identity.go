package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/zclconf/go-cty/cty"
)

// Normalizers are the normal forms of identifiers.
var Normalizers = []string{"email", "phone", "text", "name", "date", "id"}

// Picks are the ways one golden value is chosen.
var Picks = []string{"most_recent", "most_frequent", "longest", "min", "max", "most_restrictive", "collect", "sql"}

var pickArgs = []arg{
	{name: "pick", typ: cty.String, oneOf: Picks, doc: "How one value is chosen. Default most_recent."},
	{name: "prefer", typ: cty.List(cty.String), doc: "Inputs, best first."},
}

var (
	identifierSpec = &blockSpec{
		doc: "One kind of identifier; the order of declaration is the priority.", labels: []string{"name"},
		args: []arg{
			{name: "unique", typ: cty.Bool, doc: "A customer has at most one value; two different ones are never one person."},
			{name: "normalize", typ: cty.String, oneOf: Normalizers, doc: "Normal form that values are compared in. Default: exact."},
			{name: "region", kind: kindSQL, doc: "Expression that gives the country of a phone number without one: \"'FR'\"."},
		},
		later: []string{"limit", "hub", "block", "ttl"},
	}
	inputSpec = &blockSpec{
		doc: "Records of a stream or model that belong to somebody.", labels: []string{"name"},
		args: []arg{
			{name: "stream", kind: kindRef, refs: []string{"source", "model"}, required: true, doc: "Where the records are: source.shop.orders, model.orders."},
			{name: "identifiers", kind: kindSQLLists, doc: "Expression, or list of them, by identifier."},
			{name: "attributes", kind: kindSQLMap, doc: "Expression by attribute."},
			{name: "updated_at", kind: kindSQL, doc: "How recent the attributes are. Default: occurred_at."},
			{name: "occurred_at", kind: kindSQL, doc: "When the record's event happened; windows of traits count by it."},
			{name: "deleted", kind: kindSQL, doc: "Condition that says the record is deleted."},
			{name: "trust", typ: cty.Number, doc: "How far it is believed, 0 to 100. Default 50."},
			{name: "creates", typ: cty.Bool, doc: "Its records may make customers of their own. Default true."},
		},
	}
	ruleSpec = &blockSpec{
		doc: "Links records that share the values of identifiers. Without a rule, there is one per identifier, in order.", labels: []string{"name"},
		args: []arg{
			{name: "on", typ: cty.List(cty.String), required: true, doc: "Identifiers whose values must all be the same."},
			{name: "where", kind: kindSQL, doc: "Condition over the two records' attributes, l and r."},
		},
	}
	attributeSpec = &blockSpec{
		doc: "How one golden value is chosen.", labels: []string{"name"},
		args: append(append([]arg{}, pickArgs...), arg{name: "sql", kind: kindSQL, doc: "An aggregate over value, updated_at, input and trust, for pick = \"sql\"."}),
	}
	groupSpec = &blockSpec{
		doc: "Attributes whose values are taken from one record together.", labels: []string{"name"},
		args: append([]arg{{name: "attributes", typ: cty.List(cty.String), required: true, doc: "The attributes."}}, pickArgs...),
	}
	assertSpec = &blockSpec{
		doc: "A condition that must hold over all customers.", labels: []string{"name"},
		args: []arg{{name: "condition", kind: kindSQL, required: true, doc: "Over a table with a row per customer: records, identifiers, distinct_<attribute>, distinct_<identifier>."}},
	}
	idsSpec = &blockSpec{
		doc:  "How ids live on.",
		args: []arg{{name: "survivor", typ: cty.String, oneOf: []string{"oldest", "largest"}, doc: "Whose id lives on in a merge. Default oldest."}},
	}
	identitySpec = &blockSpec{
		doc: "Who is who: records to customers.", labels: []string{"name"},
		args: []arg{{name: "id_prefix", typ: cty.String, doc: "What ids begin with. Default: the first three letters of the name."}, tagsArg},
		blocks: []nested{
			{name: "identifier", spec: identifierSpec},
			{name: "input", spec: inputSpec, min: 1},
			{name: "rule", spec: ruleSpec},
			{name: "attribute", spec: attributeSpec},
			{name: "attribute_group", spec: groupSpec},
			{name: "assert", spec: assertSpec},
			{name: "ids", spec: idsSpec, max: 1},
			guardBlock("identity"),
		},
		later: []string{"match", "conflict", "overrides"},
	}
)

var prefixPattern = regexp.MustCompile(`^[a-z][a-z0-9]{0,15}$`)

func (l *loader) readIdentity(in *instance) {
	b := l.block(in.syntax, in.context(l.full), identitySpec, in.addr.String())
	if !b.labelled {
		return
	}
	name := strings.ToLower(b.labels[0])
	if addr.ReservedSchema(in.addr.Ident()) {
		b.err("config.reserved_name", "Reserved name", fmt.Sprintf(
			"An identity's tables live in a schema of its name, and %q is one that cdp or the warehouse needs itself. Choose another name.", in.addr.Ident()), b.header)
	}
	id := &Identity{Survivor: "oldest", IDPrefix: b.prefix(name)}
	id.Addr = in.addr
	for _, c := range b.distinct("identifier") {
		id.Identifiers = append(id.Identifiers, c.identifier())
	}
	for _, c := range b.distinct("input") {
		id.Inputs = append(id.Inputs, c.input(id))
	}
	for _, c := range b.distinct("rule") {
		id.Rules = append(id.Rules, c.rule(id))
	}
	for _, c := range b.distinct("attribute") {
		id.Attributes = append(id.Attributes, c.attribute(id))
	}
	for _, c := range b.distinct("attribute_group") {
		id.Groups = append(id.Groups, c.group(id))
	}
	for _, c := range b.distinct("assert") {
		id.Asserts = append(id.Asserts, &Assert{Name: c.labels[0], Condition: c.sql("condition"), Range: *c.header})
	}
	if ids := b.one("ids"); ids != nil {
		id.Survivor = ids.strOr("survivor", "oldest")
	}
	b.checkGroups(id)
	id.Block = b.base(in.addr)
	id.Guards = b.guards("identity")
	l.cfg.Identities = append(l.cfg.Identities, id)
}

func (b *block) prefix(name string) string {
	if b.attr("id_prefix") == nil {
		letters := strings.Map(func(r rune) rune {
			if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
				return r
			}
			return -1
		}, name)
		return letters[:min(3, len(letters))]
	}
	prefix := b.str("id_prefix")
	if prefix != "" && !prefixPattern.MatchString(prefix) {
		b.err("identity.invalid_prefix", "Invalid prefix of ids", fmt.Sprintf("%q: a prefix is up to 16 small letters and digits, a letter first.", prefix), b.at("id_prefix"))
	}
	return prefix
}

// distinct are the named children of a type, without those that bear a name a second time.
func (b *block) distinct(typ string) []*block {
	seen := map[string]*diag.Range{}
	var out []*block
	for _, c := range b.nested(typ) {
		if !c.labelled {
			continue
		}
		name := strings.ToLower(c.labels[0])
		if first := seen[name]; first != nil {
			c.incomplete()
			c.err("config.duplicate", "Duplicate name", fmt.Sprintf("%s has %s %q already, on line %d.", sentence(b.in), article(typ), c.labels[0], first.Start.Line), c.header)
			continue
		}
		seen[name] = c.header
		out = append(out, c)
	}
	return out
}

func (b *block) identifier() *Identifier {
	i := &Identifier{Name: b.labels[0], Unique: b.bool("unique", false), Normalize: b.str("normalize"), Region: b.sql("region"), Range: *b.header}
	if b.attr("region") != nil && i.Normalize != "phone" && !b.failed["normalize"] {
		b.err("identity.region_without_phone", "Region of something that is no phone", "`region` is for phone numbers: it needs normalize = \"phone\".", b.at("region"))
	}
	return i
}

func (b *block) input(id *Identity) *Input {
	in := &Input{
		Name: b.labels[0], Stream: b.ref("stream"), Identifiers: b.columns("identifiers", true), Attributes: b.columns("attributes", false),
		UpdatedAt: b.sql("updated_at"), OccurredAt: b.sql("occurred_at"), Deleted: b.sql("deleted"),
		Trust: int(b.whole("trust", 0, 100, 50)), Creates: b.bool("creates", true), Range: *b.header,
	}
	names := id.identifierNames()
	for _, c := range in.Identifiers {
		if !contains(names, c.Name) {
			b.unknownIdentifier(id, c.Name, &c.Range)
		}
	}
	for _, c := range in.Attributes {
		if strings.EqualFold(c.Name, id.IDColumn()) {
			b.err("identity.reserved_attribute", "Reserved name", fmt.Sprintf("%q is the id's own column of the profile.", c.Name), &c.Range)
		}
	}
	return in
}

func (id *Identity) identifierNames() []string {
	var names []string
	for _, i := range id.Identifiers {
		names = append(names, i.Name)
	}
	return names
}

func (b *block) unknownIdentifier(id *Identity, name string, at *diag.Range) {
	b.err("identity.unknown_identifier", "Unknown identifier", fmt.Sprintf("%s declares no identifier %q.", id.Addr, name)+diag.Suggest(name, id.identifierNames()), at)
}

func (b *block) rule(id *Identity) *Rule {
	r := &Rule{Name: b.labels[0], On: b.strs("on"), Where: b.sql("where"), Range: *b.header}
	for i, name := range r.On {
		if !contains(id.identifierNames(), name) {
			b.unknownIdentifier(id, name, b.element("on", i))
		}
	}
	if len(r.On) == 0 && b.attr("on") != nil && !b.failed["on"] {
		b.err("config.invalid_value", "Invalid value", "`on` names at least one identifier.", b.at("on"))
	}
	return r
}

// element is where the i-th element of a list argument stands.
func (b *block) element(name string, i int) *diag.Range {
	if v, ok := b.raw(name); ok {
		if all := b.elements(name, v); i < len(all) {
			return &all[i].at
		}
	}
	return b.at(name)
}

func (b *block) attribute(id *Identity) *Attribute {
	a := &Attribute{Name: b.labels[0], Pick: b.strOr("pick", "most_recent"), Prefer: b.preferred(id), SQL: b.sql("sql"), Range: *b.header}
	switch hasSQL := b.attr("sql") != nil; {
	case hasSQL && b.attr("pick") == nil:
		a.Pick = "sql"
	case hasSQL && a.Pick != "sql" && a.Pick != "":
		b.err("identity.pick_without_sql", "Attribute is picked in two ways", fmt.Sprintf("`sql` is for pick = \"sql\"; this is picked by %s.", a.Pick), b.at("sql"))
	case !hasSQL && a.Pick == "sql":
		b.err("config.missing_argument", "Missing argument", sentence(b.place())+" needs the argument `sql`: the expression that picks.", b.header)
	}
	if names := id.attributeNames(); !contains(names, a.Name) {
		b.err("identity.unknown_attribute", "Unknown attribute", fmt.Sprintf("No input of %s gives an attribute %q.", id.Addr, a.Name)+diag.Suggest(a.Name, names), b.header)
	}
	return a
}

// attributeNames are what inputs give: attributes, and identifiers, which are columns of the profile too.
func (id *Identity) attributeNames() []string {
	names := id.identifierNames()
	for _, in := range id.Inputs {
		for _, c := range in.Attributes {
			if !contains(names, c.Name) {
				names = append(names, c.Name)
			}
		}
	}
	return names
}

// columns are the columns of the profile that the identity itself makes, with what each is.
func (id *Identity) columns() map[string]string {
	out := map[string]string{id.IDColumn(): "the id"}
	for _, name := range id.attributeNames() {
		out[name] = "an attribute"
		if contains(id.identifierNames(), name) {
			out[name] = "an identifier"
		}
	}
	return out
}

func (b *block) preferred(id *Identity) []string {
	prefer := b.strs("prefer")
	var names []string
	for _, in := range id.Inputs {
		names = append(names, in.Name)
	}
	for i, name := range prefer {
		if !contains(names, name) {
			b.err("identity.unknown_input", "Unknown input", fmt.Sprintf("%s has no input %q.", id.Addr, name)+diag.Suggest(name, names), b.element("prefer", i))
		}
	}
	return prefer
}

func (b *block) group(id *Identity) *AttributeGroup {
	g := &AttributeGroup{Name: b.labels[0], Attributes: b.strs("attributes"), Pick: b.strOr("pick", "most_recent"), Prefer: b.preferred(id), Range: *b.header}
	if g.Pick == "sql" || g.Pick == "collect" {
		b.err("config.invalid_value", "Invalid value", fmt.Sprintf("A group is taken from one record, so it can not be picked by %s.", g.Pick), b.at("pick"))
	}
	for i, name := range g.Attributes {
		if names := id.attributeNames(); !contains(names, name) {
			b.err("identity.unknown_attribute", "Unknown attribute", fmt.Sprintf("No input of %s gives an attribute %q.", id.Addr, name)+diag.Suggest(name, names), b.element("attributes", i))
		}
	}
	return g
}

// checkGroups refuses attributes with two rules, and columns that differ by case only.
func (b *block) checkGroups(id *Identity) {
	owner := map[string]string{}
	for _, a := range id.Attributes {
		owner[a.Name] = fmt.Sprintf("attribute %q", a.Name)
	}
	for _, c := range b.distinct("attribute_group") {
		for i, name := range c.strs("attributes") {
			if owner[name] != "" {
				c.err("identity.attribute_twice", "Attribute has two rules", fmt.Sprintf("%q is chosen by %s already.", name, owner[name]), c.element("attributes", i))
			}
			owner[name] = fmt.Sprintf("attribute_group %q", c.labels[0])
		}
	}
	seen := map[string]string{}
	for _, name := range id.attributeNames() {
		if first := seen[strings.ToLower(name)]; first != "" {
			b.err("identity.attribute_twice", "Attribute has two rules", fmt.Sprintf("%q and %q differ only by case, which does not count in the warehouse.", first, name), b.header)
		}
		seen[strings.ToLower(name)] = name
	}
}
