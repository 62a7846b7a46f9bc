package identity

import (
	"fmt"

	"github.com/cdp-engine/cdp/engine/guard"
	"github.com/cdp-engine/cdp/engine/warehouse"
)

// largeCluster is how many records of one customer are worth a warning where no limit is set.
const largeCluster = 1000

// judge counts, and holds the counts against guards and asserts.
func (c *computation) judge() error {
	if err := c.count(); err != nil {
		return err
	}
	n, address := c.result.Counts, c.spec.Identity.Addr.String()
	said := c.spec.Identity.Guards
	if l, ok := guard.Of("max_cluster_size", said); ok {
		v := guard.Count(l, address, n.LargestCluster)
		v.Detail = fmt.Sprintf("the largest customer has %d records", n.LargestCluster)
		c.result.Verdicts = append(c.result.Verdicts, v)
	} else if n.LargestCluster > largeCluster {
		c.result.Verdicts = append(c.result.Verdicts, guard.Verdict{Name: "max_cluster_size", Address: address, Status: guard.Warned,
			Value: float64(n.LargestCluster), Limit: largeCluster, Rows: n.LargestCluster, Detail: fmt.Sprintf("the largest customer has %d records", n.LargestCluster)})
	}
	if l, ok := guard.Of("max_merge_size", said); ok {
		v := guard.Count(l, address, n.LargestMerge)
		v.Detail = fmt.Sprintf("the largest merge joins %d customers", n.LargestMerge)
		c.result.Verdicts = append(c.result.Verdicts, v)
	}
	if l, ok := guard.Of("max_churn", said); ok && !c.first {
		before, err := c.number("count", map[string]any{"From": c.set.Members.Was()})
		if err != nil {
			return err
		}
		v := guard.Ratio(l, address, n.Moved, before)
		v.Detail = fmt.Sprintf("%d of %d records get another customer id", n.Moved, before)
		c.result.Verdicts = append(c.result.Verdicts, v)
	}
	return c.asserts(address)
}

// count fills the counts and the largest merges and splits.
func (c *computation) count() error {
	n := &c.result.Counts
	var err error
	n.LargestCluster, _ = c.sizes()
	if n.Records, err = c.number("count", map[string]any{"From": c.data["Raw"]}); err != nil {
		return err
	}
	if n.Cut, err = c.number("count", map[string]any{"From": c.data["Rejections"]}); err != nil {
		return err
	}
	if c.first {
		n.Profiles, err = c.number("count", map[string]any{"From": c.data["IDs"]})
		n.Created = n.Profiles
		return err
	}
	err = c.each("counts", nil, func(r warehouse.Row) error {
		for i, to := range []*int64{&n.Profiles, &n.Created, &n.Merged, &n.Split, &n.Retired, &n.Resurrected, &n.Before, nil, &n.Moved} {
			if to != nil {
				*to, _ = warehouse.Int(r[i])
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, kind := range []string{"merge", "split"} {
		err := c.each(kind+"s", nil, func(r warehouse.Row) error {
			change := Change{Kind: kind, Reason: warehouse.Text(r[2])}
			change.Customers, _ = warehouse.Int(r[0])
			change.Records, _ = warehouse.Int(r[1])
			c.result.Largest = append(c.result.Largest, change)
			if kind == "merge" {
				n.LargestMerge = max(n.LargestMerge, change.Customers)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// distinct is a column of the table that asserts see.
type distinct struct {
	Name, Column string
	Identifier   bool
}

// asserts judges the user's conditions over the customers.
func (c *computation) asserts(address string) error {
	if len(c.spec.Asserts) == 0 {
		return nil
	}
	type identifierColumn struct{ Name, Column string }
	var all []distinct
	var attributes []string
	var identifiers []identifierColumn
	seen := map[string]bool{}
	for _, s := range sides(c.spec)[:distinctSides(c.spec)] {
		isID := s.Column == "i_"+s.Name
		if isID {
			identifiers = append(identifiers, identifierColumn{s.Name, s.Column})
		} else {
			attributes = append(attributes, s.Column)
		}
		for _, name := range []string{"distinct_" + s.Name, "distinct_" + s.Name + "s"} {
			if !seen[name] {
				seen[name] = true
				all = append(all, distinct{name, s.Column, isID})
			}
		}
	}
	if _, err := c.run("customers", map[string]any{"Distinct": all, "DistinctAttributes": attributes, "DistinctIdentifiers": identifiers}); err != nil {
		return err
	}
	for _, a := range c.spec.Asserts {
		holds := any(nil)
		err := c.each("assert", map[string]any{"Condition": a.Condition}, func(r warehouse.Row) error {
			holds = r[0]
			return nil
		})
		if err != nil {
			return c.mistaken(err, a.Condition, fmt.Sprintf("Assert %q", a.Name))
		}
		v := guard.Verdict{Name: "assert " + a.Name, Address: address, Status: guard.OK, Value: 1, Limit: 1, Detail: "holds"}
		if yes, known := holds.(bool); !yes && (known || c.result.Counts.Profiles > 0) {
			v.Status, v.Value, v.Detail = guard.Blocked, 0, "does not hold"
			if !known {
				v.Detail = "cannot be told: its condition is null"
			}
		}
		c.result.Verdicts = append(c.result.Verdicts, v)
	}
	return nil
}
