package config

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// BlockDoc documents one kind of block, for the reference that is made from the code.
type BlockDoc struct {
	Name   string
	Labels []string
	Doc    string
	Args   []ArgDoc
	Blocks []BlockDoc
	Open   bool     // takes a connector's arguments as well
	Each   bool     // takes for_each
	Later  []string // arguments and blocks that this version refuses
}

// ArgDoc documents one argument. Type is in words: text, list of texts, SQL, reference to a segment.
type ArgDoc struct {
	Name     string
	Type     string
	Required bool
	OneOf    []string
	Doc      string
}

// Reference documents the blocks of the language, in the order of the chain.
func Reference() []BlockDoc {
	var out []BlockDoc
	for _, t := range blockTypes() {
		out = append(out, t.spec.docs(t.name))
	}
	return out
}

func (s *blockSpec) docs(name string) BlockDoc {
	out := BlockDoc{Name: name, Labels: s.labels, Doc: s.doc, Open: s.open, Each: repeatable(name), Later: s.later}
	for _, a := range s.args {
		out.Args = append(out.Args, ArgDoc{Name: a.name, Type: a.typeText(), Required: a.required, OneOf: a.oneOf, Doc: a.doc})
	}
	for _, n := range s.blocks {
		out.Blocks = append(out.Blocks, n.spec.docs(n.name))
	}
	return out
}

func (a arg) typeText() string {
	switch a.kind {
	case kindSQL:
		return "SQL"
	case kindSQLMap:
		return "object of SQL"
	case kindSQLLists:
		return "object of SQL, or of lists of it"
	case kindRef:
		return "reference to " + oneOfTypes(a.refs)
	case kindRefs:
		return "list of references to " + oneOfTypes(a.refs)
	case kindDuration, kindWindow:
		return "length of time"
	case kindRatio:
		return "ratio, 0 to 1"
	}
	if a.typ == cty.NilType {
		return "value"
	}
	return strings.TrimPrefix(typeName(a.typ), "a ")
}
