package config

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/convert"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are Terraform's, by their names there, without those whose answer is another one each time.
func (l *loader) functions() map[string]function.Function {
	all := map[string]function.Function{
		"abs": stdlib.AbsoluteFunc, "ceil": stdlib.CeilFunc, "floor": stdlib.FloorFunc, "log": stdlib.LogFunc, "max": stdlib.MaxFunc,
		"min": stdlib.MinFunc, "pow": stdlib.PowFunc, "signum": stdlib.SignumFunc, "parseint": stdlib.ParseIntFunc,
		"upper": stdlib.UpperFunc, "lower": stdlib.LowerFunc, "title": stdlib.TitleFunc, "trim": stdlib.TrimFunc, "trimspace": stdlib.TrimSpaceFunc,
		"trimprefix": stdlib.TrimPrefixFunc, "trimsuffix": stdlib.TrimSuffixFunc, "chomp": stdlib.ChompFunc, "indent": stdlib.IndentFunc,
		"split": stdlib.SplitFunc, "join": stdlib.JoinFunc, "format": stdlib.FormatFunc, "formatlist": stdlib.FormatListFunc,
		"substr": stdlib.SubstrFunc, "strrev": stdlib.ReverseFunc, "regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "replace": replaceFunc,
		"concat": stdlib.ConcatFunc, "merge": stdlib.MergeFunc, "keys": stdlib.KeysFunc, "values": stdlib.ValuesFunc,
		"element": stdlib.ElementFunc, "length": lengthFunc, "contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc,
		"flatten": stdlib.FlattenFunc, "compact": stdlib.CompactFunc, "range": stdlib.RangeFunc, "reverse": stdlib.ReverseListFunc,
		"slice": stdlib.SliceFunc, "sort": stdlib.SortFunc, "setunion": stdlib.SetUnionFunc, "setintersection": stdlib.SetIntersectionFunc,
		"setsubtract": stdlib.SetSubtractFunc, "setproduct": stdlib.SetProductFunc, "zipmap": stdlib.ZipmapFunc, "chunklist": stdlib.ChunklistFunc,
		"coalesce": coalesceFunc, "coalescelist": stdlib.CoalesceListFunc,
		"tostring": stdlib.MakeToFunc(cty.String), "tonumber": stdlib.MakeToFunc(cty.Number), "tobool": stdlib.MakeToFunc(cty.Bool),
		"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)),
		"tomap":      stdlib.MakeToFunc(cty.Map(cty.DynamicPseudoType)),
		"jsonencode": stdlib.JSONEncodeFunc, "jsondecode": stdlib.JSONDecodeFunc, "csvdecode": stdlib.CSVDecodeFunc,
		"formatdate": stdlib.FormatDateFunc, "timeadd": stdlib.TimeAddFunc,
		"startswith": testText(strings.HasPrefix), "endswith": testText(strings.HasSuffix), "strcontains": testText(strings.Contains),
		"alltrue": foldBools(true), "anytrue": foldBools(false),
		"base64encode": mapText(func(s string) (string, error) { return base64.StdEncoding.EncodeToString([]byte(s)), nil }),
		"base64decode": mapText(decodeBase64),
		"sha256": mapText(func(s string) (string, error) {
			sum := sha256.Sum256([]byte(s))
			return hex.EncodeToString(sum[:]), nil
		}),
		"urlencode": mapText(func(s string) (string, error) { return url.QueryEscape(s), nil }),
		"basename":  mapText(func(s string) (string, error) { return filepath.Base(s), nil }),
		"dirname":   mapText(func(s string) (string, error) { return filepath.Dir(s), nil }),
		"try":       tryfunc.TryFunc, "can": tryfunc.CanFunc,
		"sensitive": sensitiveFunc(l), "nonsensitive": nonsensitiveFunc, "env": l.envFunc(),
		"file": l.fileFunc(), "fileexists": l.fileExistsFunc(), "fileset": l.fileSetFunc(),
	}
	maps.Copy(all, l.moreFunctions())
	all["templatefile"] = l.templateFileFunc(all)
	return all
}

// FunctionNames are the functions of expressions, sorted.
func FunctionNames() []string {
	l := &loader{cfg: &Config{}}
	names := keysOf(l.functions())
	sort.Strings(names)
	return names
}

func stringParams(names ...string) []function.Parameter {
	params := make([]function.Parameter, len(names))
	for i, n := range names {
		params[i] = function.Parameter{Name: n, Type: cty.String}
	}
	return params
}

func mapText(f func(string) (string, error)) function.Function {
	return function.New(&function.Spec{
		Params: stringParams("text"), Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			out, err := f(args[0].AsString())
			if err != nil {
				return cty.NilVal, err
			}
			return cty.StringVal(out), nil
		},
	})
}

func decodeBase64(s string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(raw) {
		return "", fmt.Errorf("the text is not base64 of UTF-8 text")
	}
	return string(raw), nil
}

func testText(f func(s, part string) bool) function.Function {
	return function.New(&function.Spec{
		Params: stringParams("text", "part"), Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(f(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

// foldBools is alltrue (all) or anytrue.
func foldBools(all bool) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}}, Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			for it := args[0].ElementIterator(); it.Next(); {
				_, v := it.Element()
				if !v.IsKnown() {
					return cty.UnknownVal(cty.Bool), nil
				}
				if holds := !v.IsNull() && v.True(); holds != all {
					return cty.BoolVal(!all), nil
				}
			}
			return cty.BoolVal(all), nil
		},
	})
}

// replaceFunc replaces a substring, or what matches where it is written /regex/.
var replaceFunc = function.New(&function.Spec{
	Params: stringParams("text", "what", "by"), Type: function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if what := args[1].AsString(); len(what) > 1 && strings.HasPrefix(what, "/") && strings.HasSuffix(what, "/") {
			return stdlib.RegexReplaceFunc.Call([]cty.Value{args[0], cty.StringVal(what[1 : len(what)-1]), args[2]})
		}
		return cty.StringVal(strings.ReplaceAll(args[0].AsString(), args[1].AsString(), args[2].AsString())), nil
	},
})

// coalesceFunc is the first value that is neither null nor an empty text, as in Terraform.
var coalesceFunc = function.New(&function.Spec{
	VarParam: &function.Parameter{Name: "values", Type: cty.DynamicPseudoType, AllowUnknown: true, AllowDynamicType: true, AllowNull: true},
	Type: func(args []cty.Value) (cty.Type, error) {
		types := make([]cty.Type, len(args))
		for i, v := range args {
			types[i] = v.Type()
		}
		t, _ := convert.UnifyUnsafe(types)
		if t == cty.NilType {
			return t, fmt.Errorf("all values must be of one type")
		}
		return t, nil
	},
	Impl: func(args []cty.Value, t cty.Type) (cty.Value, error) {
		for _, v := range args {
			out, err := convert.Convert(v, t)
			switch {
			case err != nil:
				return cty.NilVal, err
			case !out.IsKnown():
				return cty.UnknownVal(t), nil
			case !out.IsNull() && !(out.Type() == cty.String && out.AsString() == ""):
				return out, nil
			}
		}
		return cty.NilVal, fmt.Errorf("every value is null or empty")
	},
})

// lengthFunc is of a collection, or of a text in characters.
var lengthFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true}},
	Type:   function.StaticReturnType(cty.Number),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v := args[0]
		switch {
		case v.Type() == cty.String:
			return stdlib.Strlen(v)
		case v.CanIterateElements():
			return cty.NumberIntVal(int64(v.LengthInt())), nil
		}
		return cty.NilVal, fmt.Errorf("a collection or a text is needed")
	},
})

func sensitiveFunc(l *loader) function.Function {
	return function.New(&function.Spec{
		Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowMarked: true, AllowNull: true}},
		Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			l.secret(args[0])
			return args[0].Mark(secretMark("sensitive()")), nil
		},
	})
}

var nonsensitiveFunc = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "value", Type: cty.DynamicPseudoType, AllowDynamicType: true, AllowMarked: true, AllowNull: true}},
	Type:   func(args []cty.Value) (cty.Type, error) { return args[0].Type(), nil },
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		v, marks := args[0].UnmarkDeep()
		for m := range marks {
			if _, secret := m.(secretMark); !secret {
				v = v.Mark(m)
			}
		}
		return v, nil
	},
})

// envFunc gives an environment variable, always as a secret: what is in an environment often is one.
func (l *loader) envFunc() function.Function {
	return function.New(&function.Spec{
		Params: stringParams("name"), Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			name := args[0].AsString()
			for _, pair := range l.opts.Environ {
				if have, text, _ := strings.Cut(pair, "="); have == name {
					v := cty.StringVal(text)
					l.secret(v)
					return v.Mark(secretMark("env." + name)), nil
				}
			}
			if l.opts.Secretless {
				return cty.UnknownVal(cty.String).Mark(secretMark("env." + name)), nil
			}
			return cty.NilVal, fmt.Errorf("the environment variable %s is not set", name)
		},
	})
}

func (l *loader) abs(path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(l.cfg.Dir, path)
}

func (l *loader) readText(path string) (string, error) {
	raw, err := l.readBytes(path)
	if err == nil && !utf8.Valid(raw) {
		return "", fmt.Errorf("%s is not UTF-8 text", path)
	}
	return string(raw), err
}

func (l *loader) readBytes(path string) ([]byte, error) {
	info, err := os.Stat(l.abs(path))
	if err != nil || !info.Mode().IsRegular() {
		return nil, fmt.Errorf("there is no file %s", path)
	}
	if info.Size() > 4*maxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, 4*maxFile)
	}
	raw, err := os.ReadFile(l.abs(path))
	if err != nil {
		return nil, fmt.Errorf("%s can not be read", path)
	}
	return raw, nil
}
