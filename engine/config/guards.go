package config

import (
	"fmt"
	"math"

	"github.com/zclconf/go-cty/cty"
)

// guardKinds are the guards by the block they stand in, with how their limits are written.
var guardKinds = map[string]map[string]string{
	"stream":   {"max_reject_ratio": "ratio", "empty_result": "switch", "max_age": "age"},
	"identity": {"max_cluster_size": "count", "max_merge_size": "count", "max_churn": "ratio"},
	"segment":  {"empty_result": "switch"},
	"sync":     {"max_reject_ratio": "ratio", "empty_result": "switch", "max_remove_ratio": "ratio", "max_remove": "count", "max_change_ratio": "ratio"},
}

var guardDocs = map[string]string{
	"max_reject_ratio": "Rejects by records of the load, or of the run's operations. Default 0.01.",
	"empty_result":     "Had rows and now has none. Default true: blocks.",
	"max_age":          "Age of the newest cursor value: 24h. Default: none.",
	"max_cluster_size": "Records of the largest customer. Default: none; a warning above 1,000.",
	"max_merge_size":   "Customers that one merge joins. Default: none.",
	"max_churn":        "Records whose customer id changes, by all records. Default 0.2.",
	"max_remove_ratio": "Removals by rows held. Default 0.2.",
	"max_remove":       "Removals. Default: none.",
	"max_change_ratio": "Updates by rows held. Default: none.",
}

// guardBlock is the guard block of a kind of block.
func guardBlock(kind string) nested {
	spec := &blockSpec{doc: "Limits that stop harm before it happens."}
	for _, name := range keysOf(guardKinds[kind]) {
		spec.args = append(spec.args, arg{name: name, kind: kindRaw, doc: guardDocs[name]})
	}
	spec.args = append(spec.args,
		arg{name: "floor", typ: cty.Number, doc: "Rows up to which a ratio does not trip. Default 10."},
		arg{name: "reason", typ: cty.String, doc: "Why the limits are what they are."})
	return nested{name: "guard", spec: spec, max: 1}
}

// guards reads the guard block, in order of name.
func (b *block) guards(kind string) []Guard {
	g := b.one("guard")
	if g == nil {
		return nil
	}
	floor := g.whole("floor", 0, math.MaxInt32, -1)
	reason := g.str("reason")
	var out []Guard
	for _, name := range keysOf(guardKinds[kind]) {
		if g.attr(name) == nil {
			if guardKinds[kind][name] == "ratio" && floor >= 0 {
				out = append(out, Guard{Name: name, Limit: -1, Floor: floor, Reason: reason, Range: *g.at("floor")})
			}
			continue
		}
		if limit, ok := g.limit(name, guardKinds[kind][name]); ok {
			out = append(out, Guard{Name: name, Limit: limit, Floor: floor, Reason: reason, Range: *g.at(name)})
		}
	}
	return out
}

func (b *block) limit(name, how string) (float64, bool) {
	v, ok := b.plain(name)
	if !ok {
		return 0, false
	}
	wrong := func(want string) (float64, bool) {
		b.err("config.invalid_guard", "Invalid limit of a guard", fmt.Sprintf("`%s` is %s, not %s.", name, want, valueText(v)), b.at(name))
		return 0, false
	}
	number := func(low, high float64, want string) (float64, bool) {
		if v.IsNull() || v.Type() != cty.Number {
			return wrong(want)
		}
		f, _ := v.AsBigFloat().Float64()
		if f < low || f > high {
			return wrong(want)
		}
		return f, true
	}
	switch how {
	case "ratio":
		return number(0, 1, "a ratio between 0 and 1")
	case "count":
		return number(0, math.MaxInt64, "a number of rows")
	case "age":
		text, ok := b.text(name)
		if !ok {
			return 0, false
		}
		d, err := ParseDuration(text)
		if err != nil {
			b.err("config.invalid_duration", "Invalid length of time", sentence(err.Error())+".", b.at(name))
			return 0, false
		}
		return d.Seconds(), true
	}
	switch {
	case !v.IsNull() && v.Type() == cty.Bool && v.True(), isText(v, "block"):
		return 1, true
	case !v.IsNull() && v.Type() == cty.Bool, isText(v, "off"):
		return 0, true
	}
	return wrong("true (an empty result blocks) or false")
}

func isText(v cty.Value, text string) bool {
	return !v.IsNull() && v.Type() == cty.String && v.AsString() == text
}
