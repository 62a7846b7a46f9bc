package identity

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/diag"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// Mistake is user SQL that failed on the data: a value that could not be converted. It says where, never the value.
type Mistake struct {
	Diagnostic diag.Diagnostic
	cause      error
}

func (m *Mistake) Error() string { return m.Diagnostic.Summary + ": " + m.Diagnostic.Detail }

// Unwrap gives the query engine's error.
func (m *Mistake) Unwrap() error { return m.cause }

// mistaken names the user's expression that failed; another error is left as it is.
func (c *computation) mistaken(err error, text diag.Text, what string) error {
	if err == nil || !warehouse.IsReason(err, warehouse.BadValue) {
		return err
	}
	at := text.Range
	detail := fmt.Sprintf("%s cannot be computed for some record: a value does not convert or does not fit. Where that may be, write try_cast(… as …): it gives null instead.", what)
	return &Mistake{diag.NewError("identity.value_failed", "Expression fails on the data", detail, &at).About(c.spec.Identity.Addr.String()), err}
}

// probed finds which expression of which input made reading fail.
func (c *computation) probed(err error, views []sqlgen.Relation) error {
	if !warehouse.IsReason(err, warehouse.BadValue) {
		return err
	}
	text := schema.Type{Kind: schema.String}
	for i, in := range c.spec.Inputs {
		type probe struct {
			expr diag.Text
			as   schema.Type
			what string
		}
		var probes []probe
		for j, a := range c.spec.Attributes {
			probes = append(probes, probe{in.Attributes[j], a.Type, fmt.Sprintf("Attribute %q of input %q", a.Name, in.Name)})
		}
		for j, r := range c.spec.Raw() {
			name := c.spec.Identifiers[r.Identifier].Name
			probes = append(probes, probe{in.Values[j], text, fmt.Sprintf("Identifier %q of input %q", name, in.Name)},
				probe{in.Regions[j], text, fmt.Sprintf("The region of %q, for input %q,", name, in.Name)})
		}
		probes = append(probes, probe{in.UpdatedAt, text, fmt.Sprintf("updated_at of input %q", in.Name)},
			probe{in.OccurredAt, text, fmt.Sprintf("occurred_at of input %q", in.Name)}, probe{in.Deleted, text, fmt.Sprintf("deleted of input %q", in.Name)})
		for _, p := range probes {
			if p.expr.Value == "" {
				continue
			}
			if _, failed := c.number("probe", map[string]any{"Expr": p.expr, "Type": p.as, "From": views[i]}); warehouse.IsReason(failed, warehouse.BadValue) {
				return c.mistaken(failed, p.expr, p.what)
			}
		}
	}
	return err
}
