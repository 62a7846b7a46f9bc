package config

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
)

// kind is how an argument's expression is read.
type kind int

const (
	kindValue    kind = iota // a value of arg.typ
	kindRaw                  // an expression the reader looks at itself
	kindSQL                  // one SQL expression or SELECT
	kindSQLMap               // { name = SQL }
	kindSQLLists             // { name = SQL or [SQL, …] }
	kindRef                  // a reference to one of arg.refs
	kindRefs                 // a list of them
	kindDuration             // 30d
	kindWindow               // 30d, 6 months
	kindRatio                // 0–1
)

// arg is one argument of a block of ours.
type arg struct {
	name     string
	kind     kind
	typ      cty.Type // of kindValue
	required bool
	oneOf    []string
	refs     []string // of kindRef and kindRefs; of kindSQL: what may be named inside
	doc      string

	// of a connector's arguments
	sensitive, path bool
	fallback        cty.Value
	deprecated      string
}

// nested is a kind of block inside a block.
type nested struct {
	name     string
	spec     *blockSpec
	min, max int  // max 0: any number
	skip     bool // read elsewhere
}

// blockSpec is what a block of ours may hold. open: what it does not name belongs to a connector. later: arguments and
// blocks that this version does not carry out.
type blockSpec struct {
	doc    string
	labels []string
	args   []arg
	blocks []nested
	open   bool
	later  []string
	free   bool // labels may be any text
}

func (s *blockSpec) arg(name string) *arg {
	for i := range s.args {
		if s.args[i].name == name {
			return &s.args[i]
		}
	}
	return nil
}

func (s *blockSpec) block(name string) *nested {
	for i := range s.blocks {
		if s.blocks[i].name == name {
			return &s.blocks[i]
		}
	}
	return nil
}

func (s *blockSpec) argNames() []string {
	var names []string
	for _, a := range s.args {
		names = append(names, a.name)
	}
	return names
}

func (s *blockSpec) blockNames() []string {
	var names []string
	for _, b := range s.blocks {
		names = append(names, b.name)
	}
	return names
}

// block is one block being read: its syntax, the context its expressions are evaluated in, and its children with
// `dynamic` expanded.
type block struct {
	l        *loader
	owner    *block // the top-level block or stream that dependencies and addresses are of; itself for those
	syntax   *hclsyntax.Block
	spec     *blockSpec
	ctx      *hcl.EvalContext
	typ      string
	labels   []string
	labelled bool
	header   *diag.Range
	address  string
	in       string
	children []*block
	values   map[string]cty.Value // evaluated, by argument
	failed   map[string]bool
	sqlText  map[string]string // canonical, by argument of kindSQL
	deps     []Ref
	tags     []string // in order; of a stream: with those of its source
}

var namePattern = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*$`)

// block opens a block and tells everything that is wrong with its shape.
func (l *loader) block(syntax *hclsyntax.Block, ctx *hcl.EvalContext, spec *blockSpec, address string) *block {
	b := &block{l: l, syntax: syntax, spec: spec, ctx: ctx, typ: syntax.Type, labels: syntax.Labels, address: address, header: diag.FromHCL(syntax.DefRange())}
	b.owner = b
	b.in = syntax.Type
	if n := len(syntax.Labels); n > 0 {
		b.in = fmt.Sprintf("%s %q", syntax.Type, syntax.Labels[n-1])
	}
	b.open()
	return b
}

// child opens a block inside another.
func (b *block) child(c child, spec *blockSpec) *block {
	out := &block{
		l: b.l, owner: b.owner, syntax: c.syntax, spec: spec, ctx: c.ctx, typ: c.name(), labels: c.labels, address: b.address, in: b.in,
		header: diag.FromHCL(c.header),
	}
	out.open()
	return out
}

func (b *block) open() {
	if b.values == nil {
		b.values, b.failed, b.sqlText = map[string]cty.Value{}, map[string]bool{}, map[string]string{}
	}
	b.labelled = b.checkLabels()
	b.checkArguments()
	counts := map[string]int{}
	vanished := b.l.vanished
	all := b.l.expand(b.syntax.Body, b.ctx, b.spec.owns, b.tell)
	if b.l.vanished != vanished {
		b.lacks()
		b.incomplete()
	}
	for _, c := range all {
		n := b.spec.block(c.name())
		if n == nil {
			b.unknownBlock(c)
			continue
		}
		if n.skip {
			continue
		}
		if counts[n.name]++; n.max > 0 && counts[n.name] > n.max {
			b.err("config.too_many_blocks", "Too many blocks", fmt.Sprintf("There may be %s in %s.", atMost(n.max, n.name), b.in), diag.FromHCL(c.header))
			continue
		}
		b.children = append(b.children, b.child(c, n.spec))
	}
	for _, n := range b.spec.blocks {
		if counts[n.name] < n.min {
			b.err("config.missing_block", "Missing block", fmt.Sprintf("%s needs a block `%s`: %s", sentence(b.in), n.name, n.spec.doc), b.header)
		}
	}
}

// owns reports whether blocks of a type are this reader's to look at.
func (s *blockSpec) owns(typ string) bool {
	if n := s.block(typ); n != nil {
		return !n.skip
	}
	return !s.open || contains(s.later, typ)
}

func (b *block) checkLabels() bool {
	want := b.spec.labels
	if len(b.labels) != len(want) {
		b.incomplete()
		shape := b.typ
		for _, w := range want {
			shape += fmt.Sprintf(" %q", w)
		}
		b.err("config.labels", "Wrong number of labels", fmt.Sprintf("Here it is written: %s { … }.", shape), b.header)
		return false
	}
	for i, label := range b.labels {
		if !namePattern.MatchString(label) && !b.spec.free {
			at := b.header
			if i < len(b.syntax.LabelRanges) {
				at = diag.FromHCL(b.syntax.LabelRanges[i])
			}
			b.incomplete()
			b.err("config.invalid_name", "Invalid name", fmt.Sprintf(
				"%q is not a name. A name begins with a letter and has letters, digits, _ and -.", label), at)
			return false
		}
	}
	return true
}

func (b *block) checkArguments() {
	for _, a := range sortedAttributes(b.syntax.Body) {
		at := diag.FromHCL(a.NameRange)
		switch {
		case b.spec.arg(a.Name) != nil || a.Name == "for_each" && b.owner == b && repeatable(b.syntax.Type):
		case contains(b.spec.later, a.Name):
			b.tell(notSupported(fmt.Sprintf("The argument `%s`", a.Name), at))
		case !b.spec.open:
			if b.spec == inputSpec || b.spec == syncSpec {
				b.incomplete() // it may be `attributes` or `fields`
			}
			hint := diag.Suggest(a.Name, b.spec.argNames())
			if b.spec.block(a.Name) != nil {
				hint = fmt.Sprintf(" %q is a block: %s { … }, without the equals sign.", a.Name, a.Name)
			}
			b.err("config.unknown_argument", "Unknown argument", fmt.Sprintf("%s takes no argument %q.", sentence(b.place()), a.Name)+hint, at)
		}
	}
	for _, a := range b.spec.args {
		if _, given := b.syntax.Body.Attributes[a.name]; a.required && !given {
			b.missing(a)
		}
	}
}

func (b *block) missing(a arg) {
	b.err("config.missing_argument", "Missing argument", fmt.Sprintf("%s needs the argument `%s`: %s", sentence(b.place()), a.name, a.doc), b.header)
}

func (b *block) unknownBlock(c child) {
	at, typ := diag.FromHCL(c.syntax.TypeRange), c.name()
	if c.typ != "" {
		at = diag.FromHCL(c.header)
	}
	if contains(b.spec.later, typ) {
		b.tell(notSupported(fmt.Sprintf("The block `%s`", typ), at))
		return
	}
	if b.spec.open {
		return // the connector's, or unknown to it: Decode says so
	}
	b.incomplete()
	hint := diag.Suggest(typ, b.spec.blockNames())
	if b.spec.arg(typ) != nil {
		hint = fmt.Sprintf(" %q is an argument: %s = …", typ, typ)
	}
	b.err("config.unknown_block", "Unknown block", fmt.Sprintf("%s takes no block %q.", sentence(b.place()), typ)+hint, at)
}

// place is the block for people: input "orders" of identity "customer".
func (b *block) place() string {
	if b.owner == b {
		return b.in
	}
	if n := len(b.labels); n > 0 {
		return fmt.Sprintf("%s %q", b.typ, b.labels[n-1])
	}
	return b.typ
}

// nested are the children of one type, in order.
func (b *block) nested(typ string) []*block {
	n := b.spec.block(typ)
	var out []*block
	for _, c := range b.children {
		if n != nil && c.spec == n.spec {
			out = append(out, c)
		}
	}
	return out
}

// one is the child of a type that may come once; nil when there is none.
func (b *block) one(typ string) *block {
	if all := b.nested(typ); len(all) > 0 {
		return all[0]
	}
	return nil
}

func (b *block) attr(name string) *hclsyntax.Attribute { return b.syntax.Body.Attributes[name] }

// at is where an argument's value stands; where it isn't given, the block's header.
func (b *block) at(name string) *diag.Range {
	if a := b.attr(name); a != nil {
		return diag.FromHCL(a.Expr.Range())
	}
	return b.header
}

// ranges are the places of all arguments and, by the name of their type, of the first nested blocks.
func (b *block) ranges() map[string]diag.Range {
	out := map[string]diag.Range{}
	for name, a := range b.syntax.Body.Attributes {
		out[name] = *diag.FromHCL(a.Expr.Range())
	}
	for _, inner := range b.syntax.Body.Blocks {
		if _, ok := out[inner.Type]; !ok {
			out[inner.Type] = *diag.FromHCL(inner.DefRange())
		}
	}
	return out
}

func (b *block) tell(d diag.Diagnostic) { b.l.add(d.About(b.address).Inside(b.in)) }

func (b *block) err(code, summary, detail string, at *diag.Range) {
	b.tell(diag.NewError(code, summary, detail, at))
}

// hcl tells the HCL library's problems as this block's.
func (l *loader) hcl(problems hcl.Diagnostics, b *block, code string) {
	for _, p := range problems {
		b.tell(fromHCL(p, code))
	}
}

// depend notes a dependency of the block that has an address.
func (b *block) depend(r Ref) { b.owner.deps = append(b.owner.deps, r) }

// base is what every block has.
func (b *block) base(a addr.Address) Block {
	b.readTags()
	return Block{Addr: a, Range: *b.header, Definition: b.definitionText(), DependsOn: dependencies(b.deps), Tags: b.tags}
}

func atMost(n int, name string) string {
	if n == 1 {
		return "one block `" + name + "`"
	}
	return fmt.Sprintf("%d blocks `%s`", n, name)
}

// sentence begins with a capital letter.
func sentence(text string) string {
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
