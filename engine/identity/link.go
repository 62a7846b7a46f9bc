package identity

import (
	"fmt"
	"iter"
	"strconv"
	"strings"

	"github.com/apache/arrow-go/v18/arrow"
	"github.com/apache/arrow-go/v18/arrow/array"
	"github.com/apache/arrow-go/v18/arrow/memory"
	"github.com/cdp-engine/cdp/engine/sqlgen"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// pairCap is how many records of one value are compared one by one; a value of more is treated as a hub.
const pairCap = 200

// link joins records into clusters. All edges are joined at once first: where no cluster breaks a constraint, their order
// does not matter. Clusters that break one are taken apart and joined again edge by edge.
func (c *computation) link() error {
	u := newUnions(c.size)
	if err := c.prepareRules(); err != nil {
		return err
	}
	if err := c.joinAll(u); err != nil {
		return err
	}
	c.label = u.flatten()
	if err := c.loadLabels(); err != nil {
		return err
	}
	redone, err := c.constrain()
	if err != nil {
		return err
	}
	left, err := c.leaveOut()
	if err != nil || !redone && !left {
		return err
	}
	return c.loadLabels()
}

// prepareRules makes the tables of rules that are more than "same value of one identifier".
func (c *computation) prepareRules() error {
	for n, r := range c.spec.Rules {
		if r.Plain() {
			continue
		}
		aliases := make([]string, len(r.On))
		names := make([]string, len(r.On))
		for i, id := range r.On {
			aliases[i], names[i] = "v"+strconv.Itoa(i), c.spec.Identifiers[id].Name
		}
		data := map[string]any{"On": r.On, "Aliases": aliases, "Out": c.keys(n), "Keys": c.keys(n), "Where": r.Where, "Rule": r.Name, "Names": strings.Join(names, "+")}
		template := "single"
		if len(r.On) > 1 {
			template = "combined"
		}
		if _, err := c.run(template, data); err != nil {
			return err
		}
		if r.Where.Value == "" {
			continue
		}
		data["Out"] = c.pairs(n)
		if _, err := c.run("pairs", data); err != nil {
			return c.mistaken(err, r.Where, fmt.Sprintf("The condition of rule %q", r.Name))
		}
		hubs := c.work("hubs." + strconv.Itoa(n))
		data["Out"] = hubs
		if _, err := c.run("hubs", data); err != nil {
			return err
		}
		c.rejected = append(c.rejected, hubs)
	}
	return nil
}

func (c *computation) keys(rule int) sqlgen.Relation  { return c.work("keys." + strconv.Itoa(rule)) }
func (c *computation) pairs(rule int) sqlgen.Relation { return c.work("pairs." + strconv.Itoa(rule)) }

// plain are the identifiers that link on their own.
func (c *computation) plain() []int {
	var on []int
	seen := map[int]bool{}
	for _, r := range c.spec.Rules {
		if r.Plain() && !seen[r.On[0]] {
			seen[r.On[0]] = true
			on = append(on, r.On[0])
		}
	}
	return on
}

// joinAll reads every edge of every rule.
func (c *computation) joinAll(u *unions) error {
	if on := c.plain(); len(on) > 0 {
		if err := c.join(u, "edges", map[string]any{"On": on}); err != nil {
			return err
		}
	}
	for n, r := range c.spec.Rules {
		var err error
		switch {
		case r.Plain():
		case r.Where.Value != "":
			err = c.join(u, "pair_edges", map[string]any{"Pairs": c.pairs(n)})
		default:
			err = c.join(u, "combined_edges", map[string]any{"Keys": c.keys(n)})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *computation) join(u *unions, name string, extra map[string]any) error {
	return c.batches(name, extra, func(b arrow.RecordBatch) error {
		from, to := b.Column(0).(*array.Int32).Int32Values(), b.Column(1).(*array.Int32).Int32Values()
		for i := range from {
			u.join(from[i], to[i])
		}
		return nil
	})
}

// batches calls fn for every batch of a large result.
func (c *computation) batches(name string, extra map[string]any, fn func(arrow.RecordBatch) error) error {
	reader, err := statements.Read(c.ctx, c.env.Store, name, c.known(extra))
	if err != nil {
		return err
	}
	defer reader.Release()
	for reader.Next() {
		if err := fn(reader.RecordBatch()); err != nil {
			return err
		}
	}
	if err := reader.Err(); err != nil {
		return fmt.Errorf("reading %s: %w", name, err)
	}
	return nil
}

var labelSchema = arrow.NewSchema([]arrow.Field{{Name: "rid", Type: arrow.PrimitiveTypes.Int32}, {Name: "label", Type: arrow.PrimitiveTypes.Int32}}, nil)

// labelBatch is how many rows go into one batch: a row group of the embedded engine.
const labelBatch = 122_880

// loadLabels writes the clusters: record and label. Records of no customer are left out.
func (c *computation) loadLabels() error {
	return c.load("labels", labelSchema, func(yield func(arrow.RecordBatch, error) bool) {
		rids, labels := array.NewInt32Builder(memory.DefaultAllocator), array.NewInt32Builder(memory.DefaultAllocator)
		defer rids.Release()
		defer labels.Release()
		for from := 0; from < len(c.label); from += labelBatch {
			to := min(from+labelBatch, len(c.label))
			rids.Reserve(to - from)
			labels.Reserve(to - from)
			for i := from; i < to; i++ {
				if c.label[i] >= 0 {
					rids.UnsafeAppend(int32(i))
					labels.UnsafeAppend(c.label[i])
				}
			}
			if !yield(newBatch(labelSchema, rids.NewArray(), labels.NewArray()), nil) {
				return
			}
		}
	})
}

// newBatch makes a batch of columns and gives up the columns.
func newBatch(s *arrow.Schema, columns ...arrow.Array) arrow.RecordBatch {
	batch := array.NewRecordBatch(s, columns, int64(columns[0].Len()))
	for _, col := range columns {
		col.Release()
	}
	return batch
}

// load makes a working table of batches.
func (c *computation) load(name string, s *arrow.Schema, batches iter.Seq2[arrow.RecordBatch, error]) error {
	reader := array.ReaderFromIter(s, batches)
	defer reader.Release()
	if _, err := c.env.Store.Load(c.ctx, c.work(name), reader); err != nil {
		return fmt.Errorf("loading %s: %w", name, err)
	}
	return nil
}

// star is a rule without a condition in the template of the order.
type star struct {
	Rule, Kind int // Kind: the identifier, or above all identifiers for a rule with several
	Keys       sqlgen.Relation
	Values     bool // the keys are the identifier's values
}

type pairRule struct {
	Rule int
	From sqlgen.Relation
}

// constrain finds clusters with two values of a unique identifier and resolves them in order. It reports whether there
// were any.
func (c *computation) constrain() (bool, error) {
	if len(c.spec.uniques()) == 0 {
		return false, nil
	}
	if _, err := c.run("contested", nil); err != nil {
		return false, err
	}
	if n, err := c.number("count", map[string]any{"From": c.data["Contested"]}); err != nil || n == 0 {
		return false, err
	}
	var stars []star
	var pairs []pairRule
	for n, r := range c.spec.Rules {
		switch {
		case r.Where.Value != "":
			pairs = append(pairs, pairRule{n, c.pairs(n)})
		case r.Plain():
			stars = append(stars, star{Rule: n, Kind: r.On[0], Values: true})
		default:
			stars = append(stars, star{Rule: n, Kind: len(c.spec.Identifiers) + n, Keys: c.keys(n)})
		}
	}
	if _, err := c.run("order", map[string]any{"Stars": stars, "Pairs": pairs}); err != nil {
		return false, err
	}
	if _, err := c.run("claims", nil); err != nil {
		return false, err
	}
	return true, c.resolve()
}

// resolve joins the contested records again, in order, and relabels them.
func (c *computation) resolve() error {
	var crowd []int32
	local := map[int32]int32{}
	err := c.batches("crowd", nil, func(b arrow.RecordBatch) error {
		for _, rid := range b.Column(0).(*array.Int32).Int32Values() {
			local[rid] = int32(len(crowd))
			crowd = append(crowd, rid)
		}
		return nil
	})
	if err != nil {
		return err
	}
	nodes, err := c.number("nodes", nil)
	if err != nil {
		return err
	}
	k := newConstrained(len(crowd)+int(nodes)+1, len(c.spec.uniques()))
	own, err := c.claimAll(k, local)
	if err != nil {
		return err
	}
	err = c.each("ordered", nil, func(r warehouse.Row) error {
		seq, rid, other, node := cell(r[0]), local[cell(r[1])], cell(r[2]), cell(r[3])
		if rejected, ok := own[ownKey{rid, node}]; ok {
			rejected.seq = seq
			k.cuts = append(k.cuts, rejected)
			return nil
		}
		if other >= 0 {
			k.join(seq, rid, local[other])
		} else {
			k.join(seq, rid, int32(len(crowd))+node)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for i, first := range k.labels(len(crowd)) {
		c.label[crowd[i]] = crowd[first]
	}
	return c.loadCuts(k.cuts)
}

// ownKey is a record and a value of it that it may not have, because it has another of the same unique identifier.
type ownKey struct{ rid, node int32 }

// claimAll tells the kernel who has which value of a unique identifier.
func (c *computation) claimAll(k *constrained, local map[int32]int32) (map[ownKey]cut, error) {
	unique := map[int32]int{}
	for i, id := range c.spec.uniques() {
		unique[int32(id)] = i
	}
	nodeOf := map[int32]int32{} // of a value's number
	own := map[ownKey]cut{}
	err := c.each("claimed", nil, func(r warehouse.Row) error {
		rid, u, number, node := cell(r[0]), unique[cell(r[1])], cell(r[2]), cell(r[3])
		if rid < 0 {
			nodeOf[number] = node
			k.claim(int32(len(local))+node, u, number)
			return nil
		}
		if at := local[rid]; !k.claim(at, u, number) {
			if n, ok := nodeOf[number]; ok {
				first := k.unique[u][at]
				own[ownKey{at, n}] = cut{identifier: u, left: min(first, number), right: max(first, number)}
			}
		}
		return nil
	})
	return own, err
}

func cell(v any) int32 {
	n, _ := warehouse.Int(v)
	return int32(n)
}

var cutSchema = arrow.NewSchema([]arrow.Field{
	{Name: "seq", Type: arrow.PrimitiveTypes.Int32}, {Name: "identifier", Type: arrow.PrimitiveTypes.Int32},
	{Name: "left", Type: arrow.PrimitiveTypes.Int32}, {Name: "right", Type: arrow.PrimitiveTypes.Int32},
}, nil)

// loadCuts writes the refused edges and lists them for rejections.
func (c *computation) loadCuts(cuts []cut) error {
	uniques := c.spec.uniques()
	err := c.load("cuts", cutSchema, func(yield func(arrow.RecordBatch, error) bool) {
		b := array.NewRecordBuilder(memory.DefaultAllocator, cutSchema)
		defer b.Release()
		for _, one := range cuts {
			for i, v := range []int32{one.seq, int32(uniques[one.identifier]), one.left, one.right} {
				b.Field(i).(*array.Int32Builder).Append(v)
			}
		}
		yield(b.NewRecordBatch(), nil)
	})
	if err != nil {
		return err
	}
	type ruleNames struct{ Name, Identifiers string }
	var rules []ruleNames
	for _, r := range c.spec.Rules {
		var names []string
		for _, id := range r.On {
			names = append(names, c.spec.Identifiers[id].Name)
		}
		rules = append(rules, ruleNames{r.Name, strings.Join(names, "+")})
	}
	if _, err := c.run("cut_links", map[string]any{"Rules": rules}); err != nil {
		return err
	}
	c.rejected = append(c.rejected, c.work("cut"))
	return nil
}

// leaveOut takes out clusters that only inputs with creates = false have records in. It reports whether there were any.
func (c *computation) leaveOut() (bool, error) {
	makes, all := c.makers()
	if all {
		return false, nil
	}
	makers := make([]bool, c.size)
	err := c.batches("anchors", nil, func(b arrow.RecordBatch) error {
		rids, places := b.Column(0).(*array.Int32).Int32Values(), b.Column(1).(*array.Int32).Int32Values()
		for i, rid := range rids {
			if makes[places[i]] {
				makers[c.label[rid]] = true
			}
		}
		return nil
	})
	if err != nil {
		return false, err
	}
	for rid, l := range c.label {
		if !makers[l] {
			c.label[rid] = -1
		}
	}
	return true, nil
}

// makers says, by place of the input, whether its records make customers, and whether all do.
func (c *computation) makers() (makes []bool, all bool) {
	makes, all = make([]bool, len(c.spec.Inputs)), true
	for _, in := range c.spec.Inputs {
		makes[in.Place] = in.Creates
		all = all && in.Creates
	}
	return makes, all
}
