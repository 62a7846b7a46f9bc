package schema

import (
	"encoding/json"
	"fmt"

	"github.com/zclconf/go-cty/cty"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// MarshalText writes the canonical spelling: a type is a string in JSON.
func (t Type) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText reads what MarshalText writes.
func (t *Type) UnmarshalText(text []byte) error {
	parsed, err := ParseType(string(text))
	if err != nil {
		return err
	}
	*t = parsed
	return nil
}

// argJSON is Arg without cty's types, which do not encode themselves.
type argJSON struct {
	Name       string          `json:"name"`
	Type       json.RawMessage `json:"type"`
	Required   bool            `json:"required,omitempty"`
	Sensitive  bool            `json:"sensitive,omitempty"`
	Default    json.RawMessage `json:"default,omitempty"`
	Deprecated string          `json:"deprecated,omitempty"`
	Doc        string          `json:"doc,omitempty"`
	Path       bool            `json:"path,omitempty"`
	OneOf      []string        `json:"one_of,omitempty"`
	Jq         bool            `json:"jq,omitempty"`
	Place      bool            `json:"place,omitempty"`
}

// MarshalJSON writes the type as cty's JSON, and the default with its own type.
func (a Arg) MarshalJSON() ([]byte, error) {
	out := argJSON{
		Name: a.Name, Required: a.Required, Sensitive: a.Sensitive, Deprecated: a.Deprecated,
		Doc: a.Doc, Path: a.Path, OneOf: a.OneOf, Jq: a.Jq, Place: a.Place,
	}
	var err error
	if out.Type, err = MarshalCty(a.Type); err != nil {
		return nil, fmt.Errorf("encoding the type of argument %q: %w", a.Name, err)
	}
	if out.Default, err = MarshalDefault(a.Default); err != nil {
		return nil, fmt.Errorf("encoding the default of argument %q: %w", a.Name, err)
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (a *Arg) UnmarshalJSON(text []byte) error {
	var in argJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return err
	}
	*a = Arg{
		Name: in.Name, Required: in.Required, Sensitive: in.Sensitive, Deprecated: in.Deprecated,
		Doc: in.Doc, Path: in.Path, OneOf: in.OneOf, Jq: in.Jq, Place: in.Place,
	}
	var err error
	if a.Type, err = UnmarshalCty(in.Type); err != nil {
		return fmt.Errorf("decoding the type of argument %q: %w", a.Name, err)
	}
	if a.Default, err = UnmarshalDefault(in.Default); err != nil {
		return fmt.Errorf("decoding the default of argument %q: %w", a.Name, err)
	}
	return nil
}

// MarshalCty encodes a cty type as JSON, optional attributes included.
func MarshalCty(t cty.Type) ([]byte, error) {
	if t == cty.NilType {
		return nil, fmt.Errorf("there is no type")
	}
	return ctyjson.MarshalType(t)
}

// UnmarshalCty reads what MarshalCty writes.
func UnmarshalCty(text []byte) (cty.Type, error) {
	if len(text) == 0 {
		return cty.NilType, fmt.Errorf("there is no type")
	}
	return ctyjson.UnmarshalType(text)
}

// MarshalDefault encodes a value with its type; no value is no bytes.
func MarshalDefault(v cty.Value) ([]byte, error) {
	if v == cty.NilVal {
		return nil, nil
	}
	return ctyjson.Marshal(v, cty.DynamicPseudoType)
}

// UnmarshalDefault reads what MarshalDefault writes.
func UnmarshalDefault(text []byte) (cty.Value, error) {
	if len(text) == 0 {
		return cty.NilVal, nil
	}
	return ctyjson.Unmarshal(text, cty.DynamicPseudoType)
}
