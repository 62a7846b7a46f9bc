package activation

import (
	"fmt"
	"slices"

	"github.com/cdp-engine/cdp/engine/config"
	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Farewell is a sync that is no longer declared and takes out of its tool all it put there: nobody is wanted, whoever is
// held leaves. at is the line that tells so.
func Farewell(s *config.Sync, object *schema.Object, at diag.Range) (*Spec, diag.Diagnostics) {
	spec := &Spec{Sync: s, Name: s.Addr.Ident(), Address: s.Addr.String(), From: "model", Farewell: true}
	nothing := func(mappings []config.Mapping) []Column {
		var out []Column
		for _, m := range mappings {
			out = append(out, Column{Name: m.Name, SQL: diag.Text{Value: "null"}, Null: "skip", Type: schema.Type{Kind: schema.String}})
		}
		return out
	}
	spec.Key, spec.Fields = nothing(s.Key), nothing(s.Fields)
	if object == nil {
		return spec, diag.Diagnostics{diag.NewError("removed.no_object", "Records cannot be taken out", fmt.Sprintf(
			"%s does not say what it can do with %q, where the records of %s are. Take `destroy` out: they stay then.", s.Destination.Addr, s.Object, spec.Address), &at).About(spec.Address)}
	}
	spec.Object = *object
	rules := []string{"remove", "delete"}
	if s.OnLeave.Rule == "delete" {
		slices.Reverse(rules)
	}
	for _, rule := range rules {
		if out, ok := wayOut(*object, rule); ok {
			spec.Out, spec.Whole = out, object.WholeSet
			w := waysOf(*object, "mirror")
			spec.Add, spec.Update = w.add, w.update
			return spec, nil
		}
	}
	return spec, diag.Diagnostics{diag.NewError("removed.no_way_out", "Records cannot be taken out", fmt.Sprintf(
		"The object %q of %s can neither remove nor delete records, so those of %s stay. Take `destroy` out.", s.Object, s.Destination.Addr, spec.Address), &at).About(spec.Address)}
}

// farewell makes the rows that nobody is, and finds out what the keys are from those the ledger has.
func (c *computation) farewell() error {
	if !c.spec.Farewell {
		return nil
	}
	if err := statements.Do(c.ctx, c.env.Store, map[string]any{"Nobody": c.spec.work("nobody")}, "nobody"); err != nil {
		return err
	}
	rows, err := c.rows("key_types")
	if err != nil {
		return err
	}
	for i := range c.spec.Key {
		n, _ := warehouse.Int(rows[0][i])
		if kinds := []schema.Kind{schema.String, schema.Bool, schema.Int64, schema.Double}; int(n) < len(kinds) {
			c.spec.Key[i].Type = schema.Type{Kind: kinds[n]}
		}
	}
	return nil
}
