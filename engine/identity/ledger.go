package identity

import (
	"cmp"
	"slices"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// candidate is an old id that shares members with a cluster.
type candidate struct {
	label   int32
	id      string
	records int64  // shared members
	of      int64  // members the id had
	since   string // run that created it
	first   string // smallest shared member
}

// claimant is a retired id that may come back to a cluster.
type claimant struct {
	label   int32
	id      string
	records int64
}

// named is a cluster with its id; how is "kept" or "resurrected".
type named struct {
	label int32
	id    string
	how   string
}

// inherit finds which clusters go on with an old id. Most have all members of one old id and nobody else's: SQL does
// those. The others are decided here.
func (c *computation) inherit() error {
	if err := c.runAll("overlap", "old", "returns", "disputed", "kept"); err != nil {
		return err
	}
	var candidates []candidate
	err := c.each("candidates", nil, func(r warehouse.Row) error {
		records, _ := warehouse.Int(r[2])
		of, _ := warehouse.Int(r[3])
		candidates = append(candidates, candidate{cell(r[0]), warehouse.Text(r[1]), records, of, warehouse.Text(r[4]), warehouse.Text(r[5])})
		return nil
	})
	if err != nil {
		return err
	}
	returning, err := c.returning()
	if err != nil {
		return err
	}
	sizes := map[int32]int64{}
	err = c.each("sizes", nil, func(r warehouse.Row) error {
		sizes[cell(r[0])], _ = warehouse.Int(r[1])
		return nil
	})
	if err != nil {
		return err
	}
	decided := comeBack(returning)
	decided = append(decided, inheritance(candidates, decided, sizes, c.spec.Identity.Survivor == "largest")...)
	return c.load("decided", decidedSchema, decidedBatch(decided))
}

var decidedSchema = arrow.NewSchema([]arrow.Field{
	{Name: "label", Type: arrow.PrimitiveTypes.Int32}, {Name: "id", Type: arrow.BinaryTypes.String}, {Name: "how", Type: arrow.BinaryTypes.String}}, nil)

func decidedBatch(all []named) func(func(arrow.RecordBatch, error) bool) {
	return func(yield func(arrow.RecordBatch, error) bool) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, decidedSchema)
		defer b.Release()
		for _, d := range all {
			b.Field(0).(*array.Int32Builder).Append(d.label)
			b.Field(1).(*array.StringBuilder).Append(d.id)
			b.Field(2).(*array.StringBuilder).Append(d.how)
		}
		yield(b.NewRecordBatch(), nil)
	}
}

// returning reads the retired ids that may come back: those that lie in a cluster where no living id is at home.
func (c *computation) returning() ([]claimant, error) {
	var all []claimant
	err := c.each("returning", nil, func(r warehouse.Row) error {
		records, _ := warehouse.Int(r[2])
		all = append(all, claimant{cell(r[0]), warehouse.Text(r[1]), records})
		return nil
	})
	if err != nil || len(all) == 0 {
		return nil, err
	}
	homes, err := c.homes()
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(all, func(r claimant) bool { return homes[r.label] }), nil
}

// homes are the clusters that hold the anchor of a living id: the record its id was made of; if that is gone, the
// smallest of its members that did not come to it with an id that was merged into it.
func (c *computation) homes() (map[int32]bool, error) {
	type home struct {
		label, place int32
		key          []byte
		maker        bool
	}
	inputs := make([]string, len(c.spec.Inputs))
	for _, in := range c.spec.Inputs {
		inputs[in.Place] = in.Name
	}
	found := map[string]*home{}
	var buffer []byte
	err := c.each("homes", nil, func(r warehouse.Row) error {
		id, now := warehouse.Text(r[1]), home{label: cell(r[0]), place: cell(r[2]), key: []byte(warehouse.Text(r[3]))}
		buffer = appendID(buffer[:0], c.spec.Prefix, inputs[now.place], now.key, 0)
		now.maker = string(buffer) == id
		if lent := cell(r[4]) == 1; lent && !now.maker {
			return nil
		}
		have := found[id]
		if have == nil || now.maker || !have.maker && compareAnchors(now.place, now.key, have.place, have.key) < 0 {
			found[id] = &now
		}
		return nil
	})
	homes := map[int32]bool{}
	for _, h := range found {
		homes[h.label] = true
	}
	return homes, err
}

// comeBack lets retired ids back: of several that claim one cluster, the one with most members in it.
func comeBack(claims []claimant) []named {
	slices.SortFunc(claims, func(a, b claimant) int {
		return cmp.Or(cmp.Compare(a.label, b.label), cmp.Compare(b.records, a.records), cmp.Compare(a.id, b.id))
	})
	var out []named
	for i, r := range claims {
		if i == 0 || claims[i-1].label != r.label {
			out = append(out, named{r.label, r.id, "resurrected"})
		}
	}
	return out
}

// inheritance decides which old id each cluster goes on with. Every id asks for the cluster with most of its members,
// and for the next when it is refused. A cluster takes ids for which it is the first choice before others; among those
// the oldest (or, if the user says so, the one with most members in it). taken are clusters that have an id already.
func inheritance(all []candidate, taken []named, sizes map[int32]int64, largest bool) []named {
	full := map[int32]bool{}
	for _, t := range taken {
		full[t.label] = true
	}
	wishes := map[string][]candidate{}
	for _, o := range all {
		if !full[o.label] {
			wishes[o.id] = append(wishes[o.id], o)
		}
	}
	var asking []string
	for id, list := range wishes {
		asking = append(asking, id)
		slices.SortFunc(list, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(b.records, a.records), cmp.Compare(sizes[b.label], sizes[a.label]), cmp.Compare(a.first, b.first))
		})
	}
	slices.Sort(asking)
	type holder struct {
		candidate
		choice int
	}
	held := map[int32]holder{}
	asked := map[string]int{}
	for len(asking) > 0 {
		id := asking[len(asking)-1]
		asking = asking[:len(asking)-1]
		n := asked[id]
		if n >= len(wishes[id]) {
			continue
		}
		asked[id]++
		mine := holder{wishes[id][n], n}
		theirs, occupied := held[mine.label]
		switch {
		case !occupied:
			held[mine.label] = mine
		case mine.choice > 0 && theirs.choice == 0:
			asking = append(asking, id)
		case theirs.choice > 0 && mine.choice == 0, survives(mine.candidate, theirs.candidate, largest) < 0:
			held[mine.label] = mine
			asking = append(asking, theirs.id)
		default:
			asking = append(asking, id)
		}
	}
	out := make([]named, 0, len(held))
	for label, h := range held {
		out = append(out, named{label, h.id, "kept"})
	}
	slices.SortFunc(out, func(a, b named) int { return cmp.Compare(a.label, b.label) })
	return out
}

// survives orders two ids that want one cluster: the one that stays comes first. An id whose beginning nobody knows is
// younger than any.
func survives(a, b candidate, largest bool) int {
	age := cmp.Compare(a.since, b.since)
	if a.since == "" || b.since == "" {
		age = -age
	}
	rest := cmp.Or(cmp.Compare(b.of, a.of), cmp.Compare(a.id, b.id))
	if largest {
		return cmp.Or(cmp.Compare(b.records, a.records), cmp.Compare(b.of, a.of), age, rest)
	}
	return cmp.Or(age, cmp.Compare(b.records, a.records), rest)
}
