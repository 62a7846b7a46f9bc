package config

import (
	"crypto/md5" // Terraform has it, and tools ask for it: nothing is kept secret by it
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"time"

	yaml "github.com/zclconf/go-cty-yaml"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// moreFunctions are those of Terraform that are rarely used, as they are there.
func (l *loader) moreFunctions() map[string]function.Function {
	return map[string]function.Function{
		"md5":          hexOf(func(b []byte) []byte { sum := md5.Sum(b); return sum[:] }),
		"sha1":         hexOf(func(b []byte) []byte { sum := sha1.Sum(b); return sum[:] }),
		"sha512":       hexOf(func(b []byte) []byte { sum := sha512.Sum512(b); return sum[:] }),
		"base64sha256": mapText(func(s string) (string, error) { sum := sha256.Sum256([]byte(s)); return encode64(sum[:]), nil }),
		"sum":          sumFunc, "one": oneFunc, "index": indexFunc, "matchkeys": matchKeysFunc, "transpose": transposeFunc, "lookup": lookupFunc,
		"yamldecode": yaml.YAMLDecodeFunc, "yamlencode": yaml.YAMLEncodeFunc, "timecmp": timeCompareFunc,
		"abspath":     mapText(func(s string) (string, error) { return l.abs(s), nil }),
		"filebase64":  l.fileBytesFunc(encode64),
		"filesha256":  l.fileBytesFunc(func(b []byte) string { sum := sha256.Sum256(b); return hex.EncodeToString(sum[:]) }),
		"issensitive": isSensitiveFunc, "secret_file": l.secretFileFunc(), "secret_command": l.secretCommandFunc(),
	}
}

func encode64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func hexOf(digest func([]byte) []byte) function.Function {
	return mapText(func(s string) (string, error) { return hex.EncodeToString(digest([]byte(s))), nil })
}

func (l *loader) fileBytesFunc(f func([]byte) string) function.Function {
	return mapText(func(path string) (string, error) {
		raw, err := l.readBytes(path)
		return f(raw), err
	})
}

var anyValue = cty.DynamicPseudoType

var sumFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "numbers", Type: anyValue}}, Type: function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !listed(args[0]) || args[0].LengthInt() == 0 {
			return cty.NilVal, fmt.Errorf("a list of at least one number is needed")
		}
		sum := cty.NumberIntVal(0)
		for it := args[0].ElementIterator(); it.Next(); {
			_, e := it.Element()
			n, err := convert.Convert(e, cty.Number)
			if err != nil || n.IsNull() {
				return cty.NilVal, fmt.Errorf("a list of numbers is needed")
			}
			if !n.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			sum = sum.Add(n)
		}
		return sum, nil
	},
})

func listed(v cty.Value) bool {
	t := v.Type()
	return t.IsListType() || t.IsSetType() || t.IsTupleType()
}

// oneFunc is the element of a list of one, null for an empty one.
var oneFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: anyValue}},
	Type: func(args []cty.Value) (cty.Type, error) {
		switch t := args[0].Type(); {
		case t.IsListType() || t.IsSetType():
			return t.ElementType(), nil
		case t.IsTupleType() && t.Length() == 0:
			return anyValue, nil
		case t.IsTupleType() && t.Length() == 1:
			return t.TupleElementType(0), nil
		}
		return cty.NilType, fmt.Errorf("a list or set of at most one element is needed")
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		switch args[0].LengthInt() {
		case 0:
			return cty.NullVal(t), nil
		case 1:
			it := args[0].ElementIterator()
			it.Next()
			_, e := it.Element()
			return e, nil
		}
		return cty.NilVal, fmt.Errorf("it has %d elements, not at most one", args[0].LengthInt())
	},
})

var indexFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: anyValue}, {Name: "value", Type: anyValue}}, Type: function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if !args[0].Type().IsListType() && !args[0].Type().IsTupleType() {
			return cty.NilVal, fmt.Errorf("a list is needed")
		}
		for i, e := range args[0].AsValueSlice() {
			same, err := stdlib.Equal(e, args[1])
			if err != nil {
				return cty.NilVal, err
			}
			if !same.IsKnown() {
				return cty.UnknownVal(cty.Number), nil
			}
			if same.True() {
				return cty.NumberIntVal(int64(i)), nil
			}
		}
		return cty.NilVal, fmt.Errorf("the list does not have that value")
	},
})

// matchKeysFunc keeps the values whose key, at the same place in another list, is among those searched for.
var matchKeysFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "values", Type: cty.List(anyValue)}, {Name: "keys", Type: cty.List(anyValue)}, {Name: "search", Type: cty.List(anyValue)}},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if args[0].LengthInt() != args[1].LengthInt() {
			return cty.NilVal, fmt.Errorf("there must be as many keys as values")
		}
		var out []cty.Value
		keys := args[1].AsValueSlice()
		for i, v := range args[0].AsValueSlice() {
			for _, wanted := range args[2].AsValueSlice() {
				same, err := stdlib.Equal(keys[i], wanted)
				if err != nil {
					return cty.NilVal, err
				}
				if !same.IsKnown() {
					return cty.UnknownVal(t), nil
				}
				if same.True() {
					out = append(out, v)
					break
				}
			}
		}
		if len(out) == 0 {
			return cty.ListValEmpty(t.ElementType()), nil
		}
		return cty.ListVal(out), nil
	},
})

// transposeFunc swaps the keys and the values of a map of lists of texts.
var transposeFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "map", Type: cty.Map(cty.List(cty.String))}}, Type: function.StaticReturnType(cty.Map(cty.List(cty.String))),
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		if !args[0].IsWhollyKnown() {
			return cty.UnknownVal(t), nil
		}
		lists := map[string][]cty.Value{}
		for it := args[0].ElementIterator(); it.Next(); {
			key, list := it.Element()
			if list.IsNull() {
				return cty.NilVal, fmt.Errorf("a list in the map is null")
			}
			for _, e := range list.AsValueSlice() {
				if e.IsNull() {
					return cty.NilVal, fmt.Errorf("a text in the map is null")
				}
				lists[e.AsString()] = append(lists[e.AsString()], key)
			}
		}
		if len(lists) == 0 {
			return cty.MapValEmpty(cty.List(cty.String)), nil
		}
		out := map[string]cty.Value{}
		for name, keys := range lists {
			out[name] = cty.ListVal(keys)
		}
		return cty.MapVal(out), nil
	},
})

// lookupFunc takes a default or none.
var lookupFunc = function.New(&function.Spec{
	Params:   []function.Parameter{{Name: "map", Type: anyValue, AllowMarked: true}, {Name: "key", Type: cty.String, AllowMarked: true}},
	VarParam: &function.Parameter{Name: "default", Type: anyValue, AllowUnknown: true, AllowDynamicType: true, AllowNull: true, AllowMarked: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		if len(args) == 3 {
			return stdlib.LookupFunc.ReturnTypeForValues(args)
		}
		if len(args) > 3 {
			return cty.NilType, fmt.Errorf("it takes a map, a key and at most one default")
		}
		v, err := lookup(args)
		if err != nil {
			return cty.NilType, err
		}
		return v.Type(), nil
	},
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if len(args) == 3 {
			return stdlib.LookupFunc.Call(args)
		}
		return lookup(args)
	},
})

func lookup(args []cty.Value) (cty.Value, error) {
	m, marks := args[0].Unmark()
	key, more := args[1].Unmark()
	if !m.IsKnown() || !key.IsKnown() {
		return cty.DynamicVal, nil
	}
	if !m.Type().IsMapType() && !m.Type().IsObjectType() {
		return cty.NilVal, fmt.Errorf("a map or an object is needed")
	}
	v, ok := m.AsValueMap()[key.AsString()]
	if !ok {
		return cty.NilVal, fmt.Errorf("it has no key %q, and no default is given", key.AsString())
	}
	return v.WithMarks(marks, more), nil
}

// timeCompareFunc is -1, 0 or 1: the first time is before, at or after the second.
var timeCompareFunc = function.New(&function.Spec{
	Params: stringParams("first", "second"), Type: function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		var at [2]time.Time
		for i := range at {
			var err error
			if at[i], err = time.Parse(time.RFC3339, args[i].AsString()); err != nil {
				return cty.NilVal, fmt.Errorf("%q is not a time such as 2026-06-01T00:00:00Z", args[i].AsString())
			}
		}
		return cty.NumberIntVal(int64(at[0].Compare(at[1]))), nil
	},
})

var isSensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: anyValue, AllowUnknown: true, AllowDynamicType: true, AllowMarked: true, AllowNull: true}},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		return cty.BoolVal(len(secretsIn(args[0])) > 0), nil
	},
})
