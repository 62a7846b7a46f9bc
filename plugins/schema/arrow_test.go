package schema

import (
	"encoding/json"
	"testing"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/google/go-cmp/cmp"
	"github.com/zclconf/go-cty/cty"
)

var everyType = []Type{
	{Kind: Null}, {Kind: Bool}, {Kind: Int64}, {Kind: Decimal, Precision: 38, Scale: 4}, {Kind: Double}, {Kind: String},
	{Kind: Bytes}, {Kind: Date}, {Kind: Time}, {Kind: Timestamp}, {Kind: TimestampTZ}, {Kind: JSON},
}

func TestTypesSurviveArrowAndText(t *testing.T) {
	for _, want := range everyType {
		c, ok := FromArrowField(ArrowField(Column{Name: "c", Type: want}))
		if !ok || c.Type != want || c.Name != "c" {
			t.Errorf("%s came back from Arrow as %s", want, c.Type)
		}
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var back Type
		if err := json.Unmarshal(text, &back); err != nil || back != want {
			t.Errorf("%s came back from %s as %s: %v", want, text, back, err)
		}
	}
}

func TestFromArrowTakesWhatFits(t *testing.T) {
	for want, types := range map[string][]arrow.DataType{
		"BIGINT":        {arrow.PrimitiveTypes.Int8, arrow.PrimitiveTypes.Uint32},
		"DECIMAL(20,0)": {arrow.PrimitiveTypes.Uint64},
		"VARCHAR":       {arrow.BinaryTypes.LargeString, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int8, ValueType: arrow.BinaryTypes.String}},
		"TIMESTAMPTZ":   {&arrow.TimestampType{Unit: arrow.Nanosecond, TimeZone: "Europe/Berlin"}},
		"JSON":          {arrow.ListOf(arrow.PrimitiveTypes.Int64), arrow.StructOf(arrow.Field{Name: "a", Type: arrow.Null})},
	} {
		for _, dt := range types {
			got, ok := FromArrow(dt)
			if !ok || got.String() != want {
				t.Errorf("%s: %s %v, want %s", dt, got, ok, want)
			}
		}
	}
	if _, ok := FromArrow(&arrow.Decimal256Type{Precision: 60, Scale: 2}); ok {
		t.Error("60 digits do not fit")
	}
}

func TestSpecSurvivesJSON(t *testing.T) {
	spec := Spec{
		Name: "x", Version: "1.0.0", Doc: "X.",
		Source: &SourceSpec{
			Block: Block{Args: []Arg{
				{Name: "token", Type: cty.String, Required: true, Sensitive: true, Doc: "Token."},
				{Name: "auth", Type: cty.ObjectWithOptionalAttrs(map[string]cty.Type{"a": cty.String, "b": cty.Number}, []string{"b"})},
				{Name: "any", Type: cty.DynamicPseudoType, Default: cty.ObjectVal(map[string]cty.Value{"n": cty.NumberIntVal(3)})},
			}},
			Stream: Block{Blocks: []NestedBlock{{Name: "on_error", Max: 3, Block: Block{Args: []Arg{
				{Name: "action", Type: cty.String, Default: cty.StringVal("retry"), OneOf: []string{"retry", "fail"}}}}}}},
		},
		Destination: &DestinationSpec{},
	}
	text, err := json.Marshal(spec)
	if err != nil {
		t.Fatal(err)
	}
	var back Spec
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	equalTypes := cmp.Comparer(func(a, b cty.Type) bool { return a.Equals(b) })
	equalValues := cmp.Comparer(func(a, b cty.Value) bool {
		if a == cty.NilVal || b == cty.NilVal {
			return a == b
		}
		return a.RawEquals(b)
	})
	if diff := cmp.Diff(spec, back, equalTypes, equalValues); diff != "" {
		t.Error(diff)
	}
}
