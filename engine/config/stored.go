package config

import (
	"encoding/json"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
)

// StoredSync is a sync as it was applied, as far as that is needed to take out of its tool what it put there: where it
// goes, and what its records are told apart by. Its expressions are not kept: it has no rows any more.
func StoredSync(a addr.Address, definition string) (*Sync, bool) {
	var d struct {
		Destination, Object string
		OnLeave             any `json:"on_leave"`
		Key, Fields         map[string]any
	}
	if json.Unmarshal([]byte(definition), &d) != nil {
		return nil, false
	}
	to, err := addr.Parse(strings.TrimSuffix(strings.TrimPrefix(d.Destination, "${"), "}"))
	if err != nil || d.Object == "" || len(d.Key) == 0 {
		return nil, false
	}
	s := &Sync{Block: Block{Addr: a, Definition: definition}, Destination: Ref{Addr: to}, Object: d.Object, Mode: "mirror", OnNull: "skip", Retry: "each_run"}
	s.OnLeave.Rule, _ = d.OnLeave.(string)
	for _, name := range keysOf(d.Key) {
		s.Key = append(s.Key, Mapping{Name: name})
	}
	for _, name := range keysOf(d.Fields) {
		s.Fields = append(s.Fields, Mapping{Name: name})
	}
	return s, true
}
