package config

// Texts gives all SQL of the project, block by block: whole SELECTs, and expressions.
func (c *Config) Texts() (selects, expressions []SQL) {
	for _, m := range c.Models {
		selects = append(selects, m.SQL)
	}
	for _, k := range c.Checks {
		selects = append(selects, k.SQL)
	}
	for _, s := range c.Sources {
		for _, stream := range s.Streams {
			expressions = append(expressions, stream.Filter)
		}
	}
	for _, id := range c.Identities {
		expressions = append(expressions, id.texts()...)
	}
	for _, t := range c.Traits {
		expressions = append(expressions, t.Value, t.Where, t.SQL)
	}
	for _, s := range c.Segments {
		expressions = append(expressions, s.Where)
	}
	for _, s := range c.Syncs {
		expressions = append(expressions, s.Where)
		for _, list := range [][]Mapping{s.Key, s.Fields, s.OnLeave.Update} {
			for _, m := range list {
				expressions = append(expressions, m.Expr)
			}
		}
	}
	return written(selects), written(expressions)
}

func (i *Identity) texts() []SQL {
	var out []SQL
	for _, in := range i.Inputs {
		out = append(out, in.UpdatedAt, in.OccurredAt, in.Deleted)
		for _, list := range [][]InputColumn{in.Identifiers, in.Attributes} {
			for _, col := range list {
				out = append(out, col.Exprs...)
			}
		}
	}
	for _, one := range i.Identifiers {
		out = append(out, one.Region)
	}
	for _, r := range i.Rules {
		out = append(out, r.Where)
	}
	for _, a := range i.Attributes {
		out = append(out, a.SQL)
	}
	for _, a := range i.Asserts {
		out = append(out, a.Condition)
	}
	return out
}

func written(texts []SQL) []SQL {
	var out []SQL
	for _, t := range texts {
		if !t.IsZero() {
			out = append(out, t)
		}
	}
	return out
}
