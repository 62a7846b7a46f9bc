package activation

import (
	"slices"

	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// notFound is the code of an update that found no record: the tool holds nothing of ours under that key.
const notFound = "not_found"

// plain gives an answer of "nothing to do" its meaning. For an update it is that the tool has no such record: always in
// mode "update", where nobody else puts records there, and elsewhere if the tool says so. Else it is "already so".
func (s *Spec) plain(op schema.Op, r wire.Result) wire.Result {
	if r.Outcome == wire.Noop && op == schema.OpUpdate && (s.Sync.Mode == "update" || slices.Contains([]string{notFound, "404"}, r.Code)) {
		r.Code = notFound
	}
	return r
}

// absent reports whether an outcome is an update that found no record. It is tried again in each run.
func (o *outcome) absent() bool {
	return o.batch.op == schema.OpUpdate && o.outcome == string(wire.Noop) && o.code == notFound
}
