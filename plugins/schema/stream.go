package schema

// Column is one column of a stream or table. Name is kept as the source gives it.
type Column struct {
	Name string `json:"name"`
	Type Type   `json:"type"`
}

// Stream is what a source can read.
type Stream struct {
	Name       string   `json:"name"`
	Columns    []Column `json:"columns"`     // nil: not known before reading
	PrimaryKey []string `json:"primary_key"` // nil: none
	Cursor     string   `json:"cursor"`      // column; empty: none
	// OrderedByCursor says that rows come in cursor order, so a checkpoint may stand in the middle of a read.
	OrderedByCursor bool `json:"ordered_by_cursor"`
}

// Names are the names of columns, in order.
func Names(columns []Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return names
}

// Find returns the column of that name.
func Find(columns []Column, name string) (Column, bool) {
	for _, c := range columns {
		if c.Name == name {
			return c, true
		}
	}
	return Column{}, false
}

// Catalog knows the columns of relations by address ("source.shop.orders", "model.paid"). An address that is
// missing has columns that nobody knows yet: what depends on them is checked later.
type Catalog map[string][]Column
