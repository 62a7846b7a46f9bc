package activation

import (
	"strings"

	"github.com/cdp-engine/cdp/plugins/schema"
)

// Modes are the modes of a sync, in the order of the documentation.
var Modes = []string{"mirror", "upsert", "update", "insert", "append", "replace"}

// ways is how an object does what a mode needs. ok is false if it can't.
type ways struct {
	add, update schema.Operation
	whole       bool
	ok          bool
}

func waysOf(o schema.Object, mode string) ways {
	add, canAdd := first(o, schema.OpAdd, schema.OpUpsert)
	// A tool that tells them apart may refuse to add what somebody else put there. To keep it equal, take it over.
	put, canPut := first(o, schema.OpUpsert, schema.OpAdd)
	update, canUpdate := first(o, schema.OpUpdate, schema.OpUpsert)
	replace, canReplace := o.Can(schema.OpReplace)
	replaced := ways{add: replace, update: replace, whole: true, ok: canReplace}
	switch mode {
	case "mirror":
		if o.WholeSet {
			return replaced
		}
		return ways{add: put, update: update, ok: canPut && canUpdate}
	case "upsert":
		return ways{add: put, update: update, ok: canPut && canUpdate && !o.WholeSet}
	case "insert":
		return ways{add: add, update: add, ok: canAdd && !o.WholeSet}
	case "update":
		only, can := o.Can(schema.OpUpdate)
		return ways{add: only, update: only, ok: can && !o.WholeSet}
	case "append":
		appended, can := o.Can(schema.OpAppend)
		return ways{add: appended, update: appended, whole: o.WholeSet, ok: can}
	case "replace":
		return replaced
	}
	return ways{}
}

func first(o schema.Object, ops ...schema.Op) (schema.Operation, bool) {
	for _, op := range ops {
		if have, ok := o.Can(op); ok {
			return have, true
		}
	}
	return schema.Operation{}, false
}

// possible are the modes an object can be kept in.
func possible(o schema.Object) []string {
	var out []string
	for _, mode := range Modes {
		if waysOf(o, mode).ok {
			out = append(out, mode)
		}
	}
	return out
}

// leavings are the on_leave rules an object can follow in mirror mode.
func leavings(o schema.Object) []string {
	var out []string
	if o.WholeSet {
		return []string{`"remove"`, `"delete"`}
	}
	if _, ok := o.Can(schema.OpRemove); ok {
		out = append(out, `"remove"`)
	}
	if _, ok := o.Can(schema.OpDelete); ok {
		out = append(out, `"delete"`)
	}
	if _, ok := first(o, schema.OpUpdate, schema.OpUpsert); ok {
		out = append(out, "{ update = … }")
	}
	return append(out, `"keep"`)
}

// wayOut is how records leave an object. The zero Operation keeps them.
func wayOut(o schema.Object, rule string) (schema.Operation, bool) {
	if o.WholeSet {
		replace, ok := o.Can(schema.OpReplace)
		replace.Op = schema.OpRemove // each row's own operation; the rows are written whole
		return replace, ok && (rule == "remove" || rule == "delete")
	}
	switch rule {
	case "remove":
		return o.Can(schema.OpRemove)
	case "delete":
		return o.Can(schema.OpDelete)
	case "update":
		return first(o, schema.OpUpdate, schema.OpUpsert)
	}
	return schema.Operation{}, true
}

func sentence(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " and " + words[len(words)-1]
}
