package config

import (
	"fmt"
	"slices"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/zclconf/go-cty/cty"
)

// Modes are the ways a sync keeps a tool equal.
var Modes = []string{"mirror", "upsert", "update", "insert", "append", "replace"}

var nullWords = []string{"skip", "clear", "invalid"}

var (
	retrySpec = &blockSpec{
		doc:  "What is tried again.",
		args: []arg{{name: "rejected", typ: cty.String, oneOf: []string{"each_run", "when_changed", "never"}, doc: "When a record the tool refused is sent again. Default each_run."}},
	}
	syncSpec = &blockSpec{
		doc: "Keeps rows in a tool equal to a segment, model or identity.", labels: []string{"name"},
		args: []arg{
			{name: "segment", kind: kindRef, refs: []string{"segment"}, doc: "Whose members are sent: segment.vips. Or `from`."},
			{name: "from", kind: kindRef, refs: []string{"segment", "model", "identity"}, doc: "What is sent: segment.vips, model.report, identity.customer."},
			{name: "destination", kind: kindRef, refs: []string{"destination"}, required: true, doc: "Where to: destination.crm."},
			{name: "object", typ: cty.String, required: true, doc: "What in the tool: a file, a table, an object of the destination."},
			{name: "mode", typ: cty.String, required: true, oneOf: Modes, doc: "mirror, upsert, update, insert, append or replace."},
			{name: "on_leave", kind: kindRaw, doc: "What becomes of a record whose customer left: \"remove\", \"delete\", \"keep\" or { update = { field = \"expression\" } }."},
			{name: "key", kind: kindSQLMap, required: true, doc: "What tells records apart in the tool: tool's name = expression."},
			{name: "fields", kind: kindSQLMap, doc: "What is kept equal: tool's name = expression."},
			{name: "on_null", typ: cty.String, oneOf: nullWords, doc: "What a null does: skip leaves what the tool has, clear empties it, invalid holds the row back. Default skip."},
			{name: "null", kind: kindRaw, doc: "The same by field: { ltv = \"clear\" }."},
			{name: "hash", kind: kindRaw, doc: "Tool whose normal form and SHA-256 a key or field is sent in: { email = \"meta\" }."},
			{name: "where", kind: kindSQL, doc: "Condition on what is sent, over the same columns as `fields`."},
			{name: "holdouts", typ: cty.String, oneOf: []string{"exclude", "include"}, doc: "Whether people in a segment's holdout are sent. Default exclude."},
			{name: "each", typ: cty.String, oneOf: []string{"change", "run"}, doc: "For append: a row per change, or per run. Default change."},
			{name: "on_conflict", typ: cty.String, oneOf: []string{"newest"}, doc: "Which of several customers with one key is sent. Default: none; they are invalid."},
			{name: "import", typ: cty.String, oneOf: []string{"readback"}, doc: "For the first run against a tool that has these people: readback asks what it has, and only differences are sent."},
			{name: "schedule", typ: cty.String, doc: "When it is meant to run, as cron writes it."},
			tagsArg,
		},
		blocks: []nested{{name: "retry", spec: retrySpec, max: 1}, guardBlock("sync")},
	}
)

func (l *loader) readSync(in *instance) {
	b := l.block(in.syntax, in.context(l.full), syncSpec, in.addr.String())
	if !b.labelled {
		return
	}
	s := &Sync{
		From: b.from(), Destination: b.ref("destination"), Object: b.str("object"), Mode: b.str("mode"),
		Key: b.mappings("key"), Fields: b.mappings("fields"), OnNull: b.strOr("on_null", "skip"), Where: b.sql("where"),
		Holdouts: b.strOr("holdouts", "exclude"), Each: b.strOr("each", "change"), OnConflict: b.str("on_conflict"),
		Schedule: b.str("schedule"), Import: b.str("import"), Retry: "each_run", Ranges: b.ranges(),
	}
	if r := b.one("retry"); r != nil {
		s.Retry = r.strOr("rejected", "each_run")
	}
	s.OnLeave = b.onLeave()
	s.Null = b.words("null", nullWords)
	s.Hash = b.words("hash", nil) // package activation knows the forms
	b.checkSync(s)
	s.Block = b.base(in.addr)
	s.Guards = b.guards("sync")
	l.cfg.Syncs = append(l.cfg.Syncs, s)
}

// from is what is sent: exactly one of segment and from.
func (b *block) from() Ref {
	switch {
	case b.attr("segment") != nil && b.attr("from") != nil:
		b.err("sync.two_sources", "Sync is from two places", "Write `segment` or `from`, not both.", b.at("from"))
		return b.ref("segment")
	case b.attr("segment") != nil:
		return b.ref("segment")
	case b.attr("from") != nil:
		return b.ref("from")
	}
	b.err("config.missing_argument", "Missing argument", sentence(b.in)+" needs `segment` or `from`: what is sent.", b.header)
	return Ref{}
}

// words is an object of texts of a given set.
func (b *block) words(name string, oneOf []string) map[string]string {
	out := map[string]string{}
	for _, it := range b.items(name) {
		if text := b.itemText(name, it, oneOf); text != "" {
			out[it.name] = text
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (b *block) onLeave() Leave {
	a := b.attr("on_leave")
	if a == nil {
		return Leave{}
	}
	rules := []string{"remove", "delete", "keep"}
	v, ok := b.plain("on_leave")
	if !ok {
		return Leave{}
	}
	switch {
	case !v.IsNull() && v.Type() == cty.String:
		if !contains(rules, v.AsString()) {
			b.notOneOf("on_leave", v.AsString(), rules, b.at("on_leave"))
			return Leave{}
		}
		return Leave{Rule: v.AsString()}
	case v.IsNull() || !v.Type().IsObjectType():
		b.err("config.wrong_type", "Wrong type", fmt.Sprintf("`on_leave` is \"remove\", \"delete\", \"keep\" or { update = { field = \"expression\" } }, not %s.", valueText(v)), b.at("on_leave"))
		return Leave{}
	}
	leave := Leave{Rule: "update"}
	for _, it := range b.items("on_leave") {
		if it.name != "update" {
			b.err("config.unknown_key", "Unknown key", fmt.Sprintf("`on_leave` has no %q.", it.name)+diag.Suggest(it.name, []string{"update"}), &it.at)
			continue
		}
		leave.Update = b.inner("update", it)
	}
	if len(leave.Update) == 0 {
		b.err("config.invalid_value", "Invalid value", "`update` of on_leave names at least one field and its expression.", b.at("on_leave"))
	}
	return leave
}

func (b *block) checkSync(s *Sync) {
	switch {
	case s.Mode == "mirror" && b.attr("on_leave") == nil:
		b.err("sync.no_leave_rule", "Nothing says what becomes of leavers", sentence(b.in)+
			" mirrors, so it must say what happens to a record whose customer left: on_leave = \"remove\" takes it out of the audience, \"delete\" deletes it, \"keep\" leaves it.", b.header)
	case s.Mode != "mirror" && s.Mode != "" && s.OnLeave.Rule != "" && s.OnLeave.Rule != "keep":
		b.err("sync.leave_rule_not_here", "Mode takes nobody out", fmt.Sprintf("mode = %q never takes a record out, so `on_leave` has no meaning: take it out, or use mode = \"mirror\".", s.Mode), b.at("mode"))
	}
	if b.attr("each") != nil && s.Mode != "append" && s.Mode != "" {
		b.err("sync.each_not_here", "Argument of another mode", fmt.Sprintf("`each` is for mode = \"append\"; this is %q.", s.Mode), b.at("each"))
	}
	if len(s.Key) == 0 && b.attr("key") != nil && len(b.items("key")) == 0 && !b.failed["key"] {
		b.err("config.invalid_value", "Invalid value", "`key` has at least one name: what tells records apart in the tool.", b.at("key"))
	}
	var keys, fields []string
	for _, k := range s.Key {
		keys = append(keys, k.Name)
	}
	for _, f := range s.Fields {
		if contains(keys, f.Name) {
			b.err("config.duplicate", "Duplicate name", fmt.Sprintf("%q is in `key` already.", f.Name), &f.Range)
		}
		fields = append(fields, f.Name)
	}
	b.checkFieldNames("null", fields)
	b.checkFieldNames("hash", append(append([]string{}, keys...), fields...))
	for _, m := range s.OnLeave.Update { // other fields than `fields` has may be set: the object says which there are
		if contains(keys, m.Name) {
			b.err("sync.key_updated", "Key can not be updated", fmt.Sprintf("`on_leave` updates %q, which is in `key`: it tells which record is meant.", m.Name), &m.Range)
		}
	}
	if err := checkCron(s.Schedule); s.Schedule != "" && err != nil {
		b.err("config.invalid_schedule", "Invalid schedule", sentence(err.Error())+".", b.at("schedule"))
	}
}

// checkFieldNames looks up the names of an object that is by field.
func (b *block) checkFieldNames(name string, known []string) {
	for _, it := range b.items(name) {
		if !contains(known, it.name) {
			b.err("sync.unknown_field", "Unknown field", fmt.Sprintf("`%s` names %q, which the sync does not send.", name, it.name)+diag.Suggest(it.name, known), &it.at)
		}
	}
}

// heldOutElsewhere are the segments with a holdout that a segment includes, by whatever way, in order.
func heldOutElsewhere(segment addr.Address, byAddr map[addr.Address]*Segment) []addr.Address {
	var out []addr.Address
	seen := map[addr.Address]bool{segment: true}
	todo := []addr.Address{segment}
	for ; len(todo) > 0; todo = todo[1:] {
		if byAddr[todo[0]] == nil {
			continue
		}
		for _, r := range byAddr[todo[0]].Include {
			if s := byAddr[r.Addr]; s != nil && !seen[r.Addr] {
				seen[r.Addr] = true
				todo = append(todo, r.Addr)
				if s.Holdout > 0 {
					out = append(out, r.Addr)
				}
			}
		}
	}
	slices.SortFunc(out, func(a, b addr.Address) int { return strings.Compare(a.String(), b.String()) })
	return out
}

// checkSyncs finds whose profiles a sync sees, and two syncs that would fight over one object.
func (l *loader) checkSyncs() {
	segments := map[addr.Address]*Segment{}
	for _, s := range l.cfg.Segments {
		segments[s.Addr] = s
	}
	owners := map[string]*Sync{}
	for _, s := range l.cfg.Syncs {
		switch s.From.Addr.Type {
		case "segment":
			if from := segments[s.From.Addr]; from != nil {
				s.Identity = from.Of.Addr
			}
			s.Includes = heldOutElsewhere(s.From.Addr, segments)
		case "identity":
			s.Identity = s.From.Addr
		}
		if s.Mode != "mirror" && s.Mode != "replace" || s.Object == "" || s.Destination.Addr.Name == "" {
			continue
		}
		target := s.Destination.Addr.String() + " " + strings.ToLower(s.Object)
		if first := owners[target]; first != nil {
			at := s.Ranges["object"]
			d := diag.NewWarning("sync.object_twice", "Object is kept by two syncs", fmt.Sprintf(
				"%s keeps %q of %s equal already (line %d of %s): each takes out what the other put in.", first.Addr, s.Object, s.Destination.Addr, first.Range.Start.Line, first.Range.File), &at)
			if s.Mode == "replace" || first.Mode == "replace" {
				d.Severity = diag.Error
			}
			l.add(d.About(s.Addr.String()).Inside(fmt.Sprintf("sync %q", s.Addr.Name)))
			continue
		}
		owners[target] = s
	}
}
