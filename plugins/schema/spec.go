package schema

import "github.com/zclconf/go-cty/cty"

// Spec is what a connector says of itself before anything else: the arguments it takes and what it can do.
// The host decodes HCL against it, validates, documents and completes from it.
type Spec struct {
	Name        string           `json:"name"`
	Version     string           `json:"version"`
	Doc         string           `json:"doc"`                   // one sentence
	Source      *SourceSpec      `json:"source,omitempty"`      // nil: not a source
	Destination *DestinationSpec `json:"destination,omitempty"` // nil: not a destination
}

// SourceSpec is the source side: arguments of `source` and of each `stream` in it.
type SourceSpec struct {
	Block  Block `json:"block"`
	Stream Block `json:"stream"`
}

// DestinationSpec is the destination side: arguments of `destination`. Objects that users declare are nested
// blocks of Block (for example `object`, with one label).
type DestinationSpec struct {
	Block Block `json:"block"`
}

// Block is the body of an HCL block: arguments and nested blocks.
type Block struct {
	Doc    string        `json:"doc,omitempty"`
	Args   []Arg         `json:"args,omitempty"`
	Blocks []NestedBlock `json:"blocks,omitempty"`
}

// NestedBlock is a block inside a block. Labels are names for docs ("name"); Max 0 means any number.
type NestedBlock struct {
	Name   string   `json:"name"`
	Labels []string `json:"labels,omitempty"`
	Min    int      `json:"min,omitempty"`
	Max    int      `json:"max,omitempty"`
	Block  Block    `json:"block"`
}

// Arg is one argument. Type may be an object with optional attributes (cty.ObjectWithOptionalAttrs): a key it does
// not name is an error on its line. cty.DynamicPseudoType takes anything.
type Arg struct {
	Name       string
	Type       cty.Type
	Required   bool
	Sensitive  bool      // the value is a secret wherever it came from
	Default    cty.Value // cty.NilVal: none
	Deprecated string    // what to write instead; empty: not deprecated
	Doc        string    // one sentence, with unit
	Path       bool      // a file path: relative to the file that says it, made absolute before the connector sees it
	OneOf      []string  // allowed strings; nil: any
	Jq         bool      // a jq program: compiled at validate
	Place      bool      // it says where the account is: with another value, the tool holds nothing of ours. Of a URL, user, password and query do not count
}

// Op is what can be done to one record in a tool.
type Op string

// The operations. Replace writes the whole object anew; Append is never taken back.
const (
	OpAdd     Op = "add"
	OpUpdate  Op = "update"
	OpUpsert  Op = "upsert" // add or update, when the tool does not tell them apart
	OpRemove  Op = "remove" // take out of the audience
	OpDelete  Op = "delete" // delete the object
	OpAppend  Op = "append"
	OpReplace Op = "replace"
)

// Object is a place in a tool that a sync can keep equal, with what it is able to do.
type Object struct {
	Name       string      `json:"name"`
	Operations []Operation `json:"operations"`
	Key        []string    `json:"key"`    // names a sync's key must have, exactly; nil: any
	Fields     []string    `json:"fields"` // names a sync's fields may have; nil: any
	Readback   bool        `json:"readback"`
	// WholeSet: the object is always written whole from all wanted rows (a file); operations are not sent.
	WholeSet bool `json:"whole_set"`
	// Partial: an update may carry changed fields only.
	Partial bool   `json:"partial"`
	Doc     string `json:"doc"`
}

// Operation is one thing an object can do, with its limits.
type Operation struct {
	Op         Op       `json:"op"`
	MaxRecords int      `json:"max_records"` // 0: no limit; 1: one record a request
	MaxBytes   int      `json:"max_bytes"`   // 0: no limit; approximate bytes of JSON of one batch
	Idempotent bool     `json:"idempotent"`  // sending it twice is the same as once
	Evidence   Evidence `json:"evidence"`
}

// Evidence is what a tool's answer proves.
type Evidence string

// The kinds of evidence, best first.
const (
	EvidenceRecord Evidence = "record" // a result per record
	EvidenceStatus Evidence = "status" // the status of the request speaks for its records
	EvidenceNone   Evidence = "none"
)

// Can returns the operation op of the object.
func (o Object) Can(op Op) (Operation, bool) {
	for _, have := range o.Operations {
		if have.Op == op {
			return have, true
		}
	}
	return Operation{}, false
}
