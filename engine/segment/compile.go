package segment

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Spec is a compiled segment.
type Spec struct {
	Segment     *config.Segment
	ID          string // name of the id column
	Column      string // in membership: not a name a profile can have
	Where       diag.Text
	Salt        string // of the holdout
	Clock       bool   // it depends on as_of
	Uses        []string
	Fingerprint string
}

// Given is a segment and what is known of the profiles it is about.
type Given struct {
	Segment  *config.Segment
	Identity *config.Identity
	Columns  []schema.Column // of its identity's profile; nil: not known yet
}

// Compile checks a segment against the columns of its identity's profile.
func Compile(ctx context.Context, given Given, an warehouse.Analyzer) (*Spec, diag.Diagnostics) {
	s, columns := given.Segment, given.Columns
	spec := &Spec{Segment: s, ID: given.Identity.IDColumn(), Column: column(s.Addr), Salt: s.Addr.String()}
	var diags diag.Diagnostics
	canonical := ""
	if !s.Where.IsZero() {
		text := s.Where.Render(nil)
		a, problems := an.Analyze(ctx, warehouse.Query{
			Text: text, Scope: []warehouse.Scope{{Columns: columns, Open: columns == nil}}, Want: &schema.Type{Kind: schema.Bool},
		})
		for _, p := range problems {
			at := text.At(p.Offset, p.Length)
			diags = append(diags, diag.NewError(p.Code, p.Summary, p.Detail, &at).About(s.Addr.String()))
		}
		spec.Where, spec.Clock, spec.Uses, canonical = a.SQL, a.AsOf, a.Uses, a.Canonical
	}
	meaning, err := json.Marshal([]any{1, canonical, addresses(s.Include), addresses(s.Exclude), s.Holdout})
	if err != nil {
		panic(fmt.Sprintf("marshalling %s: %v", s.Addr, err)) // strings and numbers always marshal
	}
	sum := sha256.Sum256(meaning)
	spec.Fingerprint = hex.EncodeToString(sum[:])
	return spec, diags
}

// column is the name of a segment's column in membership; a profile's column cannot begin with a space.
func column(a addr.Address) string { return " in " + a.Ident() }

func addresses(refs []config.Ref) []string {
	out := []string{}
	for _, r := range refs {
		out = append(out, r.Addr.String())
	}
	return out
}

// Tables are the tables of an identity's segments.
func Tables(id *config.Identity) (segments, history warehouse.Table) {
	text := schema.Type{Kind: schema.String}
	stamp := schema.Type{Kind: schema.Timestamp}
	name, key := id.Addr.Ident(), id.IDColumn()
	segments = warehouse.Table{Schema: name, Name: "segments", Key: []string{"segment", key}, Columns: []schema.Column{
		{Name: "segment", Type: text}, {Name: key, Type: text}, {Name: "entered_run", Type: text},
		{Name: "entered_at", Type: stamp}, {Name: "holdout", Type: schema.Type{Kind: schema.Bool}},
	}}
	history = warehouse.Table{Schema: name, Name: "segment_history", Columns: []schema.Column{
		{Name: "segment", Type: text}, {Name: key, Type: text}, {Name: "event", Type: text},
		{Name: "run_id", Type: text}, {Name: "happened_at", Type: stamp},
	}}
	return segments, history
}
