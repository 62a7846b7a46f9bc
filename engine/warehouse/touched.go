package warehouse

import "github.com/cdp-engine/cdp/engine/sqlgen"

// Touched is the set of customers a computation is about. A full run touches all; a smaller set is a relation in scratch
// with the identity's id column.
type Touched struct {
	All bool
	IDs sqlgen.Relation
}
