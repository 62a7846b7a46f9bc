package diag

import (
	"cmp"
	"slices"
)

// Sort puts diagnostics in the order of the source: by file, then place; those without a place first. Equal ones are
// told once.
func (ds Diagnostics) Sort() Diagnostics {
	slices.SortStableFunc(ds, func(a, b Diagnostic) int {
		if a.Range == nil || b.Range == nil {
			return cmp.Compare(present(a), present(b))
		}
		return cmp.Or(cmp.Compare(a.Range.File, b.Range.File), cmp.Compare(a.Range.Start.Byte, b.Range.Start.Byte))
	})
	return slices.CompactFunc(ds, func(a, b Diagnostic) bool {
		same := a.Code == b.Code && a.Summary == b.Summary && a.Detail == b.Detail && (a.Range == nil) == (b.Range == nil)
		return same && (a.Range == nil || *a.Range == *b.Range)
	})
}

func present(d Diagnostic) int {
	if d.Range == nil {
		return 0
	}
	return 1
}

// Inside returns the diagnostic with the block around it, for people.
func (d Diagnostic) Inside(block string) Diagnostic {
	d.In = block
	return d
}
