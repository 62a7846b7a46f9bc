package identity

import (
	"bytes"
	"iter"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// name gives every cluster its id: one it had before, or a new one from its anchor record.
func (c *computation) name() error {
	has := newBits(c.size)
	if !c.first {
		if err := c.inherit(); err != nil {
			return err
		}
		err := c.batches("named", nil, func(b arrow.RecordBatch) error {
			for _, l := range b.Column(0).(*array.Int32).Int32Values() {
				has.set(l)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	if err := c.load("fresh", idSchema, c.newIDs("anchors", nil, has, 0)); err != nil {
		return err
	}
	if c.first {
		_, err := c.run("first_ids", nil)
		return err
	}
	if err := c.rename(); err != nil {
		return err
	}
	return c.runAll("ids", "ended", "parted", "links", "reasons", "losses")
}

// bits is a set of record numbers.
type bits []uint64

func newBits(n int) bits        { return make(bits, (n+63)/64) }
func (b bits) set(i int32)      { b[i>>6] |= 1 << (i & 63) }
func (b bits) has(i int32) bool { return b[i>>6]&(1<<(i&63)) != 0 }

var idSchema = arrow.NewSchema([]arrow.Field{{Name: "label", Type: arrow.PrimitiveTypes.Int32}, {Name: "id", Type: arrow.BinaryTypes.String}}, nil)

// newIDs streams label and new id of every cluster that has none, from a step that reads rid, place and key of records.
// The ids of records that are alone are written as they are read; a cluster waits for its smallest record.
func (c *computation) newIDs(step string, extra map[string]any, skip bits, n int) iter.Seq2[arrow.RecordBatch, error] {
	return func(yield func(arrow.RecordBatch, error) bool) {
		out := newIDWriter(c, n, yield)
		defer out.free()
		several := c.several()
		waiting := newAnchors(c.size)
		makes, _ := c.makers()
		err := c.batches(step, extra, func(b arrow.RecordBatch) error {
			rids, places, keys := b.Column(0).(*array.Int32).Int32Values(), b.Column(1).(*array.Int32).Int32Values(), b.Column(2).(texts)
			for i, rid := range rids {
				label := c.label[rid]
				if label < 0 || skip.has(label) || !makes[places[i]] {
					continue
				}
				if several.has(label) {
					waiting.offer(label, places[i], keys.Value(i))
				} else {
					out.add(label, places[i], keys.Value(i))
				}
			}
			return out.err
		})
		if err == nil {
			waiting.each(out.add)
			out.flush()
		}
		if err != nil && err != errStopped {
			yield(nil, err)
		}
	}
}

// several marks the clusters of more than one record.
func (c *computation) several() bits {
	marks := newBits(c.size)
	for rid, l := range c.label {
		if l >= 0 && l != int32(rid) {
			marks.set(l)
		}
	}
	return marks
}

// anchors keeps the smallest input and key of each cluster. Keys lie end to end in one buffer.
type anchors struct {
	at     []int32 // by label: one more than its place in the lists below
	labels []int32
	places []int32
	starts []int
	sizes  []int32
	keys   []byte
}

func newAnchors(n int) *anchors { return &anchors{at: make([]int32, n)} }

func (a *anchors) offer(label, place int32, key string) {
	i := a.at[label] - 1
	if i < 0 {
		a.labels, a.places = append(a.labels, label), append(a.places, place)
		a.starts, a.sizes = append(a.starts, len(a.keys)), append(a.sizes, int32(len(key)))
		a.keys = append(a.keys, key...)
		a.at[label] = int32(len(a.labels))
		return
	}
	have := a.keys[a.starts[i] : a.starts[i]+int(a.sizes[i])]
	if place > a.places[i] || place == a.places[i] && key >= string(have) {
		return
	}
	a.places[i] = place
	if len(key) <= len(have) {
		copy(have, key)
	} else {
		a.starts[i] = len(a.keys)
		a.keys = append(a.keys, key...)
	}
	a.sizes[i] = int32(len(key))
}

func (a *anchors) each(fn func(label, place int32, key string)) {
	for i, label := range a.labels {
		fn(label, a.places[i], string(a.keys[a.starts[i]:a.starts[i]+int(a.sizes[i])]))
	}
}

// idWriter builds batches of label and id.
type idWriter struct {
	prefix string
	inputs []string // by place
	nth    int
	labels *array.Int32Builder
	ids    *array.StringBuilder
	yield  func(arrow.RecordBatch, error) bool
	buffer []byte
	err    error
}

type stopped struct{}

func (stopped) Error() string { return "stopped reading" }

var errStopped = stopped{}

func newIDWriter(c *computation, n int, yield func(arrow.RecordBatch, error) bool) *idWriter {
	w := &idWriter{prefix: c.spec.Prefix, inputs: make([]string, len(c.spec.Inputs)), nth: n, yield: yield,
		labels: array.NewInt32Builder(memory.DefaultAllocator), ids: array.NewStringBuilder(memory.DefaultAllocator)}
	for _, in := range c.spec.Inputs {
		w.inputs[in.Place] = in.Name
	}
	return w
}

func (w *idWriter) add(label, place int32, key string) {
	w.buffer = appendID(w.buffer[:0], w.prefix, w.inputs[place], []byte(key), w.nth)
	w.labels.Append(label)
	w.ids.BinaryBuilder.Append(w.buffer)
	if w.labels.Len() >= labelBatch {
		w.flush()
	}
}

func (w *idWriter) flush() {
	if w.labels.Len() == 0 || w.err != nil {
		return
	}
	if !w.yield(newBatch(idSchema, w.labels.NewArray(), w.ids.NewArray()), nil) {
		w.err = errStopped
	}
}

func (w *idWriter) free() {
	w.labels.Release()
	w.ids.Release()
}

// rename gives other ids to clusters whose new id was given out before.
func (c *computation) rename() error {
	for n := 1; ; n++ {
		again := map[int32]bool{}
		for _, step := range []string{"taken", "twins"} {
			err := c.each(step, nil, func(r warehouse.Row) error {
				again[cell(r[0])] = true
				return nil
			})
			if err != nil {
				return err
			}
		}
		if len(again) == 0 {
			return nil
		}
		if err := c.nextIDs(again, n); err != nil {
			return err
		}
	}
}

// nextIDs replaces the ids of some clusters by the n-th of their anchors.
func (c *computation) nextIDs(again map[int32]bool, n int) error {
	labels := make([]int32, 0, len(again))
	for l := range again {
		labels = append(labels, l)
	}
	slices.Sort(labels)
	one := arrow.NewSchema(labelSchema.Fields()[1:], nil)
	err := c.load("renamed", one, func(yield func(arrow.RecordBatch, error) bool) {
		b := array.NewInt32Builder(memory.DefaultAllocator)
		defer b.Release()
		b.AppendValues(labels, nil)
		yield(newBatch(one, b.NewArray()), nil)
	})
	if err != nil {
		return err
	}
	if err := c.load("next", idSchema, c.newIDs("anchors_of", nil, newBits(c.size), n)); err != nil {
		return err
	}
	return c.runAll("unname", "rename")
}

// compareAnchors orders records by input and key.
func compareAnchors(placeA int32, keyA []byte, placeB int32, keyB []byte) int {
	if placeA != placeB {
		return int(placeA - placeB)
	}
	return bytes.Compare(keyA, keyB)
}
