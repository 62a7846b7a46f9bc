package wire

import (
	"fmt"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/cdp-engine/cdp/plugins/schema"
)

// The columns of OpBatch.Record that are not the user's, and what goes before those that are.
const (
	OpID         = "id"
	OpCustomerID = "customer_id"
	OpPresent    = "present"
	KeyPrefix    = "key."
	FieldPrefix  = "field."
)

// OpSchema is the Arrow schema of all batches of one writing.
func OpSchema(req WriteRequest) *arrow.Schema {
	columns := []schema.Column{
		{Name: OpID, Type: schema.Type{Kind: schema.String}},
		{Name: OpCustomerID, Type: schema.Type{Kind: schema.String}},
		{Name: OpPresent, Type: schema.Type{Kind: schema.Bytes}},
	}
	for _, c := range req.Key {
		columns = append(columns, schema.Column{Name: KeyPrefix + c.Name, Type: c.Type})
	}
	for _, c := range req.Fields {
		columns = append(columns, schema.Column{Name: FieldPrefix + c.Name, Type: c.Type})
	}
	return schema.ArrowSchema(columns)
}

// SameTypes says how got differs from want in number, names or types of columns; nil if it does not.
func SameTypes(want, got *arrow.Schema) error {
	if want.NumFields() != got.NumFields() {
		return fmt.Errorf("a batch has %d columns, not %d", got.NumFields(), want.NumFields())
	}
	for i, f := range want.Fields() {
		have := got.Field(i)
		if have.Name != f.Name {
			return fmt.Errorf("column %d of a batch is %q, not %q", i+1, have.Name, f.Name)
		}
		if !arrow.TypeEqual(have.Type, f.Type) {
			return fmt.Errorf("column %q of a batch is %s, not %s", f.Name, have.Type, f.Type)
		}
	}
	return nil
}
