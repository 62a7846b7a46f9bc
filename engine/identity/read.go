package identity

import (
	"fmt"
	"math"

	"github.com/cdp-engine/cdp/engine/sqlgen"
)

// clean is how the raw values of an identifier become the column i_<identifier> of the records.
type clean struct {
	Name  string
	Parts []cleanPart
}

type cleanPart struct {
	Column string
	Lower  bool
	Words  []string
}

func cleans(s *Spec) []clean {
	out := make([]clean, len(s.Identifiers))
	for i, id := range s.Identifiers {
		out[i].Name = "i_" + id.Name
	}
	for _, r := range s.Raw() {
		out[r.Identifier].Parts = append(out[r.Identifier].Parts, cleanPart{r.Column, s.Identifiers[r.Identifier].Form == "email", placeholderWords})
	}
	return out
}

// read brings all live records of all inputs into one numbered relation.
func (c *computation) read() error {
	var views []sqlgen.Relation
	for _, in := range c.spec.Inputs {
		view := InputRelation(c.spec.Identity, in.Name)
		views = append(views, view)
		if _, err := c.run("keyed", map[string]any{"In": in, "Out": view}); err != nil {
			return err
		}
	}
	if _, err := c.run("rows", map[string]any{"Views": views}); err != nil {
		return c.probed(err, views)
	}
	if err := c.newest(); err != nil {
		return err
	}
	if err := c.runAll("raw", "cleaned"); err != nil {
		return err
	}
	size, err := c.number("size", nil)
	if err != nil {
		return err
	}
	if size > math.MaxInt32 {
		return fmt.Errorf("%d records: more than one identity can number", size)
	}
	c.size = int(size)
	return nil
}

// newest leaves one row per record key, where an input may have several.
func (c *computation) newest() error {
	repeats := false
	for _, in := range c.spec.Inputs {
		repeats = repeats || (in.Repeats && in.Key != nil)
	}
	if !repeats {
		return nil
	}
	columns := []string{"input", "record_key", "place", "updated_at", "occurred_at", "trust"}
	for _, a := range c.spec.Attributes {
		columns = append(columns, a.Column())
	}
	for _, r := range c.spec.Raw() {
		columns = append(columns, r.Column)
		if r.Region != "" && r.Nth == 0 {
			columns = append(columns, r.Region)
		}
	}
	out := c.work("newest")
	if _, err := c.run("newest", map[string]any{"Columns": columns, "Out": out}); err != nil {
		return err
	}
	c.data["Rows"] = out
	return nil
}
