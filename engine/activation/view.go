package activation

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// encoding is the version of the canonical form that fingerprints are made of. A change of the form is a new number, and
// sends every record again.
const encoding = "1"

// otherMark stands before the fingerprint of what is held under a key that has passed to another customer. Until an update
// is delivered, what the tool holds there is the former one's, whatever becomes of the operations in between.
const otherMark = "~"

// oldKey is why a customer's new key was not sent: they would be in the tool twice.
const oldKey = "its old key is still there"

// view is what the templates see of a sync.
type view struct {
	Sync, Mode, Retry, From, ID, Segment string
	AsOf                                 time.Time
	Where                                diag.Text

	Profiles, Segments, Provenance, Identifiers, Redirects, Ledger                                              sqlgen.Relation
	Mapped, Hashed, Types, Wanted, Doubles, Losers, Differences, Operations, Queue, LeaveValues                 sqlgen.Relation
	Adopted, AdoptedLedger, AdoptedNew                                                                          sqlgen.Relation
	HeldElse                                                                                                    string
	Pending, Replaced, Outcomes, Done, Settled, SettledKeys, Receipts                                           sqlgen.Relation
	Columns, KeyColumns, FieldColumns, LeaveColumns, SortedKey, Canonical, Compared                             []column
	Digests, Masks, Sized, Sent                                                                                 []column
	NoHoldout, Duplicates, Newest, KeptBack, Keep, Append, EachRun                                              bool
	AnyHash, Dialled, Partial, Masked, Leaves, Pairs, Persons                                                   bool
	OtherMark, OldKey, Prefix, LeavePrefix, Add, Update, AddOp, UpdateOp, LeaveOp, Run, Code, Message, Evidence string
	Holdouts                                                                                                    []string // segments whose holdouts are not sent
	Unknown, Lost, Sure, First                                                                                  bool
	Overhead                                                                                                    int
	Sends                                                                                                       int64 // of a whole set, in this run
	Phase                                                                                                       int
	At                                                                                                          time.Time
}

// column is one key or field as the templates see it.
type column struct {
	compiled
	Name, Column, Alias string
	Kind                string // how its value is written as text: text, decimal, double, cast
	Nested, Text        bool   // a JSON value; text, which may be empty
	Plain               bool   // its text is JSON as it is: a number or a boolean
	Clear, Skip         bool   // what null means
	Required            bool
	Leaving, Shared     bool // a column of on_leave only; one that is a field too
	Carried             bool // on_leave sets it
	Tag, Mark, Label    string
	Measured            bool // a text, whose length is told before it: nothing in it is taken for the next column
	EmptyKey            string
	EmptyField          string
	Path                string // of a key in the ledger's key
	Salt, Entry, Held   string // of digests
	EntryLength         int
	Overhead            int
	Lookup              sqlgen.Relation
	Dial                string // alias of the number it was matched as
}

// compiled is the column as the spec has it.
type compiled = Column

func (s *Spec) work(name string) sqlgen.Relation {
	return sqlgen.Relation{Schema: "work", Name: s.Address + "." + name}
}

func (s *Spec) delta(name string) sqlgen.Relation {
	return sqlgen.Relation{Schema: "delta", Name: s.Address + "." + name}
}

func newView(s *Spec) *view {
	v := &view{
		Sync: s.Name, Mode: s.Sync.Mode, Retry: s.Sync.Retry, From: s.From, ID: s.ID, Where: s.Where,
		Ledger: state.Ledger.Was(), Mapped: s.work("mapped"), Hashed: s.work("hashed"), Wanted: s.work("wanted"), Doubles: s.work("doubles"),
		Losers: s.work("losers"), Differences: s.work("differences"), Operations: s.work("operations"), Queue: s.work("queue"), LeaveValues: s.work("leave_values"),
		Outcomes: s.delta("outcomes"), Types: s.work("types"), Done: s.work("done"),
		Pending: s.delta("pending"), Replaced: s.delta("replaced"), Settled: s.work("settled"), SettledKeys: s.delta("settled_keys"), Receipts: s.delta("receipts"),
		Adopted: s.work("adopted"), AdoptedLedger: s.work("adopted_ledger"), AdoptedNew: s.delta("adopted"), HeldElse: heldElse,
		Keep: s.Out.Op == "", Append: s.Append(), EachRun: s.EachRun(), Partial: s.Object.Partial && !s.Whole,
		AddOp: string(s.Add.Op), UpdateOp: string(s.Update.Op), LeaveOp: string(s.Out.Op), Add: "add", Update: "update",
	}
	if s.Sync.Mode == "update" {
		v.Add = "update"
	}
	if s.Append() {
		v.Add = "append"
	}
	if v.Retry == "" {
		v.Retry = "each_run"
	}
	v.Leaves = s.Out.Op != ""
	v.Pairs = v.Leaves && s.ID != ""
	v.OldKey = oldKey
	v.Persons, v.OtherMark = s.ID != "" && !s.Append() && !s.Whole && s.Sync.Mode != "insert", otherMark
	v.relations(s)
	v.addColumns(s)
	return v
}

// relations are the tables the sync reads.
func (v *view) relations(s *Spec) {
	if s.Farewell {
		v.Profiles = s.work("nobody")
		return
	}
	if s.From == "model" {
		schemaName, table, _ := s.Sync.From.Addr.Relation()
		v.Profiles = sqlgen.Relation{Schema: schemaName, Name: table}
		return
	}
	identity := s.Sync.Identity.Ident()
	v.Profiles = sqlgen.Relation{Schema: identity, Name: "profiles"}
	v.Segments = sqlgen.Relation{Schema: identity, Name: "segments"}
	v.Identifiers = sqlgen.Relation{Schema: identity, Name: "identifiers"}
	v.Redirects = sqlgen.Relation{Schema: identity, Name: "redirects"}
	v.Provenance = sqlgen.Relation{Schema: identity, Name: "provenance"}
	if s.From == "segment" {
		v.Segment = s.Sync.From.Addr.Ident()
		v.NoHoldout = s.Sync.Holdouts != "include"
		v.Holdouts = []string{v.Segment}
		for _, a := range s.Sync.Includes {
			v.Holdouts = append(v.Holdouts, a.Ident())
		}
	}
}

func (v *view) addColumns(s *Spec) {
	for _, c := range s.Key {
		k := s.column(c, "key.")
		label, _ := json.Marshal(c.Name)
		k.Label, k.Path = string(label)+":", "$."+string(label)
		k.EmptyKey = cmp.Or(k.EmptyKey, "the key "+string(label)+" is empty")
		k.Held = "held digests"
		v.KeyColumns = append(v.KeyColumns, k)
	}
	for _, c := range s.Fields {
		f := s.column(c, "field.")
		f.Carried = find(s.Leave, c.Name) != nil
		v.FieldColumns = append(v.FieldColumns, f)
	}
	for _, c := range s.Leave {
		l := s.column(c, "field.")
		l.Clear, l.Leaving, l.Carried = true, true, true
		l.Shared = find(s.Fields, c.Name) != nil
		v.LeaveColumns = append(v.LeaveColumns, l)
	}
	v.Columns = slices.Concat(v.KeyColumns, v.FieldColumns)
	v.AnyHash = slices.ContainsFunc(v.Columns, func(c column) bool { return c.Hash != nil })
	v.Dialled = slices.ContainsFunc(v.Columns, func(c column) bool { return c.Phone != "" })
	v.SortedKey = byName(v.KeyColumns)
	v.Canonical, v.Compared = v.FieldColumns, byName(v.FieldColumns)
	if !s.Whole { // a file's columns have an order; a tool's fields have none
		v.Canonical = byName(v.FieldColumns)
		v.Digests = aliased(byName(v.FieldColumns), "v")
	}
	if s.Append() || s.Whole {
		v.Digests, v.Compared = nil, nil
	}
	v.Masks = aliased(v.FieldColumns, "v")
	for _, l := range v.LeaveColumns {
		if !l.Shared {
			v.Masks = append(v.Masks, l)
		}
	}
	v.Masked = !s.Whole && len(v.Masks) > 0
	for _, c := range aliased(v.FieldColumns, "v") {
		if c.Text {
			v.Sized = append(v.Sized, c)
		}
		v.Overhead += c.Overhead
	}
	v.Sent = slices.Concat(v.KeyColumns, v.Masks)
	v.LeaveColumns = aliased(v.LeaveColumns, "e")
	v.Canonical = slices.Concat(v.SortedKey, v.Canonical)
	v.Prefix, v.LeavePrefix = s.prefix(v.Canonical), s.prefix(v.LeaveColumns)
	v.Compared, v.Canonical, v.SortedKey = aliased(v.Compared, "w"), aliased(v.Canonical, "w"), aliased(v.SortedKey, "w")
}

// prefix stands in every fingerprint for what its values are: the encoding, the object, names, types and what null means.
func (s *Spec) prefix(columns []column) string {
	sum := sha256.New()
	_, _ = io.WriteString(sum, encoding+"\x1f"+s.Object.Name)
	for _, c := range columns {
		_, _ = fmt.Fprintf(sum, "\x1f%s\x1f%s\x1f%s\x1f%t", c.Column, c.Tag, c.Null, c.Leaving)
	}
	return hex.EncodeToString(sum.Sum(nil)[:4])
}

func byName(columns []column) []column {
	out := slices.Clone(columns)
	slices.SortFunc(out, func(a, b column) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func aliased(columns []column, alias string) []column {
	out := slices.Clone(columns)
	for i := range out {
		out[i].Alias = alias
	}
	return out
}

func (s *Spec) column(c Column, prefix string) column {
	label, _ := json.Marshal(c.Name) // a string always marshals
	kind, tag := textKind(c.Type)
	out := column{
		compiled: c, Name: c.Name, Column: prefix + c.Name, Alias: "w", Kind: kind,
		Nested: c.Type.Kind == schema.JSON, Text: c.Type.Kind == schema.String,
		Plain:    slices.Contains([]schema.Kind{schema.Int64, schema.Decimal, schema.Bool}, c.Type.Kind),
		Clear:    c.Null == "clear" || s.Whole,
		Skip:     (c.Null == "skip" || c.Null == "") && !s.Whole,
		Required: c.Null == "invalid",
		Tag:      tag, Mark: "\x1f", Measured: tag != "n",
		EmptyField: "the field " + string(label) + " is empty",
		Salt:       s.Object.Name + "\x1f" + c.Name + "\x1f" + tag, Entry: string(label) + `:"`, Held: "held digests",
		Overhead: len(label) + 4,
		Lookup:   s.work("hash." + prefix + c.Name),
	}
	out.EntryLength = len([]rune(out.Entry)) + 17
	if c.Hash != nil {
		out.Alias, out.Dial = "hash "+prefix+c.Name, "dial "+prefix+c.Name
		if c.Hash.kind == "phone" {
			out.EmptyKey = fmt.Sprintf("the key %s is empty or a phone number without its country", label)
			out.EmptyField = fmt.Sprintf("the field %s is empty or a phone number without its country", label)
		}
	}
	return out
}

// textKind is how a value of the type is written as text, and the mark that keeps "1" and 1 apart. Numbers of all types
// are written alike, so that a column that becomes wider sends nothing.
func textKind(t schema.Type) (kind, tag string) {
	switch t.Kind {
	case schema.String:
		return "text", "s"
	case schema.Int64:
		return "integer", "n"
	case schema.Decimal:
		if t.Scale > 0 {
			return "decimal", "n"
		}
		return "integer", "n"
	case schema.Double:
		return "double", "n"
	case schema.Bool:
		return "cast", "b"
	case schema.JSON:
		return "cast", "j"
	}
	return "cast", "t"
}
