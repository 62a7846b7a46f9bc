package http

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	"github.com/cdp-engine/cdp/plugins/sdk"
	"github.com/itchyny/gojq"
)

// shape is a body program of the usual kind: the records as a list, each its key, its fields or both, bare or as one
// member of an object. Such a body is written straight from the records; what jq would give is the same to the byte.
type shape struct {
	member string
	bare   bool
	parts  []part // in the order in which they are merged: the later wins
}

type part uint8

const (
	keyPart part = iota
	fieldsPart
)

var usualBody = regexp.MustCompile(`^(?:\{ ?"?([A-Za-z_]\w*)"?: )?\[\.records\[\] \| (\.key \+ \.fields|\.fields \+ \.key|\.key|\.fields)\]( ?\})?$`)

var usualParts = map[string][]part{
	".key + .fields": {keyPart, fieldsPart}, ".fields + .key": {fieldsPart, keyPart}, ".key": {keyPart}, ".fields": {fieldsPart},
}

// shapeOf recognises a program; nil: it is of another kind.
func shapeOf(program string) *shape {
	query, err := gojq.Parse(program)
	if err != nil {
		return nil
	}
	found := usualBody.FindStringSubmatch(query.String())
	if found == nil || (found[1] == "") != (found[3] == "") {
		return nil
	}
	return &shape{member: found[1], bare: found[1] == "", parts: usualParts[found[2]]}
}

func (p part) of(r *sdk.Record) []sdk.Field {
	if p == keyPart {
		return r.Key
	}
	return r.Fields
}

// body writes the records of a batch.
func (s *shape) body(batch sdk.Batch) []byte {
	ranks, labels := s.ranks(batch)
	out := make([]byte, 0, 64+len(batch.Records)*32*(1+len(labels)))
	if !s.bare {
		out = append(out, '{', '"')
		out = append(out, s.member...)
		out = append(out, '"', ':')
	}
	out = append(out, '[')
	slots := make([]*sdk.Field, len(labels))
	for i := range batch.Records {
		if i > 0 {
			out = append(out, ',')
		}
		clear(slots)
		for _, p := range s.parts {
			fields := p.of(&batch.Records[i])
			for j := range fields {
				slots[ranks[fields[j].Name]] = &fields[j]
			}
		}
		out = append(out, '{')
		first := true
		for rank, f := range slots {
			if f == nil {
				continue
			}
			if !first {
				out = append(out, ',')
			}
			first = false
			out = append(out, labels[rank]...)
			out = appendField(out, *f)
		}
		out = append(out, '}')
	}
	out = append(out, ']')
	if !s.bare {
		out = append(out, '}')
	}
	return out
}

// ranks are the places of all names of the batch in their order, with each name as the start of a member.
func (s *shape) ranks(batch sdk.Batch) (map[string]int, []string) {
	ranks := map[string]int{}
	for i := range batch.Records {
		for _, p := range s.parts {
			for _, f := range p.of(&batch.Records[i]) {
				ranks[f.Name] = 0
			}
		}
	}
	names := make([]string, 0, len(ranks))
	for name := range ranks {
		names = append(names, name)
	}
	slices.Sort(names)
	labels := make([]string, len(names))
	for i, name := range names {
		ranks[name] = i
		labels[i] = toJSON(name) + ":"
	}
	return ranks, labels
}

func appendField(out []byte, f sdk.Field) []byte {
	switch v := f.Value.(type) {
	case string:
		if plainASCII(v) {
			out = append(out, '"')
			out = append(out, v...)
			return append(out, '"')
		}
	case json.Number:
		return append(out, v...)
	case int64:
		return strconv.AppendInt(out, v, 10)
	}
	return append(out, toJSON(jsonField(f))...)
}

// plainASCII reports whether a text stands in JSON as it is.
func plainASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}
