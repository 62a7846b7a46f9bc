package activation

import (
	"context"
	"encoding/json"

	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/cdp-engine/cdp/engine/state"
	"github.com/cdp-engine/cdp/engine/warehouse"
	"github.com/cdp-engine/cdp/plugins/schema"
	"github.com/cdp-engine/cdp/plugins/wire"
)

// ReadbackError is a destination that could not be asked what it has.
type ReadbackError struct{ Err error }

func (e *ReadbackError) Error() string {
	return "the tool could not be asked what it has: " + e.Err.Error()
}
func (e *ReadbackError) Unwrap() error { return e.Err }

// heldElse is what is held of an adopted record that is not as we want it: no fingerprint of ours.
const heldElse = "adopted"

// adopt makes the records that a tool has already ours on a sync's first run, where their key is wanted: those that are as
// wanted need nothing, the others are changed. What else the tool has is not ours.
func (c *computation) adopt() error {
	if c.spec.Sync.Import != "readback" || c.total.known > 0 || c.env.Readback == nil {
		return nil
	}
	found, err := c.theirs()
	if err != nil {
		return err
	}
	adopted, err := c.asWanted(found)
	if err != nil || len(adopted) == 0 {
		return err
	}
	c.result.Adopted = int64(len(adopted))
	batch := textBatch(adoptedSchema, func(add func(...string)) {
		for id, same := range adopted {
			if same {
				add(id, "yes")
			} else {
				add(id, "")
			}
		}
	})
	defer batch.Release()
	if err := load(c.ctx, c.env.Store, c.spec.work("adopted"), adoptedSchema, batch); err != nil {
		return err
	}
	if err := c.run("adopted"); err != nil {
		return err
	}
	c.adopted = true
	rows, err := c.rows("totals") // the ledger has rows now
	if err != nil {
		return err
	}
	c.total.held, _ = warehouse.Int(rows[0][3])
	c.total.known, _ = warehouse.Int(rows[0][4])
	return nil
}

var adoptedSchema = textSchema("id", "same")

// theirs are the fields of the records the tool has, by key.
func (c *computation) theirs() (map[string]json.RawMessage, error) {
	found := map[string]json.RawMessage{}
	req := wire.ReadbackRequest{Object: c.spec.Sync.Object, Key: c.spec.wireKey(), Fields: c.spec.wireFields()}
	err := c.env.Readback(c.ctx, req, func(r wire.ReadbackRecord) error {
		found[canonicalKey(r.ID)] = append(json.RawMessage{}, r.Fields...)
		return nil
	})
	if err != nil {
		return nil, &ReadbackError{err}
	}
	return found, nil
}

// asWanted tells of each wanted record that the tool has whether it is as wanted.
func (c *computation) asWanted(found map[string]json.RawMessage) (map[string]bool, error) {
	reader, err := statements.Read(c.ctx, c.env.Store, "whole", c.view())
	if err != nil {
		return nil, err
	}
	adopted := map[string]bool{}
	return adopted, c.compareTheirs(reader, found, adopted)
}

func (c *computation) compareTheirs(reader array.RecordReader, found map[string]json.RawMessage, adopted map[string]bool) error {
	spec := c.spec
	spec.Leave = nil // nobody leaves
	cut := newCutter(&spec, reader)
	defer cut.close()
	for {
		b, err := cut.next(c.ctx)
		if err != nil || b == nil {
			return err
		}
		for i, id := range b.ids {
			if have, there := found[canonicalKey(id)]; there {
				adopted[id] = c.spec.fieldsSame(b, i, have)
			}
		}
	}
}

// fieldsSame compares the fields of a sync with those a tool shows. A null that leaves what the tool has says nothing; a
// field that the tool does not show proves nothing.
func (s *Spec) fieldsSame(b *batch, i int, have json.RawMessage) bool {
	var fields map[string]any
	if jsonDecoder(have).Decode(&fields) != nil {
		return false
	}
	for n, f := range s.Fields {
		wanted := warehouse.Cell(b.record.Column(3+len(s.Key)+n), i)
		value, shown := fields[f.Name]
		switch {
		case wanted == nil && f.Null != "clear":
		case wanted == nil && !shown: // a tool may leave out what is empty
		case !shown || !(sameValue(wanted, value, f.Type) || numberAsText(wanted, value, f.Type)):
			return false
		}
	}
	return true
}

// numberAsText reports whether a tool keeps as a number what we send as text, and it is the same one.
func numberAsText(wanted, have any, t schema.Type) bool {
	_, number := have.(json.Number)
	return number && t.Kind == schema.String && sameNumber(wanted, have)
}

// publishAdopted are the ledger's rows of adopted records that need nothing: the others are among the operations.
func publishAdopted(ctx context.Context, store warehouse.Store, spec *Spec, v *view) (warehouse.Delta, error) {
	err := statements.Do(ctx, store, v, "publish_adopted")
	return warehouse.Delta{Table: state.Ledger, Insert: spec.delta("adopted")}, err
}
