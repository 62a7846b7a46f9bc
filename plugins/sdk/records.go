package sdk

import (
	"fmt"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// Records are the operations of a batch, one by one. Fields that `present` does not carry are left out.
func Records(batch arrow.RecordBatch) ([]Record, error) {
	if batch.NumCols() < 3 {
		return nil, fmt.Errorf("a batch has %d columns; it needs id, customer_id and present", batch.NumCols())
	}
	ids, ok1 := batch.Column(0).(*array.String)
	customers, ok2 := batch.Column(1).(*array.String)
	present, ok3 := batch.Column(2).(*array.Binary)
	if !ok1 || !ok2 || !ok3 {
		return nil, fmt.Errorf("a batch does not begin with id, customer_id and present")
	}
	keys, fields := opColumns(batch)
	out := make([]Record, batch.NumRows())
	for row := range out {
		r := &out[row]
		r.ID = strings.Clone(ids.Value(row))
		if !customers.IsNull(row) {
			r.CustomerID = strings.Clone(customers.Value(row))
		}
		r.Key = make([]Field, len(keys))
		for i, k := range keys {
			r.Key[i] = k.field(batch, row)
		}
		r.Fields = make([]Field, 0, len(fields))
		for i, f := range fields {
			if present.IsNull(row) || carried(present.Value(row), i) {
				r.Fields = append(r.Fields, f.field(batch, row))
			}
		}
	}
	return out, nil
}

// carried says whether bit i is set, lowest bit of the first byte first.
func carried(bits []byte, i int) bool {
	return i/8 < len(bits) && bits[i/8]&(1<<(i%8)) != 0
}

// opColumn is a key or field column of a batch.
type opColumn struct {
	index int
	name  string
	typ   schema.Type
}

func (c opColumn) field(batch arrow.RecordBatch, row int) Field {
	return Field{Name: c.name, Type: c.typ, Value: arrowValue(batch.Column(c.index), c.typ, row)}
}

func opColumns(batch arrow.RecordBatch) (keys, fields []opColumn) {
	for i, f := range batch.Schema().Fields()[3:] {
		c, _ := schema.FromArrowField(f)
		if name, ok := strings.CutPrefix(c.Name, wire.KeyPrefix); ok {
			keys = append(keys, opColumn{i + 3, name, c.Type})
		} else if name, ok := strings.CutPrefix(c.Name, wire.FieldPrefix); ok {
			fields = append(fields, opColumn{i + 3, name, c.Type})
		}
	}
	return keys, fields
}
