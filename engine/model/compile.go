package model

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strings"

	"github.com/cdp-engine/cdp/engine/addr"
	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Ways of keeping a model.
const (
	View        = "view"
	Table       = "table"
	Incremental = "incremental" // a table; only rows that differ are written
)

// Spec is a model, checked.
type Spec struct {
	Address     string
	Addr        addr.Address
	Materialize string // as the block says; default view
	SQL         diag.Text
	Columns     []schema.Column // nil: not known before its inputs are
	Clock       bool            // it reads as_of
	Fingerprint string
	Range       diag.Range
	Reads       []addr.Address
}

// View reports whether readers see the SELECT itself. What reads the clock is kept as a table.
func (s *Spec) View() bool { return s.Materialize == View && !s.Clock }

// table is the model's table with these columns. Rows are told apart by all of them.
func (s *Spec) table(columns []schema.Column) warehouse.Table {
	schemaName, name, _ := s.Addr.Relation()
	return warehouse.Table{Schema: schemaName, Name: name, Columns: columns, Key: schema.Names(columns)}
}

// Given is a model and the columns of streams and models, by address, as far as they are known.
type Given struct {
	Model   *config.Model
	Columns schema.Catalog
}

// Compile checks a model against the columns of what it reads. Where those are not known yet, neither are its own.
func Compile(ctx context.Context, given Given, an warehouse.Analyzer) (*Spec, diag.Diagnostics) {
	m := given.Model
	s := &Spec{Address: m.Addr.String(), Addr: m.Addr, Materialize: m.Materialize, Range: m.Range}
	if s.Materialize == "" {
		s.Materialize = View
	}
	text := m.SQL.Render(Relation)
	relations := map[string][]schema.Column{}
	known := true
	for _, ref := range m.DependsOn {
		schemaName, name, ok := ref.Addr.Relation()
		if !ok {
			continue // config has refused it
		}
		columns, has := given.Columns[ref.Addr.String()]
		known = known && has
		relations[schemaName+"."+name] = columns
		s.Reads = append(s.Reads, ref.Addr)
	}
	a, problems := an.Analyze(ctx, warehouse.Query{Text: text, Select: true, Relations: relations})
	var ds diag.Diagnostics
	for _, p := range problems {
		at := text.At(p.Offset, p.Length)
		ds = append(ds, diag.NewError(p.Code, p.Summary, p.Detail, &at).About(s.Address))
	}
	s.SQL, s.Clock = a.SQL, a.AsOf
	if known && !ds.HasErrors() {
		s.Columns = a.Columns
		ds = append(ds, s.checkColumns(&text.Range)...)
	}
	s.Fingerprint = s.fingerprint(a.Canonical)
	return s, ds
}

// checkColumns refuses columns that cannot stand side by side in a table.
func (s *Spec) checkColumns(at *diag.Range) diag.Diagnostics {
	var ds diag.Diagnostics
	seen := map[string]string{}
	for _, c := range s.Columns {
		folded := strings.ToLower(c.Name)
		if other, taken := seen[folded]; taken {
			ds = append(ds, diag.NewError("model.duplicate_column", "Two columns of one name",
				"The SELECT of "+s.Address+" gives the columns \""+other+"\" and \""+c.Name+"\", which SQL does not tell apart. Name one of them with AS.",
				at).About(s.Address))
		}
		seen[folded] = c.Name
	}
	return ds
}

func (s *Spec) fingerprint(canonical string) string {
	text, _ := json.Marshal([]any{1, canonical, s.Materialize}) // strings always marshal
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:16])
}

// Relation is how a reference stands in SQL.
func Relation(a addr.Address) string {
	schemaName, name, _ := a.Relation()
	return quote(schemaName) + "." + quote(name)
}

func quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
