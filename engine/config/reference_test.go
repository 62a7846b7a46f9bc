package config

import (
	"slices"
	"testing"
)

// TestReference: every block and argument of the language says what it is.
func TestReference(t *testing.T) {
	var check func(path string, b BlockDoc)
	check = func(path string, b BlockDoc) {
		if b.Doc == "" {
			t.Errorf("%s has no documentation", path)
		}
		seen := map[string]bool{}
		for _, a := range b.Args {
			if a.Doc == "" || a.Type == "" || seen[a.Name] {
				t.Errorf("%s.%s: %+v", path, a.Name, a)
			}
			seen[a.Name] = true
		}
		for _, inner := range b.Blocks {
			check(path+"."+inner.Name, inner)
		}
	}
	blocks := Reference()
	for _, b := range blocks {
		check(b.Name, b)
	}
	if len(blocks) != len(blockTypes()) {
		t.Errorf("%d blocks are documented, %d are read", len(blocks), len(blockTypes()))
	}
	for _, typ := range blockTypes() {
		first := slices.Contains([]string{"cdp", "variable", "locals"}, typ.name)
		if readers := typ.read != nil || typ.rest != nil; first == readers {
			t.Errorf("%s: it has a reader: %t, and is read before the others: %t", typ.name, readers, first)
		}
	}
}
