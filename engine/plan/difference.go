package plan

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// difference says in a few words what changed between two definitions: "where changed", "limit.max 5 → 3".
func difference(before, after string) string {
	var a, b any
	if json.Unmarshal([]byte(before), &a) != nil || json.Unmarshal([]byte(after), &b) != nil {
		return "definition changed"
	}
	var found []string
	compare("", a, b, &found)
	switch {
	case len(found) == 0:
		return "definition changed"
	case len(found) > 2:
		return strings.Join(found[:2], ", ") + fmt.Sprintf(" and %d more", len(found)-2)
	}
	return strings.Join(found, ", ")
}

func compare(path string, a, b any, found *[]string) {
	left, isMap := a.(map[string]any)
	right, isMap2 := b.(map[string]any)
	if isMap && isMap2 {
		var keys []string
		for k := range left {
			keys = append(keys, k)
		}
		for k := range right {
			if _, ok := left[k]; !ok {
				keys = append(keys, k)
			}
		}
		slices.Sort(keys)
		for _, k := range keys {
			compare(strings.TrimPrefix(path+"."+strings.TrimPrefix(k, "_"), "."), left[k], right[k], found)
		}
		return
	}
	x, y := brief(a), brief(b)
	whole, _ := json.Marshal(a)
	whole2, _ := json.Marshal(b)
	switch {
	case string(whole) == string(whole2):
	case a == nil:
		*found = append(*found, path+" added")
	case b == nil:
		*found = append(*found, path+" removed")
	case x != "" && y != "" && len(x)+len(y) < 24:
		*found = append(*found, fmt.Sprintf("%s %s → %s", path, x, y))
	default:
		*found = append(*found, path+" changed")
	}
}

// brief is a scalar as text; nested values have none.
func brief(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case float64, bool:
		return fmt.Sprint(v)
	}
	return ""
}
