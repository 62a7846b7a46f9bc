package warehouse

import "github.com/cdp-engine/cdp/plugins/schema"

// Rename gives a table of the warehouse another name, columns of it other names, and what its rows are of another label.
// Nothing else of the rows changes. A table that is not there is passed over; one that has the new name already is
// dropped: nobody declares it any more.
type Rename struct {
	From, To Table             // only their names count
	Columns  map[string]string // new name by old
	Labels   []Label
}

// Label is what rows are of, written in them: rows that have Old in Columns get New. Replace: rows that have New already go
// first, for they are of something that nobody declares any more, and keys must stay keys.
type Label struct {
	Columns  []string
	Old, New []string
	Replace  bool
}

// Named is a table by its name alone.
func Named(schemaName, name string, columns ...schema.Column) Table {
	return Table{Schema: schemaName, Name: name, Columns: columns}
}

// Was is the name that a column of the new table has in the old one.
func (r Rename) Was(column string) string {
	for old, now := range r.Columns {
		if now == column {
			return old
		}
	}
	return column
}
